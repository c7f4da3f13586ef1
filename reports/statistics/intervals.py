"""95 % intervals of means and of differences from cluster-robust errors, chosen by simulation: see `docs/statistics.md`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import special

from reports.statistics.clusters import (
    CONFIDENCE,
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

Scale = tuple[float, float]

_NO_ERROR: Final = 1e-9
"""Of the scale: what is left where sums of equal values are rounded."""

_NEAR_END: Final = 1 / 4
"""Of the scale: what is further from both ends has equal tails, however few dialogues there are."""


def intervals_of_means(
    groups: ClusterSums, scales: Sequence[Scale | None], *, equal_tails: bool = False
) -> list[Interval | None]:
    """Intervals of means, one a column; None with fewer than 5 dialogues.

    On a bounded scale, Wilson's score interval with the effective number of cases, that is as many as would give the
    cluster-robust error if cases were independent (Korn & Graubard 1998, Survey Methodology 24(2); Franco et al. 2019,
    doi:10.1093/jssam/smy019), here for graded measures too; `score_ends` says what changes near the ends of the scale. Without
    bounds, Hall's transformation of t, which takes out the skewness (Hall 1992, doi:10.1111/j.2517-6161.1992.tb01872.x). Both
    take Student's t at the robust degrees of freedom.

    Args:
        groups: The values.
        scales: Lowest and highest value of each column, None where there is no bound.
        equal_tails: Whether each tail has 2.5 % near the ends of the scale too, as tests of one side go by.
    """
    robust = robust_errors(groups)
    means = groups.means
    lows, highs = np.array([scale or (np.nan, np.nan) for scale in scales]).reshape(-1, 2).T
    with np.errstate(invalid="ignore"):
        bounded = (lows <= means) & (means <= highs) & (lows < highs)
    on_scale = score_ends(groups, robust, lows, highs, equal_tails=equal_tails)
    ends = np.where(bounded[:, np.newaxis], on_scale, _skewed_ends(groups, robust))
    return _as_intervals(groups, ends)


def intervals_of_differences(groups: ClusterSums) -> list[Interval | None]:
    """Intervals of mean differences, one a column; None with fewer than 5 dialogues: Student's t with robust errors."""
    robust = robust_errors(groups)
    reach = _reach(robust) * robust.errors
    return _as_intervals(groups, np.stack([groups.means - reach, groups.means + reach], axis=1))


def skewness_bend(groups: ClusterSums) -> FloatArray:
    """The b of Hall's transformation t + b t^2 / 3 + b^2 t^3 / 27 + b / 6, one a column: the skewness of the dialogues' sums."""
    deviations, dialogues = groups.deviations, np.maximum(groups.dialogues, 1)
    spread = np.sqrt((deviations**2).sum(axis=0) / dialogues)
    skewness = np.nan_to_num(divide((deviations**3).sum(axis=0) / dialogues, spread**3))
    bend: FloatArray = skewness / np.sqrt(dialogues)
    return bend


def _reach(robust: RobustErrors) -> FloatArray:
    reach: FloatArray = special.stdtrit(np.maximum(robust.freedom, 1), (1 + CONFIDENCE) / 2)
    return reach


def score_ends(
    groups: ClusterSums, robust: RobustErrors, lows: FloatArray, highs: FloatArray, *, equal_tails: bool = False
) -> FloatArray:
    """Ends of Wilson's interval, stretched from 0 and 1 to the ends of the scales; shape [columns, 2].

    A truth so near one end of the scale that by chance all values may be at that end is never left out for being too far from
    it. Equal tails would hold it in 97.5 %; so the other tail gets the whole 5 %: Jeffreys' limit, whose coverage is nearest to
    what it promises there (Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286).

    The errors need not be those by dialogue (`reports.statistics.crossed` has others).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        means, errors = (groups.means - lows) / (highs - lows), robust.errors / (highs - lows)
        spread = np.clip(means * (1 - means), 0, None)
        cases = effective_cases(spread, errors, groups.dialogues)
        reach = _reach(robust)
        per_case = reach**2 / cases
        centre = (means + per_case / 2) / (1 + per_case)
        half = np.sqrt(per_case * spread + per_case**2 / 4) / (1 + per_case)
        ends = np.clip(np.stack([centre - half, centre + half], axis=1), 0, 1)
        if not equal_tails:
            # Fewer where the error is not known well.
            sure = cases * (special.ndtri((1 + CONFIDENCE) / 2) / reach) ** 2
            ends = np.where(spread[:, np.newaxis] > 0, _with_one_tail(ends, means, cases, sure), ends)
        stretched: FloatArray = lows[:, np.newaxis] + (highs - lows)[:, np.newaxis] * ends
    return stretched


def effective_cases(spread: FloatArray, errors: FloatArray, dialogues: IntArray) -> FloatArray:
    """How many independent cases would give the same errors; shape [columns].

    Where all values are the same they do not show how far others would be from them; then each dialogue counts as one case.

    Args:
        spread: Variance of one case of a yes/no measure with the same mean.
        errors: Robust errors of the means, on a scale from 0 to 1.
        dialogues: How many there are.
    """
    return np.where((spread > 0) & (errors > _NO_ERROR), spread / errors**2, dialogues)


def _with_one_tail(ends: FloatArray, means: FloatArray, cases: FloatArray, sure: FloatArray) -> FloatArray:
    """Jeffreys' limits for ends that are so near 0 or 1 that as many values as there are for sure would all be there in more
    than 2.5 %; the others as they are. Shape [columns, 2].

    Of 5 to 8 dialogues that could be said of the middle of the scale as well. But so few tell little of how many values they are
    worth: there Jeffreys' limits held a share of 50 % in 86 % of simulated runs.
    """
    tail = (1 - CONFIDENCE) / 2
    ones, zeros = means * cases + 0.5, (1 - means) * cases + 0.5
    low, high = special.betaincinv(ones, zeros, 2 * tail), special.betaincinv(ones, zeros, 1 - 2 * tail)
    return np.stack(
        [
            np.where((low < _NEAR_END) & ((1 - low) ** sure > tail), np.maximum(low, ends[:, 0]), ends[:, 0]),
            np.where((high > 1 - _NEAR_END) & (high**sure > tail), np.minimum(high, ends[:, 1]), ends[:, 1]),
        ],
        axis=1,
    )


def _skewed_ends(groups: ClusterSums, robust: RobustErrors) -> FloatArray:
    """Ends of Hall's interval; shape [columns, 2]."""
    bend, reach = skewness_bend(groups), _reach(robust)
    errors = jackknife_errors(groups)  # wider than CR2: few dialogues seldom show how long the tail is
    ends = [groups.means - _unbent(side, bend) * errors for side in (reach, -reach)]
    return np.stack(ends, axis=1)


def _unbent(value: FloatArray, bend: FloatArray) -> FloatArray:
    """The t of which t + b t^2 / 3 + b^2 t^3 / 27 + b / 6 is the value."""
    slope = np.where(np.abs(bend) < 1e-6, 1.0, bend)
    return np.where(np.abs(bend) < 1e-6, value, 3 / slope * (np.cbrt(1 + slope * (value - slope / 6)) - 1))


def _as_intervals(groups: ClusterSums, ends: FloatArray) -> list[Interval | None]:
    return [
        Interval(low=low, high=high) if dialogues >= FEWEST_DIALOGUES else None
        for (low, high), dialogues in zip(ends.tolist(), groups.dialogues, strict=True)
    ]
