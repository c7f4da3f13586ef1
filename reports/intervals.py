"""95 % intervals of means and of differences from cluster-robust errors, chosen by simulation: see `docs/statistics.md`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from reports.statistics import (
    CONFIDENCE,
    FEWEST_DIALOGUES,
    ClusterSums,
    FloatArray,
    Interval,
    RobustErrors,
    divide,
    robust_errors,
)

Scale = tuple[float, float]


def intervals_of_means(groups: ClusterSums, scales: Sequence[Scale | None]) -> list[Interval | None]:
    """Intervals of means, one a column; None with fewer than 5 dialogues.

    On a bounded scale, Wilson's score interval with the effective number of cases, that is as many as would give the
    cluster-robust error if cases were independent (Korn & Graubard 1998, Survey Methodology 24(2); Franco et al. 2019,
    doi:10.1093/jssam/smy019), here for graded measures too. Without bounds, Hall's transformation of t, which takes out the
    skewness (Hall 1992, doi:10.1111/j.2517-6161.1992.tb01872.x). Both take Student's t at the robust degrees of freedom.

    Args:
        groups: The values.
        scales: Lowest and highest value of each column, None where there is no bound.
    """
    robust = robust_errors(groups)
    ends = _skewed_ends(groups, robust)
    for column, scale in enumerate(scales):
        if scale is not None and scale[0] <= groups.means[column] <= scale[1] and scale[0] < scale[1]:
            ends[column] = _score_ends(groups, robust, column, scale)
    return _as_intervals(groups, ends)


def intervals_of_differences(groups: ClusterSums) -> list[Interval | None]:
    """Intervals of mean differences, one a column; None with fewer than 5 dialogues: Student's t with robust errors."""
    robust = robust_errors(groups)
    reach = _reach(robust) * robust.errors
    return _as_intervals(groups, np.stack([groups.means - reach, groups.means + reach], axis=1))


def _reach(robust: RobustErrors) -> FloatArray:
    reach: FloatArray = special.stdtrit(np.maximum(robust.freedom, 1), (1 + CONFIDENCE) / 2)
    return reach


def _score_ends(groups: ClusterSums, robust: RobustErrors, column: int, scale: Scale) -> tuple[float, float]:
    """Wilson's interval, stretched from 0 and 1 to the ends of the scale."""
    low, width = scale[0], scale[1] - scale[0]
    mean, error = (groups.means[column] - low) / width, robust.errors[column] / width
    reach = float(_reach(robust)[column]) ** 2
    # Where all values are at one end they show no spread; then each dialogue counts as one independent case.
    at_an_end = mean in (0, 1)
    per_case = reach / groups.dialogues[column] if at_an_end else reach * error**2 / (mean * (1 - mean))
    centre = (mean + per_case / 2) / (1 + per_case)
    half = np.sqrt(per_case * mean * (1 - mean) + per_case**2 / 4) / (1 + per_case)
    return low + width * max(0.0, centre - half), low + width * min(1.0, centre + half)


def _skewed_ends(groups: ClusterSums, robust: RobustErrors) -> FloatArray:
    """Ends of Hall's interval; shape [columns, 2]."""
    deviations, dialogues = groups.deviations, np.maximum(groups.dialogues, 1)
    spread = np.sqrt((deviations**2).sum(axis=0) / dialogues)
    skewness = np.nan_to_num(divide((deviations**3).sum(axis=0) / dialogues, spread**3))
    bend = skewness / np.sqrt(dialogues)
    reach = _reach(robust)
    ends = [groups.means - _unbent(side, bend) * robust.errors for side in (reach, -reach)]
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
