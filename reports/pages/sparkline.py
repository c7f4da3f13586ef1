"""Numbers as one line of small bars, for terminals and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"
BREAK: Final = "┊"


def sparkline(values: Sequence[float | None], breaks: Sequence[int] = ()) -> str:
    """One bar a value between the lowest and the highest; a dot where there is none.

    Args:
        values: In their order. All of the same height get bars of half the height.
        breaks: Positions before which a mark says that what follows cannot be compared with what stands before it.
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    signs = (f"{BREAK if i in breaks else ''}{_bar(value, low, high)}" for i, value in enumerate(values))
    return "".join(signs)


def _bar(value: float | None, low: float, high: float) -> str:
    if value is None:
        return "·"
    if high <= low:
        return BARS[len(BARS) // 2 - 1]
    return BARS[round((value - low) / (high - low) * (len(BARS) - 1))]
