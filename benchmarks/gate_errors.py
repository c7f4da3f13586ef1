"""How often the gate errs over a whole policy of 8 rules: wrong blocks, wrong passes and missed regressions, simulated.

The functions under test are those of the gate itself; what is simulated is in `benchmarks.gate_worlds`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.gate_worlds import SimulatedRule, budgets, decisions, policy, simulated
from reports.gating.decisions import BLOCK_LEVEL, Decision

RUNS: Final = {20: 6_000, 50: 6_000, 200: 3_000}
"""Simulated runs by number of dialogues: a standard error of 0.3 to 0.4 points at 5 %."""

RUNS_WITH_DROPS: Final = 1_000
MARGIN: Final = 0.05
DROPS: Final = (0.1, 0.2, 0.3)
WRONG_BLOCKS: Final = 5.0
WRONG_PASSES: Final = 2.5

Verdict = Callable[[Sequence[Decision]], str]
"""The outcome of a whole policy."""


def run() -> list[Figure]:
    """Wrong blocks of equal candidates, wrong passes on the line, what becomes of real regressions, and what long tails do."""
    return [*_equal_candidates(), *_on_the_line(), *_regressions(), *_long_tails()]


def overall(decided: Sequence[Decision]) -> str:
    """The gate's outcome: one failure blocks, and all must pass."""
    found = {decision.outcome for decision in decided}
    return "fail" if "fail" in found else "pass" if found == {"pass"} else "inconclusive"


def each_alone(decided: Sequence[Decision]) -> str:
    """As `overall`, if every rule failed by its own 95 % interval."""
    worse = any(decision.p_value is not None and decision.p_value < BLOCK_LEVEL / 2 for decision in decided)
    return "fail" if worse else "not failed"


def _equal_candidates() -> list[Figure]:
    figures = []
    for dialogues, runs in RUNS.items():
        counted, alone = _shares(policy(0.0, floors=2), dialogues, runs, overall, each_alone)
        blocked = counted["fail"]
        figures += [
            Figure(
                f"equal candidate, all 8 lines at the truth, {dialogues} dialogues: blocked",
                blocked,
                "%",
                *at_most(WRONG_BLOCKS, blocked, runs),
            ),
            Figure(f"the same without Holm's correction, {dialogues} dialogues: blocked", alone["fail"], "%"),
        ]
        (counted,) = _shares(policy(MARGIN), dialogues, runs // 4, overall)
        name = f"equal candidate, margins of 5 % of the scale, {dialogues} dialogues"
        figures += [
            Figure(f"{name}: blocked", counted["fail"], "%", "at most 5 %", counted["fail"] <= WRONG_BLOCKS),
            Figure(f"{name}: passed", counted["pass"], "%"),
        ]
    return figures


def _on_the_line() -> list[Figure]:
    """A candidate that is worse by just the margin on one measure, which no gate should pass."""
    figures = []
    for dialogues, runs in RUNS.items():
        one = policy(MARGIN, drop=MARGIN)[:1]
        passed = _shares(one, dialogues, runs, overall)[0]["pass"]
        name = f"one rule, worse by just the margin, {dialogues} dialogues: passed"
        figures.append(Figure(name, passed, "%", *at_most(WRONG_PASSES, passed, runs)))
    return figures


def at_most(share: float, found: float, runs: int) -> tuple[str, bool]:
    """A target that figures lie on by design, and whether it is reached but for what is chance in so many runs."""
    chance = 2 * (share * (100 - share) / runs) ** 0.5
    return f"at most {share:g} % + {chance:.1f} by chance", found <= share + chance


def _long_tails() -> list[Figure]:
    """Eight budgets for measures whose rare values are many times the usual one, as latencies can be: lines at the truth."""
    figures = []
    for dialogues in RUNS:
        (counted,) = _shares(budgets(), dialogues, RUNS_WITH_DROPS, overall)
        name = f"8 budgets of log-normal measures, all lines at the truth, {dialogues} dialogues"
        figures += [Figure(f"{name}: blocked", counted["fail"], "%"), Figure(f"{name}: passed", counted["pass"], "%")]
        (counted,) = _shares(budgets()[:1], dialogues, 4 * RUNS_WITH_DROPS, overall)
        name = f"one such budget, {dialogues} dialogues"
        figures += [Figure(f"{name}: blocked", counted["fail"], "%"), Figure(f"{name}: passed", counted["pass"], "%")]
    return figures


def _regressions() -> list[Figure]:
    figures = []
    for dialogues in RUNS:
        for drop in DROPS:
            (counted,) = _shares(policy(MARGIN, drop=drop), dialogues, RUNS_WITH_DROPS, overall)
            name = f"80 % yes falls by {100 * drop:.0f} points, margin 5, one of 8 rules, {dialogues} dialogues"
            figures += [
                Figure(f"{name}: not blocked", 100 - counted["fail"], "%"),
                Figure(f"{name}: passed", counted["pass"], "%", "at most 2.5 %", counted["pass"] <= WRONG_PASSES),
            ]
    return figures


def _shares(rules: Sequence[SimulatedRule], dialogues: int, runs: int, *verdicts: Verdict) -> list[dict[str, float]]:
    """Percentages of runs by outcome, for each verdict on the same runs."""
    generator = np.random.default_rng(dialogues)
    found: list[Counter[str]] = [Counter() for _ in verdicts]
    for batch in simulated(rules, dialogues, runs, generator):
        for decided in decisions(batch, rules):
            for counts, verdict in zip(found, verdicts, strict=True):
                counts[verdict(decided)] += 1
    return [{name: 100 * counts[name] / runs for name in ("pass", "fail")} for counts in found]
