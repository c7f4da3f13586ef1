"""ROUGE against rouge-score."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_cases import WRITTEN_PAIRS, case_with, real_pairs
from rouge_score.rouge_scorer import RougeScorer

from harness.metrics.rouge import Rouge, longest_common_subsequence
from harness.metrics.text import stems

TYPES = ["rouge1", "rouge2", "rougeL"]


class RussianTokens:
    """A tokenizer as rouge-score takes it."""

    def tokenize(self, text):
        return list(stems(text, "ru"))


def library_scorer(language):
    if language == "en":
        return RougeScorer(TYPES, use_stemmer=True)
    return RougeScorer(TYPES, tokenizer=RussianTokens())


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("pairs", [WRITTEN_PAIRS.get, real_pairs], ids=["written", "real"])
def test_values_are_rouge_scores(language, pairs):
    rouge, scorer = Rouge(language), library_scorer(language)
    assert [measure.name for measure in rouge.measures] == TYPES
    for reply, references in pairs(language):
        expected = scorer.score_multi(references, reply)
        measured = rouge.measure(case_with(*references, language=language), reply)
        assert [m.measure for m in measured] == TYPES
        for measurement in measured:
            assert measurement.value == pytest.approx(expected[measurement.measure].fmeasure, abs=1e-9)


TEXTS = st.lists(st.sampled_from(["cups", "cup", "of", "the", "coffee", "?", "é"]), max_size=12).map(" ".join)


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_any_values_are_rouge_scores(references, reply):
    expected = library_scorer("en").score_multi(references, reply)
    found = {m.measure: m.value for m in Rouge("en").measure(case_with(*references), reply)}
    assert found == pytest.approx({name: expected[name].fmeasure for name in TYPES}, abs=1e-9)


def test_russian_words_match_across_their_cases():
    case = case_with("Вам большую чашку чая?", language="ru")
    default = RougeScorer(TYPES, use_stemmer=True).score(case.references[0], "Вам большая чашка чаю?")
    assert default["rouge1"].fmeasure == 0  # what the library's own tokenizer makes of Cyrillic
    values = [m.value for m in Rouge("ru").measure(case, "Вам большая чашка чаю?")]
    assert values == [1, 1, 1]


def test_the_signature_names_tokens_and_stemmer():
    assert "|tok:rouge-score|stem:porter|" in Rouge("en-GB").measures[0].signature
    assert "|lang:ru|tok:words|stem:snowball|" in Rouge("ru").measures[2].signature
    assert "|tok:words|stem:none|" in Rouge("de").measures[0].signature


@given(*[st.lists(st.sampled_from("abc"), max_size=70)] * 2)
def test_longest_common_subsequence_is_the_tables(first, second):
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert longest_common_subsequence(first, second) == table[-1][-1]
