"""The one error of the reports, for people: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path


class ReportError(Exception):
    """A report cannot be made. Its text is one sentence: where, what, and what to do."""

    def __init__(self, problem: str, *, file: Path | None = None) -> None:
        self.problem = " ".join(problem.split())
        self.file = file
        super().__init__(f"{file}: {self.problem}" if file is not None else self.problem)


def unknown_name(name: str, known: Sequence[str], what: str) -> str:
    """A sentence on a name that is not known, with the nearest one that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"there is no {what} '{name}'; did you mean '{near[0]}'?"
    return f"there is no {what} '{name}'; known: {', '.join(known) or 'none'}"
