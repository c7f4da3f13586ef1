"""How long a reply is beside its references."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import References, kept_by_case, without_reference
from harness.metrics.signature import signature
from suites.cases import Case
from suites.words import words_of


class LengthRatio:
    """Words of the reply by the mean number of words of its references: 1 is as long as they are, there is no upper bound."""

    def __init__(self, language: str) -> None:  # words are the same in every language
        self._reasons = reasons_in(language)
        self.measures: Sequence[Measure] = (
            Measure(
                name="length_ratio",
                title="Length ratio",
                description="How many words the reply has for each word of its references; 1 is just as long.",
                kind="reference",
                scale=None,
                higher_is_better=None,
                signature=signature("length_ratio", "tok:words", "refs:mean"),
            ),
        )
        self._reference_length = kept_by_case(self._mean_length)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """The ratio, 0 or more; skipped where the references have no words."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        reference_length = self._reference_length(case.references)
        if not reference_length:
            reason = self._reasons.no_words_in_references
            return [Measurement(measure="length_ratio", status="skipped", reason=reason)]
        return [Measurement(measure="length_ratio", value=len(words_of(reply)) / reference_length)]

    @staticmethod
    def _mean_length(references: References) -> float:
        return fmean(len(words_of(text)) for text in references)
