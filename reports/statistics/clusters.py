"""Sums by dialogue, and the errors of the means over them that hold although the cases of a dialogue are alike.

All functions work on many columns (measure x candidate) at once. Nothing here knows what a measure is. What is made of the
errors is in the modules `intervals`, `significance` and `power` beside this one; drawing dialogues in `resampling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from reports.records import Record

CONFIDENCE: Final = 0.95
FEWEST_DIALOGUES: Final = 5
"""With fewer dialogues no interval is given: the spread of four says next to nothing."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Interval(Record):
    """A 95 % interval."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half its width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Values added up by dialogue: all that means, their errors and resampling need. Arrays are [dialogues, columns]."""

    sums: FloatArray
    counts: FloatArray
    """How many values are in each sum."""
    squares: FloatArray
    """Sums of the squared values."""

    @property
    def cases(self) -> IntArray:
        """Number of values; shape [columns]."""
        cases: IntArray = self.counts.sum(axis=0).astype(np.int64)
        return cases

    @property
    def dialogues(self) -> IntArray:
        """Number of dialogues with a value; shape [columns]."""
        dialogues: IntArray = np.count_nonzero(self.counts, axis=0)
        return dialogues

    @property
    def means(self) -> FloatArray:
        """Mean over all values, NaN where there is none; shape [columns]."""
        return divide(self.sums.sum(axis=0), self.counts.sum(axis=0))

    @property
    def deviations(self) -> FloatArray:
        """Each dialogue's sum less what the mean over all values would make it; near 0, so no digits are lost later."""
        return self.sums - np.nan_to_num(self.means) * self.counts

    @property
    def spreads(self) -> FloatArray:
        """Standard deviation over the values, NaN with fewer than two; shape [columns]."""
        counts, means = self.counts.sum(axis=0), np.nan_to_num(self.means)
        squares = np.maximum(self.squares.sum(axis=0) - counts * means**2, 0)
        return np.sqrt(divide(squares, counts - 1))

    def of_columns(self, columns: npt.NDArray[np.integer]) -> ClusterSums:
        """Some of the columns, by number."""
        return ClusterSums(self.sums[:, columns], self.counts[:, columns], self.squares[:, columns])

    def first(self, dialogues: int) -> ClusterSums:
        """The first dialogues."""
        return ClusterSums(self.sums[:dialogues], self.counts[:dialogues], self.squares[:dialogues])


@dataclass(frozen=True, slots=True)
class RobustErrors:
    """How far means are from what more dialogues would give; arrays are [columns], NaN with fewer than two dialogues."""

    errors: FloatArray
    """Standard errors."""
    freedom: FloatArray
    """Degrees of freedom of Student's t that goes with them."""


def sum_by_dialogue(values: FloatArray, dialogues: npt.NDArray[np.int32]) -> ClusterSums:
    """Add up values by dialogue.

    Args:
        values: NaN where there is none; shape [columns, cases].
        dialogues: The dialogue of each case, any whole numbers; shape [cases].
    """
    names, codes = np.unique(dialogues, return_inverse=True)
    present = np.isfinite(values)
    sums, counts, squares = (np.empty((len(names), len(values))) for _ in range(3))
    for column, (row, here) in enumerate(zip(values, present, strict=True)):
        own, taken = codes[here], row[here]
        sums[:, column] = np.bincount(own, weights=taken, minlength=len(names))
        counts[:, column] = np.bincount(own, minlength=len(names))
        squares[:, column] = np.bincount(own, weights=taken**2, minlength=len(names))
    return ClusterSums(sums, counts, squares)


def robust_errors(groups: ClusterSums) -> RobustErrors:
    """Cluster-robust standard errors of the means, CR2, with the degrees of freedom of Bell & McCaffrey.

    CR2 takes out the bias of the plain sandwich estimator where clusters are few or of unequal size (Bell & McCaffrey 2002,
    Survey Methodology 28(2)); for a mean its matrices shrink to a division by 1 less the dialogue's share of the cases.
    With dialogues of one size it equals the common G / (G - 1) correction. The degrees of freedom are Satterthwaite's, for a
    working model in which the cases of a dialogue correlate as they do here (Imbens & Kolesár 2016, doi:10.1162/REST_a_00552).
    """
    cases = np.maximum(groups.counts.sum(axis=0), 1)
    shares = groups.counts / cases
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt((groups.deviations**2 / (1 - shares)).sum(axis=0)) / cases
        freedom = _freedom(groups.counts, shares, _correlation_within(groups))
    enough = groups.dialogues >= 2
    return RobustErrors(np.where(enough, errors, np.nan), np.where(enough, freedom, np.nan))


def jackknife_errors(groups: ClusterSums) -> FloatArray:
    """Standard errors of the means by leaving out one dialogue at a time, CR3; shape [columns], NaN with fewer than two.

    For a mean its matrices shrink to a division by the square of 1 less the dialogue's share (Bell & McCaffrey 2002).
    """
    cases = np.maximum(groups.counts.sum(axis=0), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        leverages = groups.deviations / (1 - groups.counts / cases)
        shrunk = (groups.dialogues - 1) / np.maximum(groups.dialogues, 1)
        errors: FloatArray = np.sqrt(shrunk * (leverages**2).sum(axis=0)) / cases
    return np.where(groups.dialogues >= 2, errors, np.nan)


def divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """The quotient, NaN where the denominator is not above 0."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


def _correlation_within(groups: ClusterSums) -> FloatArray:
    """How alike the cases of a dialogue are, 0 to 1: the analysis-of-variance estimate (Donner 1986, doi:10.2307/1403259)."""
    cases, dialogues = groups.counts.sum(axis=0), groups.dialogues
    by_dialogue = np.nan_to_num(divide(groups.sums, groups.counts))
    between = (groups.counts * (by_dialogue - np.nan_to_num(groups.means)) ** 2).sum(axis=0) / (dialogues - 1)
    within = np.maximum(groups.squares.sum(axis=0) - (groups.sums * by_dialogue).sum(axis=0), 0)
    within = within / np.maximum(cases - dialogues, 1)
    usual_size = (cases - (groups.counts**2).sum(axis=0) / np.maximum(cases, 1)) / (dialogues - 1)
    correlation: FloatArray = (between - within) / (between + (usual_size - 1) * within)
    return np.clip(np.nan_to_num(correlation), 0, 1)


def _freedom(counts: FloatArray, shares: FloatArray, correlation: FloatArray) -> FloatArray:
    """(sum of eigenvalues)^2 / (sum of their squares) of the matrix whose quadratic form CR2's variance is.

    With v the variance of a dialogue's sum in the working model, s its share of the cases and a = 1 / (1 - s), that matrix is
    D - x y' - y x' + V y y', where D has v a on its diagonal, x = v sqrt(a), y = s sqrt(a) and V is the sum of v.
    """
    variances = (1 - correlation) * counts + correlation * counts**2
    scale = 1 / (1 - shares)
    total, diagonal = variances.sum(axis=0), variances * scale
    x, y = variances * np.sqrt(scale), shares * np.sqrt(scale)
    xx, xy, yy = (x * x).sum(axis=0), (x * y).sum(axis=0), (y * y).sum(axis=0)
    trace = diagonal.sum(axis=0) - 2 * xy + total * yy
    low_rank = 2 * xx * yy + 2 * xy**2 + (total * yy) ** 2 - 4 * total * xy * yy
    crossed = (diagonal * (total * y * y - 2 * x * y)).sum(axis=0)
    freedom: FloatArray = trace**2 / ((diagonal**2).sum(axis=0) + 2 * crossed + low_rank)
    return freedom
