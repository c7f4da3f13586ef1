"""Means, their intervals and tests of differences, with the dialogue as the unit that is drawn.

The cases of one dialogue are not independent, so whole dialogues are resampled. All functions work on many columns
(measure x candidate) at once and draw the same dialogues for all of them. Nothing here knows what a measure is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from reports.records import Record

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 2_000
FEWEST_DIALOGUES: Final = 5
"""With fewer dialogues no interval is given: a resample of four has too few different outcomes to bound anything."""

MOST_RESAMPLED: Final = 5_000
"""With more dialogues, formulas take the place of resampling: by then both agree to within the resampling's own noise."""

_SEED = 20_211
_EXACT_UP_TO = 12  # dialogues: all 4,096 sign patterns are tried
_CHUNK_ENTRIES = 4_000_000  # numbers in one block of resampling weights: 32 MB

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
    """Values added up by dialogue: all that a mean and its resampling need."""

    sums: FloatArray
    """Shape [dialogues, columns]."""
    counts: FloatArray
    """How many values are in each sum; shape [dialogues, columns]."""

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
        return _divide(self.sums.sum(axis=0), self.counts.sum(axis=0))


def sum_by_dialogue(values: FloatArray, dialogues: npt.NDArray[np.int32]) -> ClusterSums:
    """Add up values by dialogue.

    Args:
        values: NaN where there is none; shape [columns, cases].
        dialogues: The dialogue of each case, any whole numbers; shape [cases].
    """
    names, codes = np.unique(dialogues, return_inverse=True)
    present = np.isfinite(values)
    sums = np.empty((len(names), len(values)))
    counts = np.empty_like(sums)
    for column, (row, here) in enumerate(zip(values, present, strict=True)):
        sums[:, column] = np.bincount(codes[here], weights=row[here], minlength=len(names))
        counts[:, column] = np.bincount(codes[here], minlength=len(names))
    return ClusterSums(sums, counts)


def intervals_of_means(groups: ClusterSums) -> list[Interval | None]:
    """95 % intervals of the means by the cluster bootstrap, one a column; None with fewer than 5 dialogues.

    Whole dialogues are drawn with replacement (Davison & Hinkley 1997, section 3.8) and the mean is taken over all
    values drawn. The ends are percentiles, widened as Student's t is wider than the normal curve for that many
    dialogues (the expanded percentile interval of Hesterberg 2015, doi:10.1080/00031305.2015.1089789), without which
    the interval of a small suite is too narrow. With more than 5,000 dialogues the ends come from the cluster-robust
    standard error of the mean (Cameron & Miller 2015, doi:10.3368/jhr.50.2.317).
    """
    ends = _formula_ends(groups) if len(groups.sums) > MOST_RESAMPLED else _bootstrap_ends(groups)
    return [
        Interval(low=low, high=high) if dialogues >= FEWEST_DIALOGUES else None
        for (low, high), dialogues in zip(ends.tolist(), groups.dialogues, strict=True)
    ]


def sign_flip_p_values(groups: ClusterSums) -> FloatArray:
    """Two-sided p-values of "the mean difference is 0", one a column; NaN where there is no value.

    A randomisation test: were the two candidates alike, each dialogue's difference might as well have the other sign.
    All sign patterns are tried up to 12 dialogues, else 2,000 random ones, where p = (1 + as extreme) / (1 + tried)
    (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585). With more than 5,000 dialogues the sum under random signs is
    taken as normal, with the sum of the squares as its variance.
    """
    large = len(groups.sums) > MOST_RESAMPLED
    p_values = _formula_p_values(groups) if large else _randomisation_p_values(groups)
    return np.where(groups.cases > 0, p_values, np.nan)


def _bootstrap_ends(groups: ClusterSums) -> FloatArray:
    """Low and high end of each column's interval, NaN with too few dialogues; shape [columns, 2]."""
    means = groups.means
    centred = groups.sums - np.nan_to_num(means) * groups.counts  # sums near 0 lose no digits in the products below
    blocks = [
        means + _divide(weights @ centred, weights @ groups.counts) for weights in _resampling_weights(len(groups.sums))
    ]
    replicates = np.concatenate(blocks)
    ends = np.full((len(means), 2), np.nan)
    for column, dialogues in enumerate(groups.dialogues):
        if dialogues >= FEWEST_DIALOGUES:
            tail = _widened_tail(int(dialogues))
            ends[column] = np.nanquantile(replicates[:, column], [tail, 1 - tail])
    return ends


def _widened_tail(dialogues: int) -> float:
    reach = special.stdtrit(dialogues - 1, (1 + CONFIDENCE) / 2)
    return float(special.ndtr(-np.sqrt(dialogues / (dialogues - 1)) * reach))


def _formula_ends(groups: ClusterSums) -> FloatArray:
    """Low and high end of each column's interval; shape [columns, 2]."""
    means, dialogues = np.nan_to_num(groups.means), np.maximum(groups.dialogues, 2)
    squares = ((groups.sums - means * groups.counts) ** 2).sum(axis=0)
    errors = np.sqrt(dialogues / (dialogues - 1) * squares) / np.maximum(groups.cases, 1)
    reach = special.stdtrit(dialogues - 1, (1 + CONFIDENCE) / 2) * errors
    return np.stack([means - reach, means + reach], axis=1)


def _randomisation_p_values(groups: ClusterSums) -> FloatArray:
    observed = np.abs(groups.sums.sum(axis=0))
    limit = observed - 1e-9 * np.abs(groups.sums).sum(axis=0)  # equal sums may differ in the last digits
    exact = len(groups.sums) <= _EXACT_UP_TO
    patterns = _all_signs(len(groups.sums)) if exact else _random_signs(len(groups.sums))
    extreme, tried = np.zeros(len(observed)), 0
    for signs in patterns:
        extreme += (np.abs(signs @ groups.sums) >= limit).sum(axis=0)
        tried += len(signs)
    return extreme / tried if exact else (1 + extreme) / (1 + tried)


def _formula_p_values(groups: ClusterSums) -> FloatArray:
    spread = np.sqrt((groups.sums**2).sum(axis=0))
    standardised = np.nan_to_num(_divide(np.abs(groups.sums.sum(axis=0)), spread))
    p_values: FloatArray = 2 * special.ndtr(-standardised)
    return p_values


def _resampling_weights(dialogues: int) -> Iterator[FloatArray]:
    """How often each dialogue is drawn, for some resamples at a time; shape [some, dialogues]."""
    generator = np.random.default_rng(_SEED)
    for size in _chunks(dialogues):
        drawn = generator.integers(0, dialogues, (size, dialogues), dtype=np.int32)
        drawn += (np.arange(size, dtype=np.int32) * dialogues)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=size * dialogues).reshape(size, dialogues).astype(np.float64)


def _random_signs(dialogues: int) -> Iterator[FloatArray]:
    """Signs of all dialogues, for some random patterns at a time; shape [some, dialogues]."""
    generator = np.random.default_rng(_SEED)
    for size in _chunks(dialogues):
        yield 1.0 - 2.0 * generator.integers(0, 2, (size, dialogues), dtype=np.int8).astype(np.float64)


def _all_signs(dialogues: int) -> Iterator[FloatArray]:
    """Every pattern of signs; shape [2 ** dialogues, dialogues]."""
    yield np.array(list(product((1.0, -1.0), repeat=dialogues))).reshape(-1, dialogues)


def _chunks(dialogues: int) -> Iterator[int]:
    """How many resamples to draw at a time, all together `RESAMPLES`."""
    size = max(1, min(RESAMPLES, _CHUNK_ENTRIES // max(1, dialogues)))
    for start in range(0, RESAMPLES, size):
        yield min(size, RESAMPLES - start)


def _divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
