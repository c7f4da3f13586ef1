"""The one error of the reports, for people: what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError


class ReportError(Exception):
    """A report cannot be made. Its text is one sentence: where, what, and what to do."""

    def __init__(self, problem: str, *, file: Path | None = None) -> None:
        self.problem = " ".join(problem.split())
        self.file = file
        super().__init__(f"{file}: {self.problem}" if file is not None else self.problem)


def newer_schema(error: ValidationError, known: int) -> str | None:
    """A sentence on a file of a newer schema than this version knows; None where something else is wrong with it.

    Args:
        error: What reading the file raised.
        known: The newest schema that can be read.
    """
    fault = error.errors(include_url=False)[0]
    found = fault["input"]
    if fault["loc"] != ("schema",) or not isinstance(found, int) or found <= known:
        return None
    return f"was written by a newer version of Rejoinder (schema {found}, this one knows {known}); update Rejoinder"


def unknown_name(name: str, known: Sequence[str], what: str) -> str:
    """A sentence on a name that is not known, with the nearest one that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"there is no {what} '{name}'; did you mean '{near[0]}'?"
    return f"there is no {what} '{name}'; known: {', '.join(known) or 'none'}"
