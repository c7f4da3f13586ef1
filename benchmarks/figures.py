"""What a benchmark gives: figures, each with its target where there is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value."""

    what: str
    value: float
    unit: str = ""
    target: str | None = None
    """The target in words, e.g. "under 1.5 GB"."""
    reached: bool | None = None
    """None where there is no target."""
