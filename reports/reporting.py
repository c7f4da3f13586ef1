"""Writing the reports of a run into its folder: `report.html`, `report.md`, `comparison.json`, `junit.xml`, and the
index of the cases for `rejoinder view`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.analysis import analyse
from reports.comparison import comparison_file
from reports.files import write_text
from reports.gating.gate import TERMS_OF_REPORTS, GateRule, Terms
from reports.pages.html import html_report
from reports.pages.junit import junit_xml
from reports.pages.markdown import markdown_report
from reports.preferences import preferences_file
from reports.tables import read_tables
from reports.view.index import write_index


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """Where the reports of a run lie."""

    html: Path
    markdown: Path
    comparison: Path
    preferences: Path | None
    """None where the run compared no replies with each other."""
    junit: Path | None
    """None where there is no rule."""
    persona: Path | None
    """None where the run's spec has no persona section."""


def write_reports(
    run_folder: Path,
    language: str | None = None,
    rules: Sequence[GateRule] | None = None,
    terms: Terms = TERMS_OF_REPORTS,
) -> ReportPaths:
    """Make all reports of a run from its tables; the same tables always give the same reports.

    Args:
        run_folder: The run.
        language: Tag of the language of the reports; the suite's if not given.
        rules: The gate; that of the run's spec if not given.
        terms: On which it is applied.

    Raises:
        ReportError: A file of the run is missing, torn or contradicts the others, or a report cannot be written.
    """
    analysis = analyse(read_tables(run_folder), language, rules, terms)
    comparison = comparison_file(analysis.tables, analysis.comparison)
    preferences = preferences_file(analysis.tables, analysis.preferences)
    paths = ReportPaths(
        html=write_text(run_folder / "report.html", html_report(analysis)),
        markdown=write_text(run_folder / "report.md", markdown_report(analysis)),
        comparison=write_text(run_folder / "comparison.json", comparison.model_dump_json(indent=2) + "\n"),
        preferences=write_text(run_folder / "preferences.json", preferences.model_dump_json(indent=2) + "\n")
        if analysis.preferences
        else None,
        junit=write_text(
            run_folder / "junit.xml", junit_xml(analysis.gate, analysis.tables.manifest.run, words=analysis.words)
        )
        if analysis.gate
        else None,
        persona=write_text(run_folder / "persona.json", analysis.persona.model_dump_json(indent=2) + "\n")
        if analysis.persona
        else None,
    )
    write_index(analysis)
    return paths
