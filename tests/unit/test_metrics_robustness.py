"""What holds for every reference metric: no reference, empty and endless replies, any text at all."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import case_with

from harness.metrics.selection import BUILT_IN, make_metrics

REFERENCE_METRICS = ["bleu", "chrf", "rouge", "meteor", "exact_match", "length_ratio"]
LONG = 100_000
MOST_SECONDS = 20


@cache
def metrics(language):
    return make_metrics([*REFERENCE_METRICS, "distinct"], language)


def measured(case, reply):
    return [m for metric in metrics(case.language) for m in metric.measure(case, reply)]


@pytest.mark.parametrize("name", REFERENCE_METRICS)
def test_a_case_without_reference_is_skipped_with_a_reason(name):
    metric = BUILT_IN[name]("en")
    found = metric.measure(case_with(), "What size?")
    assert [m.measure for m in found] == [measure.name for measure in metric.measures]
    assert all((m.status, m.value, m.reason) == ("skipped", None, "the case has no reference") for m in found)


@pytest.mark.parametrize("reply", ["", " \n", "\u200b"])
@pytest.mark.parametrize("language", ["en", "ru", "zh", "de"])
def test_an_empty_reply_is_measured_as_0(language, reply):
    for measurement in measured(case_with("What size?", "Какой размер?", language=language), reply):
        if measurement.measure.startswith("distinct"):
            assert measurement.status == "skipped"
        else:
            assert (measurement.status, measurement.value) == ("ok", 0)


@pytest.mark.parametrize(
    ("language", "reply"),
    [("en", "What size would you like?"), ("ru", "Какой размер желаете?"), ("en", "Ok"), ("ru", "Да")],
)
def test_a_reply_equal_to_its_reference_is_as_good_as_can_be(language, reply):
    found = {m.measure: m.value for m in measured(case_with(reply, language=language), reply)}
    words = len(reply.split())
    assert found["bleu"] == found["chrf"] == pytest.approx(100, abs=1e-9)
    assert found["rouge1"] == found["rougeL"] == found["exact_match"] == found["length_ratio"] == 1
    assert found["rouge2"] == (words > 1)  # a single word has no pairs
    assert found["meteor"] > (0.9 if words > 2 else 0.49)  # METEOR's penalty takes half of a single word


@given(
    st.text(max_size=60),
    st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=3),
    st.sampled_from(["en", "ru"]),
)
@settings(max_examples=150, deadline=None)
def test_any_text_gives_values_within_the_scale(reply, references, language):
    scales = {measure.name: measure.scale for metric in metrics(language) for measure in metric.measures}
    for measurement in measured(case_with(*references, language=language), reply):
        assert (measurement.value is None) == (measurement.status == "skipped")
        if measurement.value is not None and scales[measurement.measure]:
            low, high = scales[measurement.measure]
            assert low <= measurement.value <= high


def distinct_words(letters):
    return " ".join(f"{letters}{number}" for number in range(LONG // 8))[:LONG]


LONG_TEXTS = {
    "one_word_again": "word " * (LONG // 5),
    "one_long_word": "y" * LONG,
    "distinct_words": distinct_words("слово"),
    "sentences": "Would you like oat milk with that? I'd say so... " * (LONG // 49),
    "full_stops": "." * LONG,
    "quotes": "''" * (LONG // 2),
    "emoji": "👍" * LONG,
    "no_spaces": "茶" * LONG,
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("reply", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_an_endless_reply_is_measured_in_seconds(language, reply):
    started = time.process_time()
    found = measured(case_with("Would you like oat milk with that?", language=language), reply)
    assert time.process_time() - started < MOST_SECONDS
    assert all(m.status == "ok" for m in found if not m.measure.startswith(("distinct", "length")))


def test_an_endless_reply_and_an_endless_reference_are_measured_in_seconds():
    started = time.process_time()
    found = measured(case_with(distinct_words("a")), distinct_words("b"))
    assert time.process_time() - started < MOST_SECONDS
    assert {m.status for m in found} == {"ok"}
