"""Which dialogue act was due and which was done, counted by candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from reports.tables import RunTables, codes_of, names_in

ACT_MEASURE: Final = "act"
"""The measure whose label is the act that a reply does."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """One candidate's replies by act due and act done, over the cases where an act is due."""

    candidate: str
    due: tuple[str, ...]
    done: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    """Shape [due, done + 1]; the last column counts replies whose act was not measured."""

    def right(self) -> tuple[int, int]:
        """Replies that do the act that is due, and replies whose act was measured."""
        right = sum(int(self.counts[i, self.done.index(act)]) for i, act in enumerate(self.due) if act in self.done)
        return right, int(self.counts[:, :-1].sum())


def confusions_of(tables: RunTables) -> tuple[Confusion, ...]:
    """One confusion matrix a candidate, with the same acts in all; empty if the run does not tell acts."""
    cases = tables.cases
    rows = tables.results.filter(pa.array(codes_of(tables.results["measure"], [ACT_MEASURE]) == 0))
    due_names = names_in(cases["act"])
    if not len(rows) or not due_names:
        return ()
    done_names = _due_first(due_names, names_in(rows["label"]))
    due = codes_of(cases["act"], due_names)[codes_of(rows["case_id"], cases["case_id"].to_pylist())]
    done = codes_of(rows["label"], done_names)
    measured = (codes_of(rows["status"], ["ok"]) == 0) & (done >= 0)
    done = np.where(measured, done, len(done_names))
    candidate = codes_of(rows["candidate"], tables.candidates)
    counts = np.zeros((len(tables.candidates), len(due_names), len(done_names) + 1), dtype=np.int64)
    counted = due >= 0
    np.add.at(counts, (candidate[counted], due[counted], done[counted]), 1)
    return tuple(
        Confusion(name, tuple(due_names), tuple(done_names), counts[position])
        for position, name in enumerate(tables.candidates)
    )


def _due_first(due: list[str], done: list[str]) -> list[str]:
    """The acts that are due, in their order, then the others that were done: so that right replies lie on a diagonal."""
    return due + [act for act in done if act not in due]
