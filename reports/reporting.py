"""Writing the reports of a run into its folder: `report.html`, `report.md`, `comparison.json`, and `junit.xml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reports.analysis import analyse
from reports.comparison import comparison_file
from reports.errors import ReportError
from reports.pages.html import html_report
from reports.pages.junit import junit_xml
from reports.pages.markdown import markdown_report
from reports.preferences import preferences_file
from reports.tables import read_tables


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the reports of a run lie."""

    html: Path
    markdown: Path
    comparison: Path
    preferences: Path | None
    """None where the run compared no replies with each other."""
    junit: Path | None
    """None where the run's spec has no gate."""
    persona: Path | None
    """None where the run's spec has no persona section."""


def write_reports(run_folder: Path) -> ReportPaths:
    """Make all reports of a run from its tables; the same tables always give the same reports.

    Raises:
        ReportError: A file of the run is missing, torn or contradicts the others, or a report cannot be written.
    """
    analysis = analyse(read_tables(run_folder))
    comparison = comparison_file(analysis.tables, analysis.comparison)
    preferences = preferences_file(analysis.tables, analysis.preferences)
    return ReportPaths(
        html=_write(run_folder / "report.html", html_report(analysis)),
        markdown=_write(run_folder / "report.md", markdown_report(analysis)),
        comparison=_write(run_folder / "comparison.json", comparison.model_dump_json(indent=2) + "\n"),
        preferences=_write(run_folder / "preferences.json", preferences.model_dump_json(indent=2) + "\n")
        if analysis.preferences
        else None,
        junit=_write(run_folder / "junit.xml", junit_xml(analysis.gate, analysis.tables.manifest.run))
        if analysis.gate
        else None,
        persona=_write(run_folder / "persona.json", analysis.persona.model_dump_json(indent=2) + "\n")
        if analysis.persona
        else None,
    )


def _write(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError as error:
        raise ReportError(f"cannot be written ({error.strerror}); give write access or make room", file=path) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path
