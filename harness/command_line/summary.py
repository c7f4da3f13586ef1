"""Printing a finished run: its table and where its reports lie, or its comparison as JSON."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from reports.gating.gate import TERMS_OF_REPORTS, GateResult, evaluate_gate, rules_of
from reports.pages.gate_text import outcome_lines
from reports.pages.terminal import print_summary
from reports.pages.wording import Words, words_for
from reports.reporting import ReportPaths
from reports.tables import read_tables


def print_run(folder: Path, paths: ReportPaths, *, as_json: bool) -> None:
    """Print a run whose reports were written.

    Raises:
        ReportError: The run's tables are missing or torn.
    """
    if as_json:
        typer.echo(paths.comparison.read_text(encoding="utf-8"))
        return
    print_summary(read_tables(folder), Console())
    print_paths(paths)


def print_gate(folder: Path, *, as_json: bool) -> tuple[GateResult, Words]:
    """Print what became of the gate's rules, unless JSON is asked for.

    Returns:
        The outcome, and the words of the suite's language.

    Raises:
        ReportError: The run's tables are missing or torn.
    """
    tables = read_tables(folder)
    words = words_for(tables.manifest.suite.language)
    result = evaluate_gate(tables, rules_of(tables), TERMS_OF_REPORTS, words=words)
    if not as_json:
        print_outcomes(result, words)
    return result, words


def print_outcomes(result: GateResult, words: Words) -> None:
    """Print every rule of a gate with its reason, and what follows."""
    for line in outcome_lines(result.outcomes, words):
        typer.echo(line)
    typer.echo(words.gating.whole.format(outcome=words.outcomes[result.outcome]))


def print_paths(paths: ReportPaths) -> None:
    """Print where a run's reports lie."""
    typer.echo(f"\nMarkdown  {paths.markdown}\nHTML      {paths.html}")
