"""Runs that gates, and whoever publishes figures, may lean on: those that are complete."""

from __future__ import annotations

from pathlib import Path

from reports.errors import ReportError
from reports.tables import RunTables, read_manifest, read_tables


def read_finished(folder: Path) -> RunTables:
    """The tables of a run that is complete.

    Raises:
        ReportError: The run is still in progress or was broken off, or its files are missing, torn, or of another version.
    """
    require_finished(folder)
    return read_tables(folder)


def require_finished(folder: Path) -> None:
    """See that a run is complete; a folder that is not there is for its reader to complain of.

    Raises:
        ReportError: The run is still in progress or was broken off, or its manifest is missing, torn, or of another version.
    """
    if folder.is_dir() and read_manifest(folder).status != "complete":
        raise ReportError(
            "is a run in progress, or one that was broken off; let the same command finish it before anything leans on it",
            file=folder,
        )
