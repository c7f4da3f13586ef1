"""How long a reply is beside its references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from harness.metrics.metric import Measure, Measurement
from harness.metrics.references import References, kept_by_case, without_reference
from harness.metrics.signature import signature
from harness.metrics.text import words
from suites.cases import Case


class LengthRatio:
    """Words of the reply by the mean number of words of its references: 1 is as long as they are, there is no upper bound."""

    def __init__(self, language: str) -> None:
        self._language = language
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
            return without_reference(self.measures)
        reference_length = self._reference_length(case.references)
        if not reference_length:
            return [Measurement(measure="length_ratio", status="skipped", reason="the references hold no words")]
        return [Measurement(measure="length_ratio", value=self._length(reply) / reference_length)]

    def corpus_values(self, replies: Iterable[tuple[str, Mapping[str, Measurement]]]) -> Mapping[str, float]:
        """Nothing: the corpus figure is the mean."""
        return {}

    def _mean_length(self, references: References) -> float:
        return fmean(map(self._length, references))

    def _length(self, text: str) -> int:
        return len(words(text, self._language))
