"""What is decided by figures beside their lines: pass, fail or inconclusive, with the errors of a whole policy in hand.

Two things can go wrong, and they add up in opposite ways:

A wrong block. A policy blocks when *any* of its rules fails, so the chances add up over rules and candidates. They share one
error of 5 % by Holm's correction (Holm 1979, jstor.org/stable/4615733), which holds however the figures hang together: a
candidate that meets every line, as one that equals the baseline does, is blocked in at most 5 % of all runs.

A wrong pass. A policy passes only when *all* of its rules pass, so a candidate that misses one line passes no more often
than by that rule alone. There is nothing to correct: each rule keeps its own 2.5 % (intersection-union test, Berger 1982,
doi:10.2307/1267823).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from reports.gating.policy import Outcome
from reports.statistics.clusters import CONFIDENCE, FEWEST_DIALOGUES, ClusterSums, FloatArray, Interval
from reports.statistics.intervals import Scale
from reports.statistics.lines import Placement, place_differences, place_means, with_rare_differences
from reports.statistics.power import more_dialogues
from reports.statistics.significance import Correction, corrected

BLOCK_LEVEL: Final = 0.05
"""The chance of a wrong block, shared by all tests of a policy."""

CORRECTION: Final[Correction] = "holm"

_TAIL: Final = (1 - CONFIDENCE) / 2
_MOST_DIALOGUES: Final = 10_000_000  # more than these is said as "no number"


@dataclass(frozen=True, slots=True)
class LineTest:
    """One figure beside its line."""

    estimate: float | None
    line: float
    side: int
    """The good one: 1 above the line, -1 below."""
    passing: Interval | None
    """95 %, by which the rule passes."""
    blocking: Interval | None
    """95 %, by which it fails; another only for differences of yes/no measures."""
    p_value: float
    """One-sided, of "the true figure is on the good side or on the line"; NaN where there is none."""
    distances: tuple[float, float]
    """From the line to the good side, in units of t, as `passing` and as `blocking` have it."""
    dialogues: int
    strict: bool
    """Whether the line itself is not good enough."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one test among those of its policy."""

    outcome: Outcome
    interval: Interval | None
    """The one that decided."""
    p_value: float | None
    p_corrected: float | None
    """By `CORRECTION` over all tests of the policy."""
    tests: int
    """How many share the error."""
    dialogues_needed: int | None
    """Where it is inconclusive: dialogues in all that would decide it in four runs of five, were the estimate the truth; None
    where no number would."""


def tests_of_means(
    groups: ClusterSums, scales: Sequence[Scale | None], lines: FloatArray, sides: FloatArray
) -> list[LineTest]:
    """Means beside floors or ceilings, one a column.

    Args:
        groups: The values.
        scales: Lowest and highest value of each column, None where there is no bound.
        lines: Shape [columns].
        sides: 1 for floors, -1 for ceilings; shape [columns].
    """
    placed = place_means(groups, scales, lines)
    return _line_tests(_Sides(placed, placed, placed), lines, sides, strict=False)


def tests_of_differences(
    groups: ClusterSums,
    lines: FloatArray,
    sides: FloatArray,
    *,
    span: float | None = None,
    asks_for_better: bool = False,
) -> list[LineTest]:
    """Differences beside margins, one a column.

    Differences of yes/no measures pass by an interval that allows for what is too rare to have been seen, and fail by that of
    the comparison; a rule that asks for better takes the careful one for both.

    Args:
        groups: The differences.
        lines: Shape [columns].
        sides: 1 where higher is better, -1 where lower is; shape [columns].
        span: Of the scale of a yes/no measure; None for others.
        asks_for_better: Whether the lines are on the good side of 0.
    """
    plain = place_differences(groups, lines)
    if span is None:
        return _line_tests(_Sides(plain, plain, plain), lines, sides, strict=True)
    careful = place_differences(with_rare_differences(groups, span), lines)
    return _line_tests(_Sides(plain, careful, careful if asks_for_better else plain), lines, sides, strict=True)


def decide(tests: Sequence[LineTest]) -> list[Decision]:
    """Decide all tests of one policy.

    A test passes if the whole interval is on the good side of its line. It fails if the whole interval is on the bad side and
    its p-value holds after the correction.
    """
    p_values = np.array([test.p_value for test in tests])
    p_corrected = corrected(p_values, CORRECTION)
    count = int(np.isfinite(p_values).sum())
    return [_decided(test, float(p), count) for test, p in zip(tests, p_corrected, strict=True)]


def side_of(interval: Interval, line: float, side: int, *, strict: bool) -> Outcome:
    """Whether all of an interval is on the good side of a line (`pass`), all on the bad one (`fail`), or neither.

    Args:
        interval: Of the figure.
        line: In the figure's units.
        side: The good one: 1 above the line, -1 below.
        strict: Whether the line itself is not good enough.
    """
    low, high = sorted(((interval.low - line) * side, (interval.high - line) * side))
    if low > 0 or (low == 0 and not strict):
        return "pass"
    return "fail" if high < 0 else "inconclusive"


def dialogues_needed(test: LineTest, tests: int) -> int | None:
    """How many dialogues in all would put the interval on the side where the estimate is, in four runs of five.

    Args:
        test: It decides nothing.
        tests: How many share the error.

    Returns:
        None where no number would.
    """
    if test.passing is None or test.blocking is None:
        return FEWEST_DIALOGUES if test.estimate is not None else None
    to_pass, to_block = test.distances
    if to_pass > 0:
        more = more_dialogues(to_pass, 1.0, test.dialogues, 1 - _TAIL)
    else:
        more = more_dialogues(to_block, 1.0, test.dialogues, 1 - min(_TAIL, BLOCK_LEVEL / tests))
    return test.dialogues + more if more is not None and more < _MOST_DIALOGUES else None


class _Sides(NamedTuple):
    """The same figures, placed in the ways that rules need."""

    plain: Placement
    passing: Placement
    blocking: Placement


def _line_tests(placed: _Sides, lines: FloatArray, sides: FloatArray, *, strict: bool) -> list[LineTest]:
    p_values = placed.blocking.p_values(sides)
    found = []
    for column, (line, side) in enumerate(zip(lines.tolist(), sides.tolist(), strict=True)):
        estimate = float(placed.plain.estimates[column])
        enough = placed.plain.intervals[column] is not None
        to_pass, to_block = (side * float(one.distances[column]) for one in placed[1:])
        found.append(
            LineTest(
                estimate=estimate if np.isfinite(estimate) else None,
                line=line,
                side=int(side),
                passing=placed.passing.intervals[column] if enough else None,
                blocking=placed.blocking.intervals[column] if enough else None,
                p_value=float(p_values[column]) if enough else np.nan,
                distances=(to_pass, to_block),
                dialogues=int(placed.plain.dialogues[column]),
                strict=strict,
            )
        )
    return found


def _decided(test: LineTest, p_corrected: float, count: int) -> Decision:
    if test.passing is None or test.blocking is None:
        return Decision("inconclusive", None, None, None, count, dialogues_needed(test, count))
    outcome, interval = side_of(test.passing, test.line, test.side, strict=test.strict), test.passing
    if outcome != "pass":
        is_worse = side_of(test.blocking, test.line, test.side, strict=test.strict) == "fail"
        outcome = "fail" if is_worse and p_corrected <= BLOCK_LEVEL else "inconclusive"
        interval = test.blocking if is_worse else test.passing
    needed = dialogues_needed(test, count) if outcome == "inconclusive" else None
    return Decision(outcome, interval, test.p_value, p_corrected, count, needed)
