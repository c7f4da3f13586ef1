"""Opening a run for `rejoinder view`: its report and index as they are, or made anew where they are not of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.run_folder import RunFolder, writing

if TYPE_CHECKING:
    from reports.view.server import ViewOfRun


def open_view(run: Path, language: str | None = None) -> ViewOfRun:
    """A view of a run, ready to be served.

    Args:
        run: The run's folder.
        language: Tag of the language of the report; if given, the reports are written anew.

    Raises:
        InputError: It is not a run folder, or it has to be written to and cannot be.
        ReportError: A file of the run is missing or torn.
    """
    from reports.errors import ReportError  # noqa: PLC0415 - heavy
    from reports.reporting import write_reports  # noqa: PLC0415 - heavy
    from reports.view.server import ViewOfRun  # noqa: PLC0415 - heavy

    RunFolder(run).read_manifest()
    if language is None:
        try:
            opened = ViewOfRun(run)
            opened.page()
            return opened
        except (ReportError, OSError):
            pass  # no report yet, or one of other tables or of an earlier version
    with writing(run):
        write_reports(run, language)
    return ViewOfRun(run)
