"""What a style measure finds in one reply, as sums from which means over many replies are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """A total over the units of one reply: its sentences, words, characters, or the reply itself.

    A candidate's figure is the sum of its totals by the sum of its counts, so that a long reply counts for more where the
    unit is smaller than a reply.
    """

    measure: str
    count: float
    """How many units; 0 where the measure does not apply to this reply."""
    total: float
    squares: float
    """Sum of the squared values of the units."""


def of_reply(measure: str, value: float) -> Measured:
    """A measure whose unit is the reply."""
    return Measured(measure, 1, value, value**2)


def of_units(measure: str, values: Sequence[float]) -> Measured:
    """A measure with a value for each unit."""
    return Measured(measure, len(values), sum(values), sum(value**2 for value in values))


def share_of(measure: str, found: int, units: int) -> Measured:
    """A measure that is 1 or 0 for each unit."""
    return Measured(measure, units, found, found)
