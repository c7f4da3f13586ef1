"""What a rule asks of a run: the values that it is about by dialogue, and the line that they are held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.gating.cases_meant import cases_of_slice
from reports.gating.decisions import LineTest, tests_of_differences, tests_of_means
from reports.gating.earlier_runs import EarlierRuns, Opponent, earlier_run_of
from reports.gating.pair_wins import pair_wins
from reports.gating.policy import GateRule
from reports.gating.run_figures import Cases, RunFigures
from reports.records import Measure
from reports.statistics.clusters import ClusterSums, FloatArray, sum_by_dialogue
from reports.statistics.intervals import Scale

_TIE = 1e-9  # means over seeds of equal values may differ in the last digits
_SHARES: Scale = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule applied to one candidate: its figures, before anything is decided."""

    title: str
    """Of the measure."""
    decimals: int
    against: str | None
    """The opponent, as the reports call it; None where there is none."""
    groups: ClusterSums
    """Values, differences or wins; one column."""
    scale: Scale | None
    """Of the values; differences have none."""
    span: float | None
    """Of the scale of a yes/no measure whose differences these are; else None."""
    line: float
    side: int
    """The good one: 1 above the line, -1 below."""
    coverage: float | None

    @property
    def mean(self) -> float | None:
        """The figure itself; None where nothing was measured."""
        mean = float(self.groups.means[0])
        return mean if np.isfinite(mean) else None

    @property
    def dialogues(self) -> int:
        """With a value."""
        return int(self.groups.dialogues[0])


def line_test(evidence: Evidence, rule: GateRule) -> LineTest:
    """The evidence beside its line."""
    lines, sides = np.array([evidence.line]), np.array([float(evidence.side)])
    if not rule.compares:
        return tests_of_means(evidence.groups, [evidence.scale], lines, sides)[0]
    asks_for_better = rule.better_by is not None
    return tests_of_differences(evidence.groups, lines, sides, span=evidence.span, asks_for_better=asks_for_better)[0]


@dataclass(frozen=True, slots=True)
class Witness:
    """Gives the evidence on rules."""

    run: RunFigures
    earlier: EarlierRuns

    def evidence(self, rule: GateRule, candidate: str) -> Evidence:
        """What the run says on a rule that has a line.

        Raises:
            ReportError: The rule compares with a stored run that is missing or does not fit.
        """
        cases = cases_of_slice(rule.slice, self.run.tables.cases) if rule.slice else None
        if rule.win_rate is not None:
            return self._wins(rule, candidate, cases)
        measure = self.run.measure(rule.measure)
        assert measure is not None, "rules were checked"
        values = _within(self.run.values(rule.measure, candidate), cases)
        taken = self.run.coverage(rule.measure, candidate, cases)
        if rule.compares:
            return self._difference(rule, candidate, measure, values, taken)
        bound, side = (rule.at_least, 1) if rule.at_least is not None else (rule.at_most, -1)
        assert bound is not None
        return Evidence(
            title=measure.title,
            decimals=measure.decimals,
            against=None,
            groups=self._by_dialogue(values),
            scale=measure.scale,
            span=None,
            line=bound,
            side=side,
            coverage=taken,
        )

    def _difference(
        self, rule: GateRule, candidate: str, measure: Measure, values: FloatArray, taken: float | None
    ) -> Evidence:
        opponent = self._opponent(rule, candidate)
        differences = values - opponent.values
        differences[np.abs(differences) < _TIE] = 0
        line = rule.better_by if rule.better_by is not None else -(rule.margin or 0.0)
        return Evidence(
            title=measure.title,
            decimals=measure.decimals,
            against=opponent.name,
            groups=self._by_dialogue(differences),
            scale=None,
            span=measure.span if _is_yes_no(measure, values, opponent.values) else None,
            line=line * measure.direction,
            side=measure.direction,
            coverage=min(taken or 0.0, opponent.coverage or 0.0),
        )

    def _opponent(self, rule: GateRule, candidate: str) -> Opponent:
        folder = earlier_run_of(rule, self.run.tables)
        if folder is not None:
            return self.earlier.opponent(rule, folder, candidate)
        assert rule.against is not None, "the policy was checked"
        cases = cases_of_slice(rule.slice, self.run.tables.cases) if rule.slice else None
        return Opponent(
            rule.against,
            self.run.values(rule.measure, rule.against),
            self.run.coverage(rule.measure, rule.against, cases),
        )

    def _wins(self, rule: GateRule, candidate: str, cases: Cases | None) -> Evidence:
        against = rule.opponent(self.run.tables.manifest.baseline)
        assert rule.win_rate is not None
        assert against is not None
        titles = {one.name: one.title for one in self.run.tables.manifest.preferences}
        groups, taken = pair_wins(self.run.tables, rule.measure, (candidate, against), cases)
        return Evidence(
            title=titles[rule.measure],
            decimals=3,
            against=against,
            groups=groups,
            scale=_SHARES,
            span=None,
            line=rule.win_rate,
            side=1,
            coverage=taken,
        )

    def _by_dialogue(self, values: FloatArray) -> ClusterSums:
        return sum_by_dialogue(values[np.newaxis], self.run.scores.dialogues)


def _within(values: FloatArray, cases: Cases | None) -> FloatArray:
    return values if cases is None else np.where(cases, values, np.nan)


def _is_yes_no(measure: Measure, *values: FloatArray) -> bool:
    """Whether all values are at one of the two ends of the scale, and that of a measure that can be yes or no."""
    found = np.concatenate(values)
    if measure.kind == "reference" or measure.scale is None:
        return False
    return bool(np.isin(found[np.isfinite(found)], measure.scale).all())
