"""The table of differences, as every report prints it: what was found, how sure that is, and what would make it surer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.comparison import Comparison
from reports.estimates import CorpusDifference, Difference, PassingDifference
from reports.pages.figures import MARKS, Figures
from reports.pages.wording import Words
from reports.records import Measure
from reports.statistics.clusters import Interval
from reports.tables import RunTables

_NONE = "–"
_FOUND = 0.05


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One line; its figures stand under `Words.difference_heads`."""

    measure: str
    candidate: str
    relation: str
    figures: tuple[str, ...]


def difference_rows(tables: RunTables, comparison: Comparison, words: Words) -> Iterator[DifferenceRow]:
    """Every measure and candidate; under it, where there are such, the corpus figure and the level of dialogues."""
    printer = _Printer(words, Figures(words.language))
    by_name = {measure.name: measure for measure in tables.measures}
    for difference in comparison.differences.values():
        measure, candidate = by_name[difference.measure], difference.candidate
        yield DifferenceRow(measure.title, candidate, difference.relation, printer.by_case(difference, measure))
        if difference.corpus is not None:
            title, relation = f"{measure.title}, {words.corpus_row}", difference.corpus.relation
            yield DifferenceRow(title, candidate, relation, printer.of_corpus(difference.corpus, measure))
        if difference.passing is not None and tells_dialogues(measure, comparison):
            title = f"{measure.title}, {words.whole_dialogues}"
            yield DifferenceRow(title, candidate, "unclear", printer.of_dialogues(difference.passing))


def correction_sentence(comparison: Comparison, words: Words) -> str:
    """How many marks hold when it is taken into account how many were looked for; empty where there is no mark."""
    tested = [one for one in comparison.differences.values() if one.p_corrected is not None]
    marked = [one for one in tested if one.relation != "unclear"]
    if not marked:
        return ""
    kept = sum(one.p_corrected is not None and one.p_corrected < _FOUND for one in marked)
    return words.marks_that_hold.format(kept=kept, marked=len(marked), count=len(tested))


def tells_dialogues(measure: Measure, comparison: Comparison) -> bool:
    """Whether the level of dialogues says more than that of cases: some dialogue has several turns that can pass."""
    means = [mean for (name, _), mean in comparison.means.items() if name == measure.name and mean.passing is not None]
    return any(mean.cases > mean.dialogues for mean in means)


def corpus_cell(measure: Measure, candidate: str, comparison: Comparison, figures: Figures) -> str:
    """The figure of all replies as one corpus, its interval and its mark: `27.9 ±1.2 ▲`; empty where there is none."""
    mean = comparison.means[measure.name, candidate]
    difference = comparison.differences.get((measure.name, candidate))
    if mean.corpus is None:
        return ""
    parts = [figures.value(mean.corpus, measure.decimals)]
    if mean.corpus_interval is not None:
        parts.append(f"±{figures.value(mean.corpus_interval.half_width, measure.decimals)}")
    if difference is not None and difference.corpus is not None:
        parts.append(MARKS[difference.corpus.relation])
    return " ".join(filter(None, parts))


@dataclass(frozen=True, slots=True)
class _Printer:
    words: Words
    figures: Figures

    def by_case(self, difference: Difference, measure: Measure) -> tuple[str, ...]:
        figures, decimals = self.figures, measure.decimals
        effect, shown, more = difference.effect_size, difference.smallest_detectable, difference.more_dialogues
        return (
            self._marked(difference.difference, decimals, difference.relation),
            self._interval(difference.interval, decimals),
            self._p_value(difference.p_value, difference.test or ""),
            _NONE if difference.p_corrected is None else figures.p_value(difference.p_corrected),
            _NONE if effect is None else figures.signed(effect, 2),
            self._counts(difference.wins, difference.ties, difference.losses),
            _NONE if shown is None else figures.value(shown, decimals),
            _NONE if more is None else figures.count(more),
            figures.count(difference.cases),
            figures.count(difference.dialogues),
        )

    def of_corpus(self, corpus: CorpusDifference, measure: Measure) -> tuple[str, ...]:
        return (
            self._marked(corpus.difference, measure.decimals, corpus.relation),
            self._interval(corpus.interval, measure.decimals),
            self._p_value(corpus.p_value, "bootstrap"),
            self.words.uncorrected,
            *[""] * 6,
        )

    def of_dialogues(self, passing: PassingDifference) -> tuple[str, ...]:
        dialogues = passing.wins + passing.ties + passing.losses
        return (
            self._marked(passing.difference, 3, "unclear"),
            self._interval(passing.interval, 3),
            self._p_value(passing.p_value, "mcnemar"),
            self.words.uncorrected,
            "",
            self._counts(passing.wins, passing.ties, passing.losses),
            *[""] * 3,
            self.figures.count(dialogues),
        )

    def _marked(self, difference: float | None, decimals: int, relation: str) -> str:
        return _NONE if difference is None else f"{self.figures.signed(difference, decimals)} {MARKS[relation]}".strip()

    def _interval(self, interval: Interval | None, decimals: int) -> str:
        return _NONE if interval is None else self.figures.interval(interval, decimals)

    def _p_value(self, p_value: float | None, test: str) -> str:
        return _NONE if p_value is None else f"{self.figures.p_value(p_value)} ({self.words.tests[test]})"

    def _counts(self, *counts: int) -> str:
        return " / ".join(map(self.figures.count, counts))
