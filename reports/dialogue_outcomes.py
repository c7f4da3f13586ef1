"""How each dialogue went with each candidate: a dialogue passes when every target turn passes every measure that says so.

When a turn passes is the business of `reports.passing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.passing import turns_pass
from reports.records import MeasureOfRun
from reports.scores import Scores
from reports.tables import RunTables


@dataclass(frozen=True, slots=True)
class Fault:
    """One target turn that does not pass a measure, or that could not be measured."""

    case_id: str
    measure: MeasureOfRun
    value: float | None
    """None where it could not be measured."""


@dataclass(frozen=True, slots=True)
class DialogueOutcome:
    """One dialogue with one candidate."""

    dialogue_id: str
    candidate: str
    faults: tuple[Fault, ...]

    @property
    def outcome(self) -> Literal["pass", "fail", "unmeasured"]:
        """`fail` where a turn fails; else `unmeasured` where something could not be measured."""
        if any(fault.value is not None for fault in self.faults):
            return "fail"
        return "unmeasured" if self.faults else "pass"


def dialogue_outcomes(tables: RunTables, scores: Scores) -> list[DialogueOutcome]:
    """Every dialogue with every candidate but the baseline (with the baseline where it is alone), in the suite's order."""
    candidates = [name for name in tables.candidates if name != tables.manifest.baseline] or list(tables.candidates)
    dialogues = tables.cases["dialogue_id"].to_pylist()
    case_ids = tables.cases["case_id"].to_pylist()
    outcomes = []
    for candidate in candidates:
        faults: dict[str, list[Fault]] = {dialogue: [] for dialogue in dialogues}
        for case, fault in _faults(scores, scores.candidates.index(candidate), case_ids):
            faults[dialogues[case]].append(fault)
        outcomes += [DialogueOutcome(dialogue, candidate, tuple(own)) for dialogue, own in faults.items()]
    return outcomes


def _faults(scores: Scores, candidate: int, case_ids: list[str]) -> list[tuple[int, Fault]]:
    """The position of the case with each fault, in the suite's order."""
    found: list[tuple[int, Fault]] = []
    for position, measure in enumerate(scores.measures):
        if measure.passing is None:
            continue
        values = scores.values[position, candidate]
        failed = np.isfinite(values) & ~turns_pass(measure, values)
        unmeasured = scores.unmeasured[position, candidate] & ~failed
        for case in np.flatnonzero(failed | unmeasured).tolist():
            value = float(values[case]) if failed[case] else None
            found.append((case, Fault(case_ids[case], measure, value)))
    return sorted(found, key=lambda pair: pair[0])
