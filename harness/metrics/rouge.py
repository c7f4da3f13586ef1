"""ROUGE-1, ROUGE-2 and ROUGE-L of single replies, with rouge-score's values.

Tokens and F-measure are rouge-score's. Its tokenizer keeps only a-z and 0-9, so other languages than English bring their own
tokens; what its scorer would count anew for every reference is counted once a text here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from harness.metrics.distinct import ngrams
from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import CASES_KEPT, without_reference
from harness.metrics.signature import library, signature
from harness.metrics.stemmers import stemmer_for
from harness.metrics.text import primary_language, stems
from suites.cases import Case

_TITLES = {
    "rouge1": ("ROUGE-1", "How many single words the reply and its best reference have in common."),
    "rouge2": ("ROUGE-2", "How many pairs of neighbouring words the reply and its best reference have in common."),
    "rougeL": ("ROUGE-L", "How much of the reply and its best reference is the same words in the same order."),
}


class _Text(NamedTuple):
    """What is compared of a text."""

    tokens: Sequence[str]
    words: Counter[tuple[str, ...]]
    pairs: Counter[tuple[str, ...]]


class Rouge:
    """ROUGE-N and ROUGE-L (Lin 2004, aclanthology.org/W04-1013) as F-measures, 0 to 1; the best over all references.

    English has the values of `RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score_multi`. In other
    languages the tokens are the stems of `harness.metrics.text`.
    """

    def __init__(self, language: str) -> None:
        from rouge_score import scoring  # noqa: PLC0415  (numpy)

        self._reasons = reasons_in(language)
        tokenizer = _Tokenizer(language)
        self._tokens = tokenizer.tokenize
        self._compared = lru_cache(maxsize=CASES_KEPT)(self._take_apart)
        self._f_measure = scoring.fmeasure
        self.measures: Sequence[Measure] = tuple(
            Measure(
                name=name,
                title=title,
                description=description,
                kind="reference",
                scale=(0, 1),
                higher_is_better=True,
                signature=signature(name, *tokenizer.signature_parts, "f:1", "refs:best", library("rouge-score")),
            )
            for name, (title, description) in _TITLES.items()
        )

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """The three F-measures, each against the reference that fits it best."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        given = self._compared(reply)
        scores = [self._scores(self._compared(reference), given) for reference in case.references]
        best = map(max, zip(*scores, strict=True))
        return [Measurement(measure=name, value=value) for name, value in zip(_TITLES, best, strict=True)]

    def _take_apart(self, text: str) -> _Text:
        tokens = self._tokens(text)
        return _Text(tokens, Counter(ngrams(tokens, 1)), Counter(ngrams(tokens, 2)))

    def _scores(self, wanted: _Text, given: _Text) -> tuple[float, float, float]:
        """F-measures of one reference, in the order of the measures."""
        return (
            self._f(_common(wanted.words, given.words), len(wanted.tokens), len(given.tokens)),
            self._f(_common(wanted.pairs, given.pairs), len(wanted.tokens) - 1, len(given.tokens) - 1),
            self._f(longest_common_subsequence(wanted.tokens, given.tokens), len(wanted.tokens), len(given.tokens)),
        )

    def _f(self, common: int, wanted: int, given: int) -> float:
        return float(self._f_measure(common / given, common / wanted)) if common else 0.0


def _common(wanted: Counter[tuple[str, ...]], given: Counter[tuple[str, ...]]) -> int:
    """How many n-grams both have, each as often as the one that has fewer of it."""
    return sum(min(count, given[gram]) for gram, count in wanted.items() if gram in given)


class _Tokenizer:
    """Tokens of a text, in the form that rouge-score asks for."""

    def __init__(self, language: str) -> None:
        primary = primary_language(language)
        stemmer = stemmer_for(language)
        self.tokenize: Callable[[str], Sequence[str]]
        if primary == "en":
            from rouge_score import tokenize as rouge_score_tokens  # noqa: PLC0415

            self.tokenize = lambda text: rouge_score_tokens.tokenize(text, stemmer)
        else:
            self.tokenize = lambda text: stems(text, primary)
        tokens = "rouge-score" if primary == "en" else "words"
        self.signature_parts = (f"lang:{primary}", f"tok:{tokens}", f"stem:{stemmer.name}")


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest sequence of words that both texts hold in the same order, gaps allowed.

    Bit-parallel (Hyyrö 2004, "Bit-parallel LCS-length computation revisited"): a column of the usual table is the bits of
    one integer. rouge-score's own table has a Python object for every pair of words and takes gigabytes for long replies.
    """
    places: dict[str, int] = {}
    for index, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << index
    everywhere = (1 << len(first)) - 1
    open_rows = everywhere
    for word in second:
        matches = open_rows & places.get(word, 0)
        open_rows = ((open_rows + matches) | (open_rows - matches)) & everywhere
    return (everywhere ^ open_rows).bit_count()
