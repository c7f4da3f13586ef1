"""Sums by dialogue from the rows of the persona tables, and estimates from them. Nothing here knows what a measure is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from scipy import special

from reports.estimates import relation_of
from reports.persona.findings import Compared, Estimate
from reports.persona.tables import Row
from reports.statistics.clusters import (
    CONFIDENCE,
    FEWEST_DIALOGUES,
    ClusterSums,
    FloatArray,
    Interval,
    divide,
    sum_by_dialogue,
)
from reports.statistics.intervals import Scale, intervals_of_differences, intervals_of_means

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Columns(Generic[KeyT]):
    """Sums by dialogue, a column a key; columns without a value are not among them."""

    keys: tuple[KeyT, ...]
    sums: ClusterSums

    def estimates(self, scale_of: Callable[[KeyT], Scale | None]) -> dict[KeyT, Estimate]:
        """The mean of each column."""
        intervals = intervals_of_means(self.sums, [scale_of(key) for key in self.keys])
        means, dialogues = self.sums.means.tolist(), self.sums.dialogues.tolist()
        return {
            key: Estimate(value=means[place], interval=intervals[place], dialogues=dialogues[place])
            for place, key in enumerate(self.keys)
        }

    def left_out(self) -> dict[KeyT, FloatArray]:
        """The mean of each column without one dialogue after the other; shape [dialogues] each."""
        without = left_out_means(self.sums)
        return {key: without[:, place] for place, key in enumerate(self.keys)}


def columns_of(rows: Iterable[Row], key_of: Callable[[Row], KeyT]) -> Columns[KeyT]:
    """Add up the rows' totals by dialogue and key."""
    listed = [(key_of(row), row) for row in rows]
    keys = tuple(dict.fromkeys(key for key, _ in listed))
    dialogues = {name: number for number, name in enumerate(dict.fromkeys(row["dialogue_id"] for _, row in listed))}
    place = {key: number for number, key in enumerate(keys)}
    sums, counts, squares = (np.zeros((len(dialogues), len(keys))) for _ in range(3))
    for key, row in listed:
        at = dialogues[row["dialogue_id"]], place[key]
        sums[at] += row["total"]
        counts[at] += row["count"]
        squares[at] += row["squares"]
    return Columns(keys, ClusterSums(sums, counts, squares))


def compared(differences: FloatArray, dialogues: Sequence[str], direction: int = 1) -> list[Compared | None]:
    """The means of differences by unit (case or token), a row each; None for a row without any.

    Args:
        differences: NaN where there is none; shape [rows, units].
        dialogues: The dialogue of each unit.
        direction: 1 where positive is better, 0 where neither side is.
    """
    _, codes = np.unique(np.asarray(dialogues, dtype=object).astype(str), return_inverse=True)
    groups = sum_by_dialogue(differences, codes.astype(np.int32))
    intervals, means, counted = intervals_of_differences(groups), groups.means.tolist(), groups.dialogues.tolist()
    return [
        Compared(
            value=means[row],
            interval=intervals[row],
            dialogues=counted[row],
            relation=relation_of(intervals[row], direction),
        )
        if counted[row]
        else None
        for row in range(len(differences))
    ]


def left_out_means(groups: ClusterSums) -> FloatArray:
    """The means without one dialogue after the other, NaN where nothing is left; shape [dialogues, columns]."""
    totals, counts = groups.sums.sum(axis=0), groups.counts.sum(axis=0)
    return divide(totals - groups.sums, counts - groups.counts)


def jackknife_interval(value: float, samples: Sequence[FloatArray]) -> Interval | None:
    """The 95 % interval of a figure that is made of several means, by leaving out one dialogue at a time.

    The delete-one-cluster jackknife (Efron & Tibshirani 1993, chapter 11) of independent samples, whose variances add up;
    Student's t at Satterthwaite's degrees of freedom.

    Args:
        value: The figure.
        samples: For each sample of dialogues, the figure without one of them after the other; shape [dialogues] each.

    Returns:
        The interval; None where a sample has fewer than 5 dialogues or the figure cannot do without one of them.
    """
    variances = []
    for left_out in samples:
        dialogues = len(left_out)
        if dialogues < FEWEST_DIALOGUES or not np.isfinite(left_out).all():
            return None
        variances.append((dialogues - 1) / dialogues * float(((left_out - left_out.mean()) ** 2).sum()))
    total = sum(variances)
    if not total:
        return Interval(low=value, high=value)
    freedom = total**2 / sum(own**2 / (len(sample) - 1) for own, sample in zip(variances, samples, strict=True))
    reach = float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2)) * total**0.5
    return Interval(low=value - reach, high=value + reach)
