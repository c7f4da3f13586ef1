"""The cases that a rule is about: those of its slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from reports.errors import unknown_name
from reports.gating.policy import EVERY, GateRule, SliceName
from reports.gating.rule_errors import RuleError
from reports.gating.run_figures import Cases
from reports.slices import parts_of

_NUMBERS = {"depth": "turn", "length": "context_characters"}


def each_slice(rule: GateRule, cases: pa.Table) -> Iterator[GateRule]:
    """The rule itself, or where it is about every slice of a kind (`{act: "*"}`), one rule for each slice of it.

    Args:
        rule: Any rule.
        cases: As `RunTables.cases`.
    """
    if not is_about_every_slice(rule):
        yield rule
        return
    assert rule.slice is not None
    for part in parts_of(rule.slice.kind, cases):
        yield rule.model_copy(update={"slice": SliceName(kind=rule.slice.kind, name=part.name)})


def is_about_every_slice(rule: GateRule) -> bool:
    """Whether the rule is about each slice of a kind (`{act: "*"}`)."""
    return rule.slice is not None and rule.slice.name == EVERY


def cases_of_slice(slice_name: SliceName, cases: pa.Table) -> Cases:
    """True for each case in the slice, which may be none; shape [cases].

    Args:
        slice_name: One slice.
        cases: As `RunTables.cases`.
    """
    chosen: Cases = np.zeros(len(cases), dtype=bool)
    if slice_name.kind in _NUMBERS:
        numbers = cases[_NUMBERS[slice_name.kind]].to_numpy().astype(np.float64)
        low, high = slice_name.bounds
        chosen |= (low <= numbers) & (numbers <= high)
        return chosen
    for part in parts_of(slice_name.kind, cases):
        if part.name == slice_name.name:
            chosen[part.cases] = True
    return chosen


def require_slice(rule: GateRule, cases: pa.Table) -> None:
    """See that there are cases for a rule about one slice.

    Args:
        rule: Any rule; one about every slice of a kind takes what there is.
        cases: As `RunTables.cases`.

    Raises:
        RuleError: No case is in the slice.
    """
    if rule.slice is None or is_about_every_slice(rule) or cases_of_slice(rule.slice, cases).any():
        return
    known = [part.name for part in parts_of(rule.slice.kind, cases)]
    raise RuleError(unknown_name(rule.slice.name, known, rule.slice.kind), "slice")
