"""Simulated pairs of runs for the benchmarks of the gate: a baseline and a candidate on the same clustered dialogues.

Dialogues have 1 to 12 target turns, most of them few, and the turns of a dialogue share a level on every measure, as in
`benchmarks.interval_coverage`. Baseline and candidate have levels of their own with one distribution: what one of them misses
in a dialogue it misses again in the next turn, so that differences too are alike within a dialogue. The measures are drawn
apart, so that the errors of a policy's rules pile up as far as they can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.interval_coverage import LOG_NORMAL, MOST_TURNS, WORLDS, Owners, World
from reports.gating.decisions import Decision, LineTest, decide, tests_of_differences, tests_of_means
from reports.statistics.clusters import ClusterSums, FloatArray
from reports.statistics.intervals import Scale

RULES: Final = 8
"""Of every simulated policy."""

_AT_ONCE: Final = 20_000  # dialogues simulated in one step
_BY_NAME: Final = {world.name: world for world in WORLDS}
_UNIT: Final = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class SimulatedRule:
    """A rule of a policy, and the measure that it is about."""

    name: str
    world: World
    margin: float
    """Of a comparison: how much worse is acceptable."""
    floor: bool = False
    """Whether it bounds the candidate's mean by the true one, and compares nothing."""
    side: int = 1
    """The good one of its line: 1 above, -1 below, as budgets have it."""
    drop: float = 0.0
    """How much worse the candidate truly is; for yes/no measures, in shares of yes."""

    @property
    def is_yes_no(self) -> bool:
        """Whether values are 0 or 1."""
        return self.name.startswith("yes/no")

    @property
    def scale(self) -> Scale | None:
        """Of the values."""
        return self.world.scale


@dataclass(frozen=True, slots=True)
class Batch:
    """Many simulated pairs of runs; the dialogue of number n belongs to the run n modulo `runs`."""

    dialogues: int
    runs: int
    turns: FloatArray
    """Cases of each dialogue; shape [dialogues, runs]."""
    owners: Owners
    """The dialogue of each case, in order; shape [cases]."""
    baseline: FloatArray
    """Shape [rules, cases]."""
    candidate: FloatArray

    def groups(self, values: FloatArray) -> ClusterSums:
        """Values of all cases by dialogue, one run a column."""
        shape = (self.dialogues, self.runs)
        sums, squares = (
            np.bincount(self.owners, weights=own, minlength=self.turns.size).reshape(shape).astype(np.float64)
            for own in (values, values**2)
        )
        return ClusterSums(sums, self.turns, squares)

    def of_run(self, run: int) -> tuple[Owners, FloatArray, FloatArray]:
        """The dialogues, baseline and candidate of one run."""
        own = self.owners % self.runs == run
        return self.owners[own] // self.runs, self.baseline[:, own], self.candidate[:, own]


def policy(margin: float, *, floors: int = 0, drop: float = 0.0) -> list[SimulatedRule]:
    """A policy of 8 rules on different kinds of measures.

    Args:
        margin: Of every comparison, in parts of the measure's spread from low to high values; 0 puts all lines at the truth.
        floors: How many of the rules are floors at the true mean, in place of comparisons.
        drop: How much worse the candidate is by the first rule, yes/no with 80 % yes.
    """
    spreads = {
        "yes/no, 80 % yes": 1.0,
        "yes/no, 95 % yes": 1.0,
        "judge, 1 to 5, skewed": 4.0,
        "0 to 1, skewed": 1.0,
        "no bounds, skewed": 3.0,
        "yes/no, 50 % yes": 1.0,
        "yes/no, 90 % yes": 1.0,
        "no bounds, symmetric": 4.0,
    }
    rules = [SimulatedRule(name, _BY_NAME[name], margin * spread) for name, spread in spreads.items()]
    for place in range(RULES - floors, RULES):
        rules[place] = SimulatedRule(rules[place].name, rules[place].world, 0.0, floor=True)
    rules[0] = SimulatedRule(rules[0].name, rules[0].world, rules[0].margin, drop=drop)
    return rules


def budgets() -> list[SimulatedRule]:
    """A policy of 8 budgets for measures with rare values far above the usual one, at the truth."""
    return [SimulatedRule(LOG_NORMAL.name, LOG_NORMAL, 0.0, floor=True, side=-1)] * RULES


def simulated(
    rules: Sequence[SimulatedRule], dialogues: int, runs: int, generator: np.random.Generator
) -> Iterator[Batch]:
    """Pairs of runs, some at a time."""
    at_once = max(1, _AT_ONCE // dialogues)
    for start in range(0, runs, at_once):
        shape = (dialogues, min(at_once, runs - start))
        turns = np.minimum(generator.geometric(0.35, shape), MOST_TURNS)
        owners = np.repeat(np.arange(turns.size), turns.ravel())
        pairs = [_pair(rule, owners, generator) for rule in rules]
        baseline, candidate = (np.stack([pair[side] for pair in pairs]) for side in range(2))
        yield Batch(*shape, turns.astype(np.float64), owners, baseline, candidate)


def _pair(rule: SimulatedRule, owners: Owners, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Baseline and candidate, alike but for the drop."""
    baseline, candidate = (rule.world.draw(generator, owners) for _ in range(2))
    if rule.drop:
        lost = generator.random(len(candidate)) < rule.drop / rule.world.mean
        candidate = np.where(lost, 0.0, candidate) if rule.is_yes_no else candidate - rule.drop
    return baseline, candidate


def decisions(batch: Batch, rules: Sequence[SimulatedRule]) -> list[list[Decision]]:
    """What the gate decides, one list of rules a run."""
    by_rule = [_tests(batch, place, rule) for place, rule in enumerate(rules)]
    return [decide(own) for own in zip(*by_rule, strict=True)]


def _tests(batch: Batch, place: int, rule: SimulatedRule) -> list[LineTest]:
    lines, sides = np.full(batch.runs, -rule.margin), np.full(batch.runs, float(rule.side))
    if rule.floor:
        groups = batch.groups(batch.candidate[place])
        return tests_of_means(groups, [rule.scale] * batch.runs, np.full(batch.runs, rule.world.mean), sides)
    groups = batch.groups(batch.candidate[place] - batch.baseline[place])
    return tests_of_differences(groups, lines, sides, span=1.0 if rule.is_yes_no else None)
