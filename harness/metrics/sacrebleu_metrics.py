"""BLEU and chrF of single replies and of whole candidates, computed by sacreBLEU from its own sufficient statistics.

sacreBLEU's public `corpus_score` takes the same number of references for every case; its per-segment steps, which every
sacreBLEU metric has to implement, take any number. They are the only private names used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import References, kept_by_case, without_reference
from harness.metrics.signature import signature
from harness.metrics.text import TEXTS_KEPT
from suites.cases import Case

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as LibraryMetric

BEST_SCORE = 100.0
_VARYING = -1
"""sacreBLEU's own mark for a number of references that varies between cases."""


class _SacreBleuMetric:
    """One sacreBLEU metric as a `Metric`: sentence scores with their statistics, and the corpus score of their sum."""

    def __init__(self, language: str, measure: Measure, sentence: LibraryMetric, corpus: LibraryMetric) -> None:
        self._reasons = reasons_in(language)
        self.measures: Sequence[Measure] = (measure,)
        self._name = measure.name
        self._sentence = sentence
        self._corpus = corpus
        self._reference_information = kept_by_case(self._prepare)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """The sentence score, 0 to 100, against all references at once; its statistics give the corpus score."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        statistics = self._sentence._compute_segment_statistics(
            self._sentence._preprocess_segment(reply), self._reference_information(case.references)
        )
        score = self._sentence._compute_score_from_stats(statistics).score
        # The mean of logarithms leaves 100.00000000000004 for a perfect reply.
        value = min(score, BEST_SCORE)
        return [Measurement(measure=self._name, value=value, statistics=tuple(map(float, statistics)))]

    def corpus_values(self, replies: Iterable[tuple[str, Mapping[str, Measurement]]]) -> Mapping[str, float]:
        """The corpus score, 0 to 100, from the sum of all replies' statistics; nothing where none was measured."""
        totals: list[int] = []
        for _, measurements in replies:
            measurement = measurements.get(self._name)
            if measurement is not None and measurement.statistics is not None:
                counts = map(int, measurement.statistics)
                totals = [total + count for total, count in zip(totals, counts, strict=True)] if totals else [*counts]
        if not totals:
            return {}
        return {self._name: min(self._corpus._compute_score_from_stats(totals).score, BEST_SCORE)}

    def _prepare(self, references: References) -> dict[str, Any]:
        return self._sentence._extract_reference_info([self._sentence._preprocess_segment(text) for text in references])


class Bleu(_SacreBleuMetric):
    """BLEU (Papineni et al. 2002, doi:10.3115/1073083.1073135), 0 to 100.

    A reply's own score takes the effective order (no n-grams longer than the reply) and sacreBLEU's exponential smoothing,
    so that a short reply equal to its reference scores 100; the corpus score is sacreBLEU's default.
    Statistics: length of the reply, length of the closest reference, matching 1- to 4-grams, all 1- to 4-grams.
    """

    def __init__(self, language: str) -> None:  # the 13a tokenizer is the same in every language
        from sacrebleu.metrics.bleu import BLEU  # noqa: PLC0415
        from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a  # noqa: PLC0415
        from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp  # noqa: PLC0415

        self._remembered = (Tokenizer13a.__call__, TokenizerRegexp.__call__)

        sentence, corpus = BLEU(effective_order=True), BLEU()
        measure = Measure(
            name="bleu",
            title="BLEU",
            description="How many of the reply's word sequences, up to four words long, stand in a reference.",
            kind="reference",
            scale=(0, BEST_SCORE),
            higher_is_better=True,
            signature=signature("bleu", _library_signature(sentence), "corpus_eff:no"),
            statistics="bleu",
        )
        super().__init__(language, measure, sentence, corpus)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """As for all; what sacreBLEU remembers of earlier texts is kept small."""
        for tokenizer in self._remembered:  # each remembers 65,536 texts, 25 MB or more that are never asked for again
            if tokenizer.cache_info().currsize > TEXTS_KEPT:
                tokenizer.cache_clear()
        return super().measure(case, reply)


class Chrf(_SacreBleuMetric):
    """chrF2 (Popović 2015, doi:10.18653/v1/W15-3049; beta 2 from Popović 2016, doi:10.18653/v1/W16-2341), 0 to 100.

    Statistics: for each of the orders 1 to 6, the character n-grams of the reply, of its best reference, and common ones.
    """

    def __init__(self, language: str) -> None:  # characters need no language
        from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415

        chrf = CHRF()
        measure = Measure(
            name="chrf",
            title="chrF",
            description="How many sequences of up to six letters the reply and its best reference have in common.",
            kind="reference",
            scale=(0, BEST_SCORE),
            higher_is_better=True,
            signature=signature("chrf", _library_signature(chrf)),
            statistics="chrf",
        )
        super().__init__(language, measure, chrf, chrf)


def _library_signature(metric: LibraryMetric) -> str:
    """sacreBLEU's own signature, for cases with varying numbers of references."""
    metric.num_refs = _VARYING
    return str(metric.get_signature().format())
