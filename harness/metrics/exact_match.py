"""Whether a reply is a reference, word for word."""

from __future__ import annotations

from collections.abc import Sequence

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import References, kept_by_case, without_reference
from harness.metrics.signature import signature
from suites.cases import Case
from suites.words import normalise


class ExactMatch:
    """1 for a reply that equals one of the references, else 0.

    Compared after Unicode NFKC and case folding, with ё as е and one kind of apostrophe, every run of white space as one
    space and none at the ends. Punctuation counts.
    """

    def __init__(self, language: str) -> None:  # the value is the same in every language
        self._reasons = reasons_in(language)
        self.measures: Sequence[Measure] = (
            Measure(
                name="exact_match",
                title="Exact match",
                description="Whether the reply is a reference word for word, case and white space aside.",
                kind="reference",
                scale=(0, 1),
                higher_is_better=True,
                signature=signature("exact_match", "norm:nfkc+casefold+space"),
            ),
        )
        self._comparable_references = kept_by_case(self._prepare)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """1 or 0."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        equal = comparable(reply) in self._comparable_references(case.references)
        return [Measurement(measure="exact_match", value=float(equal))]

    @staticmethod
    def _prepare(references: References) -> frozenset[str]:
        return frozenset(map(comparable, references))


def comparable(text: str) -> str:
    """`text` in the form in which replies and references are compared."""
    return " ".join(normalise(text).split())
