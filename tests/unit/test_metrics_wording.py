"""Exact match, length ratio and distinct-n."""

from __future__ import annotations

import pytest
from metric_cases import case_with
from nltk.util import ngrams as nltk_ngrams

from harness.metrics.distinct import Distinct
from harness.metrics.exact_match import ExactMatch
from harness.metrics.length_ratio import LengthRatio


@pytest.mark.parametrize(
    ("reply", "equal"),
    [
        ("What size?", 1),
        ("  what\n SIZE? ", 1),
        ("What\u00a0size?", 1),  # no-break space
        ("Ｗhat size?", 1),  # full-width W
        ("What size", 0),
        ("", 0),
        ("Which size?", 1),  # the second reference
    ],
)
def test_exact_match_is_equality_but_for_case_form_and_space(reply, equal):
    assert ExactMatch("en").measure(case_with("What size?", "Which size?"), reply)[0].value == equal


def test_exact_match_in_russian_takes_yo_as_ye():
    assert ExactMatch("ru").measure(case_with("Ещё чаю?", language="ru"), "ЕЩЕ ЧАЮ?")[0].value == 1


@pytest.mark.parametrize(
    ("references", "reply", "ratio"),
    [
        (["one two three four"], "one two", 0.5),
        (["one", "one two three"], "a, b - c... d!", 2.0),
        (["don't"], "I don't", 2.0),
        (["one"], "", 0.0),
        (["чай"], "чай и кофе", 3.0),
    ],
)
def test_length_ratio_counts_words(references, reply, ratio):
    assert LengthRatio("en").measure(case_with(*references), reply)[0].value == ratio


def test_length_ratio_needs_a_reference_with_words():
    measurement = LengthRatio("en").measure(case_with("👍"), "ok")[0]
    assert (measurement.status, measurement.value) == ("skipped", None)


@pytest.mark.parametrize(
    ("reply", "shares"),
    [
        ("a b c d", (1, 1)),
        ("a a a a", (1 / 4, 1 / 3)),
        ("a b a b", (2 / 4, 2 / 3)),
        ("да, Да! ДА?", (1 / 3, 1 / 2)),
    ],
)
def test_distinct_of_one_reply(reply, shares):
    assert tuple(m.value for m in Distinct("en").measure(case_with(), reply)) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("reply", "statuses"), [("", ["skipped"] * 2), ("ok", ["ok", "skipped"]), ("?!", ["skipped"] * 2)]
)
def test_distinct_of_a_short_reply_is_skipped_not_0(reply, statuses):
    measured = Distinct("en").measure(case_with(), reply)
    assert [m.status for m in measured] == statuses
    assert all((m.value is None) == (m.status == "skipped") for m in measured)


def test_distinct_of_a_candidate_counts_all_replies_together():
    replies = ["what size", "what size", "what kind of milk", "", "ok"]
    words = [reply.split() for reply in replies]
    expected = {}
    for order in (1, 2):
        found = [gram for reply in words for gram in nltk_ngrams(reply, order)]
        expected[f"distinct{order}"] = len(set(found)) / len(found)
    assert Distinct("en").corpus_values((reply, {}) for reply in replies) == pytest.approx(expected)
    assert Distinct("en").corpus_values(iter([("ok", {})])) == {"distinct1": 1.0}
    assert Distinct("en").corpus_values(iter([])) == {}
