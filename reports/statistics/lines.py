"""On which side of a line a true mean lies: distances from it in units of Student's t, and what they are worth.

The distances are those that the intervals of `reports.statistics.intervals` are made from, turned round: a mean's 95 %
interval with equal tails ends where the distance is the 97.5 % quantile of t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from reports.statistics.clusters import (
    FEWEST_DIALOGUES,
    ClusterSums,
    FloatArray,
    IntArray,
    Interval,
    RobustErrors,
    divide,
    jackknife_errors,
    robust_errors,
)
from reports.statistics.intervals import (
    Scale,
    effective_cases,
    intervals_of_differences,
    intervals_of_means,
    skewness_bend,
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Estimates and their lines, one a column."""

    estimates: FloatArray
    """NaN where there is no value."""
    intervals: list[Interval | None]
    """95 %, 2.5 % on each side; None with fewer than 5 dialogues."""
    distances: FloatArray
    """How far the estimate is above its line, in units of t; NaN with fewer than 5 dialogues."""
    freedom: FloatArray
    """Degrees of freedom of t."""
    dialogues: IntArray

    def p_values(self, sides: FloatArray) -> FloatArray:
        """One-sided p-values of "the true mean is on this side of its line, or on it"; NaN where there is no distance.

        Args:
            sides: 1 for above, -1 for below; shape [columns].
        """
        p_values: FloatArray = special.stdtr(np.maximum(self.freedom, 1), self.distances * sides)
        return p_values


def place_means(groups: ClusterSums, scales: Sequence[Scale | None], lines: FloatArray) -> Placement:
    """Where means lie beside lines: Wilson's score test on bounded scales, else t after Hall's transformation.

    Args:
        groups: The values.
        scales: Lowest and highest value of each column, None where there is no bound.
        lines: Shape [columns].
    """
    robust, means = robust_errors(groups), groups.means
    lows, highs = np.array([scale or (np.nan, np.nan) for scale in scales]).reshape(-1, 2).T
    with np.errstate(invalid="ignore", divide="ignore"):
        bounded = (lows <= means) & (means <= highs) & (lows < highs)
        score = _score_distances(groups, robust, (lows, highs), lines)
    distances = np.where(bounded, score, _skewed_distances(groups, lines))
    return _placement(groups, robust, distances, intervals_of_means(groups, scales, equal_tails=True))


def place_differences(groups: ClusterSums, lines: FloatArray) -> Placement:
    """Where mean differences lie beside lines: Student's t with robust errors."""
    robust = robust_errors(groups)
    distances = _quotient(groups.means - lines, robust.errors)
    return _placement(groups, robust, distances, intervals_of_differences(groups))


def with_rare_differences(groups: ClusterSums, span: float) -> ClusterSums:
    """Differences of a yes/no measure, with one dialogue more that is all wins and one that is all losses.

    Where two candidates differ on few cases, t's interval is far too narrow: at 20 dialogues, of which some have a loss in
    three of a hundred cases and none a win, it left out the truth in a quarter of all simulated runs. Adding one win and one
    loss keeps it honest (Bonett & Price 2012, doi:10.3102/1076998611411915); here they are dialogues of the usual size, since
    the dialogue is the unit.

    Args:
        groups: Differences between -span and span.
        span: Of the measure's scale.
    """
    sizes = divide(groups.counts.sum(axis=0), groups.dialogues.astype(np.float64))
    sizes = np.nan_to_num(sizes)
    return ClusterSums(
        sums=np.vstack([groups.sums, span * sizes, -span * sizes]),
        counts=np.vstack([groups.counts, sizes, sizes]),
        squares=np.vstack([groups.squares, span**2 * sizes, span**2 * sizes]),
    )


def _placement(
    groups: ClusterSums, robust: RobustErrors, distances: FloatArray, intervals: list[Interval | None]
) -> Placement:
    enough = groups.dialogues >= FEWEST_DIALOGUES
    return Placement(
        groups.means, intervals, np.where(enough, distances, np.nan), np.nan_to_num(robust.freedom), groups.dialogues
    )


def _score_distances(
    groups: ClusterSums, robust: RobustErrors, ends: tuple[FloatArray, FloatArray], lines: FloatArray
) -> FloatArray:
    """The error is the one that the mean would have if it were the line (`intervals` has the sources)."""
    low, width = ends[0], ends[1] - ends[0]
    means, errors, wanted = (groups.means - low) / width, robust.errors / width, (lines - low) / width
    spread = np.clip(means * (1 - means), 0, None)
    cases = effective_cases(spread, errors, groups.dialogues)
    return _quotient(means - wanted, np.sqrt(np.clip(wanted * (1 - wanted), 0, None) / cases))


def _skewed_distances(groups: ClusterSums, lines: FloatArray) -> FloatArray:
    plain = _quotient(groups.means - lines, jackknife_errors(groups))
    bend = skewness_bend(groups)
    with np.errstate(invalid="ignore"):
        bent: FloatArray = plain + bend * plain**2 / 3 + bend**2 * plain**3 / 27 + bend / 6
    return np.where(np.isfinite(plain), bent, plain)


def _quotient(apart: FloatArray, errors: FloatArray) -> FloatArray:
    """Differences in units of their errors: 0 on the line itself, infinite where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = apart / errors
    return np.where(apart == 0, 0.0, quotient)
