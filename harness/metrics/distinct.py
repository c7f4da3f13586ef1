"""How varied the wording is: distinct-1 and distinct-2, of one reply and of all replies of a candidate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.signature import signature
from suites.cases import Case
from suites.words import words_of

TokenT = TypeVar("TokenT")

_ORDERS = {"distinct1": 1, "distinct2": 2}

_DESCRIPTIONS = {
    "distinct1": "Share of the words that are new, counted over all replies of a candidate; low where it repeats itself.",
    "distinct2": "Share of the word pairs that are new, counted over all replies of a candidate; low where it repeats itself.",
}


class Distinct:
    """Distinct-n (Li et al. 2016, arXiv:1510.03055): different n-grams by all n-grams, above 0, at most 1.

    A reply that is shorter than n words has none. The corpus figure counts the n-grams of all replies together; it falls
    with their number, so compare candidates on the same cases.
    """

    def __init__(self, language: str) -> None:  # words are the same in every language
        self._reasons = reasons_in(language)
        self.measures: Sequence[Measure] = tuple(
            Measure(
                name=name,
                title=f"Distinct-{order}",
                description=_DESCRIPTIONS[name],
                kind="other",
                scale=(0, 1),
                higher_is_better=True,
                signature=signature(name, "tok:words", f"by:{order}-grams"),
            )
            for name, order in _ORDERS.items()
        )

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """Both shares; skipped where the reply is too short."""
        tokens = words_of(reply)
        return [self._measurement(name, ngrams(tokens, order), order) for name, order in _ORDERS.items()]

    def corpus_values(self, replies: Iterable[tuple[str, Mapping[str, Measurement]]]) -> Mapping[str, float]:
        """The shares over all replies together; a share that no reply is long enough for is left out."""
        numbers: dict[str, int] = {}  # words as numbers: millions of n-grams take a third of the memory
        seen: dict[str, set[tuple[int, ...]]] = {name: set() for name in _ORDERS}
        totals = dict.fromkeys(_ORDERS, 0)
        for reply, _ in replies:
            tokens = [numbers.setdefault(word, len(numbers)) for word in words_of(reply)]
            for name, order in _ORDERS.items():
                found = ngrams(tokens, order)
                seen[name].update(found)
                totals[name] += len(found)
        return {name: len(seen[name]) / total for name, total in totals.items() if total}

    def _measurement(self, name: str, found: Sequence[tuple[str, ...]], order: int) -> Measurement:
        if not found:
            reason = self._reasons.too_few_words.format(least=order)
            return Measurement(measure=name, status="skipped", reason=reason)
        return Measurement(measure=name, value=len(set(found)) / len(found))


def ngrams(tokens: Sequence[TokenT], order: int) -> list[tuple[TokenT, ...]]:
    """All runs of `order` neighbouring tokens, in their order."""
    return list(zip(*(tokens[start:] for start in range(order)), strict=False))
