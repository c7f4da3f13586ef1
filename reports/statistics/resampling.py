"""Drawing whole dialogues again and again: bootstrap intervals, paired bootstrap tests, and random signs.

Every caller with the same number of dialogues gets the same draws, so that columns stay paired and reports repeat.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

import numpy as np
from scipy import special

from reports.statistics.clusters import CONFIDENCE, FEWEST_DIALOGUES, ClusterSums, FloatArray, Interval, divide

RESAMPLES: Final = 2_000
FEWEST_RESAMPLES: Final = 500
_MOST_DRAWS: Final = 25_000_000  # dialogues drawn in all: about a second

_SEED = 20_211
_CHUNK_ENTRIES = 4_000_000  # numbers in one block of resampling weights: 32 MB


def resamples_of(dialogues: int) -> int:
    """How often so many dialogues are resampled: 2,000 times up to 12,500 of them, beyond that less often, at least 500 times."""
    return max(FEWEST_RESAMPLES, min(RESAMPLES, _MOST_DRAWS // max(1, dialogues)))


def replicated_means(groups: ClusterSums) -> FloatArray:
    """The means of resamples in which whole dialogues are drawn with replacement; shape [resamples, columns].

    The cluster bootstrap (Davison & Hinkley 1997, section 3.8), with as many resamples as `resamples_of` says.
    """
    deviations, dialogues = groups.deviations, len(groups.sums)
    drawn = resampling_weights(dialogues, resamples_of(dialogues))
    blocks = [divide(weights @ deviations, weights @ groups.counts) for weights in drawn]
    means: FloatArray = groups.means + np.concatenate(blocks)
    return means


def percentile_intervals(groups: ClusterSums, replicates: FloatArray) -> list[Interval | None]:
    """95 % intervals by the cluster bootstrap, one a column; None with fewer than 5 dialogues.

    The ends are percentiles, widened as Student's t is wider than the normal curve for that many dialogues (the expanded
    percentile interval of Hesterberg 2015, doi:10.1080/00031305.2015.1089789).

    Args:
        groups: The values.
        replicates: Their resampled means; shape [resamples, columns].
    """
    return [
        percentile_interval(replicates[:, column], int(dialogues)) if dialogues >= FEWEST_DIALOGUES else None
        for column, dialogues in enumerate(groups.dialogues)
    ]


def percentile_interval(replicates: FloatArray, dialogues: int) -> Interval:
    """The expanded percentile interval of one figure from its resamples."""
    reach = special.stdtrit(dialogues - 1, (1 + CONFIDENCE) / 2)
    tail = float(special.ndtr(-np.sqrt(dialogues / (dialogues - 1)) * reach))
    low, high = np.nanquantile(replicates, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def bootstrap_p_values(observed: FloatArray, replicates: FloatArray) -> FloatArray:
    """Two-sided p-values of "the difference is 0" by the paired bootstrap, one a column.

    How often a resampled difference is as far from its own mean as the observed one is from 0, as in sacreBLEU and Koehn
    2004 (aclanthology.org/W04-3250).

    Args:
        observed: The differences; shape [columns]; where one is NaN, so is its p-value.
        replicates: The differences in resamples; shape [resamples, columns].
    """
    p_values, there = np.full(len(observed), np.nan), np.isfinite(observed)
    distances = np.abs(replicates[:, there] - np.nanmean(replicates[:, there], axis=0))
    # sacreBLEU asks for further; as far counts here too, so that equal candidates have p 1.
    limit = np.abs(observed[there]) * (1 - 1e-9)
    p_values[there] = (1 + (distances >= limit).sum(axis=0)) / (1 + len(replicates))
    return p_values


def resampling_weights(dialogues: int, resamples: int = RESAMPLES) -> Iterator[FloatArray]:
    """How often each dialogue is drawn, for some resamples at a time; shape [some, dialogues]."""
    generator = np.random.default_rng(_SEED)
    for size in _chunks(dialogues, resamples):
        drawn = generator.integers(0, dialogues, (size, dialogues), dtype=np.int32)
        yield weights_of_draws(drawn)


def weights_of_draws(drawn: np.typing.NDArray[np.int32]) -> FloatArray:
    """How often each dialogue is drawn.

    Args:
        drawn: Positions of the dialogues drawn; shape [resamples, dialogues]; it is changed.
    """
    size, dialogues = drawn.shape
    drawn += (np.arange(size, dtype=np.int32) * dialogues)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=size * dialogues).reshape(size, dialogues).astype(np.float64)


def random_signs(dialogues: int) -> Iterator[FloatArray]:
    """Signs of all dialogues, for some random patterns at a time; shape [some, dialogues]."""
    generator = np.random.default_rng(_SEED)
    for size in _chunks(dialogues, RESAMPLES):
        yield 1.0 - 2.0 * generator.integers(0, 2, (size, dialogues), dtype=np.int8).astype(np.float64)


def all_signs(dialogues: int) -> Iterator[FloatArray]:
    """Every pattern of signs; shape [2 ** dialogues, dialogues]."""
    yield np.array(list(product((1.0, -1.0), repeat=dialogues))).reshape(-1, dialogues)


def _chunks(dialogues: int, resamples: int) -> Iterator[int]:
    """How many resamples to draw at a time, all together `resamples`."""
    size = max(1, min(resamples, _CHUNK_ENTRIES // max(1, dialogues)))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)
