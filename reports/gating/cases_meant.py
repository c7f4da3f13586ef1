"""The cases that a rule is about: those of its slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reports.errors import ReportError, unknown_name
from reports.gating.policy import EVERY, GateRule, SliceName
from reports.gating.run_figures import Cases
from reports.slices import parts_of
from reports.tables import RunTables

_NUMBERS = {"depth": "turn", "length": "context_characters"}


def each_slice(rule: GateRule, tables: RunTables) -> Iterator[GateRule]:
    """The rule itself, or where it is about every slice of a kind (`{act: "*"}`), one rule for each slice of it."""
    if rule.slice is None or rule.slice.name != EVERY:
        yield rule
        return
    for part in parts_of(rule.slice.kind, tables):
        yield rule.model_copy(update={"slice": SliceName(kind=rule.slice.kind, name=part.name)})


def cases_of_slice(slice_name: SliceName, tables: RunTables) -> Cases:
    """True for each case in the slice; shape [cases].

    Raises:
        ReportError: No case of the run is in it.
    """
    chosen = np.zeros(len(tables.cases), dtype=bool)
    known: list[str]
    if slice_name.kind in _NUMBERS:
        numbers = tables.cases[_NUMBERS[slice_name.kind]].to_numpy().astype(np.float64)
        low, high = slice_name.bounds
        chosen |= (low <= numbers) & (numbers <= high)
        known = [part.name for part in parts_of(slice_name.kind, tables)]
    else:
        parts = {part.name: part for part in parts_of(slice_name.kind, tables)}
        known = list(parts)
        if slice_name.name in parts:
            chosen[parts[slice_name.name].cases] = True
    if not chosen.any():
        raise ReportError(f"gate: {unknown_name(slice_name.name, known, slice_name.kind)}")
    return chosen
