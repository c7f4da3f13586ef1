"""Following the rules of a gate while a run goes on: at each look, what the dialogues so far decide.

The statistics are in `reports.gating.sequential`; who replays, and stops, is `harness.until_decided`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.errors import ReportError
from reports.gating.application import applied_rules
from reports.gating.cases_meant import cases_of_slice
from reports.gating.checking import check_rules
from reports.gating.earlier_runs import EarlierRuns
from reports.gating.evidence import Evidence, Witness
from reports.gating.policy import GateRule, Outcome
from reports.gating.run_figures import RunFigures
from reports.gating.sequential import Question, SequentialTest
from reports.gating.until_decided import Standing
from reports.pages.wording import ENGLISH
from reports.statistics.clusters import ClusterSums, FloatArray
from reports.statistics.intervals import Scale
from reports.tables import RunTables

_OUTCOMES: dict[int, Outcome] = {1: "pass", 0: "inconclusive", -1: "fail"}
_UNASKED = Question(0.0, 1, (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class _Column:
    """A rule for a candidate, at one look."""

    question: Question
    groups: ClusterSums
    passable: bool


class Looks:
    """The rules of a gate that have a line, followed over the looks of one run.

    Rules about what happened in the run itself (coverage, failed requests, adapters, certificates, observed means) are judged at
    its end, wherever that is; so are those that judge nothing.
    """

    def __init__(self, tables: RunTables, rules: Sequence[GateRule], dialogues: int) -> None:
        """Make ready.

        Args:
            tables: The run before its first look: all cases, whatever was measured.
            rules: Its gate.
            dialogues: How many there are to replay.

        Raises:
            ReportError: A rule does not fit the run, or none has a line.
        """
        check_rules(rules, tables)
        run = RunFigures.of(tables, ENGLISH)
        self._followed = [
            (rule, name)
            for rule, name, hindrance in applied_rules(rules, tables)
            if hindrance is None and _has_line(rule, run)
        ]
        if not self._followed:
            raise ReportError("gate: no rule can be decided before the end of the run; run without --until-decided")
        witness = Witness(run, EarlierRuns(tables, ENGLISH))
        for rule, name in self._followed:
            witness.evidence(rule, name)  # complaints come before anything is replayed
        self._test = SequentialTest(len(self._followed), dialogues)
        self._standings: list[Standing] = []
        self._taken = 0

    @property
    def decided(self) -> bool:
        """Whether every followed rule is."""
        return self._test.decided

    @property
    def next(self) -> int | None:
        """After how many dialogues to look next; None after the last look."""
        return self._test.looks[self._taken] if self._taken < len(self._test.looks) else None

    @property
    def taken(self) -> tuple[int, ...]:
        """After how many dialogues there was a look."""
        return self._test.looks[: self._taken]

    @property
    def standings(self) -> tuple[Standing, ...]:
        """What is known of each followed rule; none before the first look."""
        return tuple(self._standings)

    def take(self, tables: RunTables) -> None:
        """Look at a run that has been replayed up to the next look.

        Args:
            tables: The run with the cases of the first `next` dialogues, in any order.

        Raises:
            ReportError: The tables contradict each other.
        """
        number, after = self._taken, self._test.looks[self._taken]
        run = RunFigures.of(tables, ENGLISH)
        witness = Witness(run, EarlierRuns(tables, ENGLISH))
        columns = [self._column(rule, name, witness) for rule, name in self._followed]
        questions = [column.question for column in columns]
        groups = _beside([column.groups for column in columns])
        open_before = self._test.outcomes[0] == 0
        self._test.look(number, questions, groups, np.array([column.passable for column in columns]))
        intervals = self._test.intervals(number, questions, groups)
        now = [
            Standing(
                rule=rule,
                candidate=name,
                outcome=_OUTCOMES[int(outcome)],
                after=after,
                figure=float(mean) if np.isfinite(mean) else None,
                interval=interval,
            )
            for (rule, name), outcome, mean, interval in zip(
                self._followed, self._test.outcomes[0], groups.means, intervals, strict=True
            )
        ]
        before = self._standings or now
        self._standings = [new if is_open else old for old, new, is_open in zip(before, now, open_before, strict=True)]
        self._taken += 1

    def _column(self, rule: GateRule, candidate: str, witness: Witness) -> _Column:
        cases = witness.run.tables.cases
        if rule.slice is not None and not cases_of_slice(rule.slice, cases).any():  # none of them has come yet
            return _Column(_UNASKED, ClusterSums(*np.zeros((3, 1, 1))), passable=False)
        evidence = witness.evidence(rule, candidate)
        covered = evidence.coverage is not None and evidence.coverage >= rule.min_coverage
        return _Column(_question(rule, candidate, evidence, witness.run), evidence.groups, covered)


def _has_line(rule: GateRule, run: RunFigures) -> bool:
    """Whether a rule is about what the run says of other dialogues, and not about the run itself."""
    if rule.observed or rule.proven or rule.certified:
        return False
    return rule.win_rate is not None or run.measure(rule.measure) is not None


def _question(rule: GateRule, candidate: str, evidence: Evidence, run: RunFigures) -> Question:
    if rule.win_rate is not None:
        return Question(evidence.line, evidence.side, (0.0, 1.0))
    measure = run.measure(rule.measure)
    bounds = measure.scale if measure is not None else None
    low, high = bounds or _seen(run.values(rule.measure, candidate))
    return Question(
        line=evidence.line,
        good_side=evidence.side,
        ends=(low - high, high - low) if rule.compares else (low, high),
        has_bounds=bounds is not None,
        is_difference=rule.compares,
        yes_no_span=evidence.span,
        asks_for_better=rule.better_by is not None,
    )


def _seen(values: FloatArray) -> Scale:
    """The lowest and the highest value."""
    there = values[np.isfinite(values)]
    return (float(there.min()), float(there.max())) if there.size else (0.0, 0.0)


def _beside(groups: Sequence[ClusterSums]) -> ClusterSums:
    """Columns that stand for different dialogues, side by side: where one has fewer rows, these count nothing."""
    rows = max(len(one.sums) for one in groups)
    sums, counts, squares = (np.zeros((rows, len(groups))) for _ in range(3))
    for column, one in enumerate(groups):
        here = slice(len(one.sums))
        sums[here, column], counts[here, column] = one.sums[:, 0], one.counts[:, 0]
        squares[here, column] = one.squares[:, 0]
    return ClusterSums(sums, counts, squares)
