"""Printing a finished run: its table and where its reports lie, or its comparison as JSON."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from reports.gating.gate import GateResult, Terms, evaluate_gate, rules_of
from reports.pages.terminal import print_summary
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


def print_gate(folder: Path, *, as_json: bool) -> GateResult:
    """Print what became of the gate's rules, unless JSON is asked for.

    Raises:
        ReportError: The run's tables are missing or torn.
    """
    tables = read_tables(folder)
    result = evaluate_gate(tables, rules_of(tables), Terms(strict=False))
    if not as_json:
        print_outcomes(result)
    return result


def print_outcomes(result: GateResult) -> None:
    """Print every rule of a gate with its reason, and what follows."""
    for outcome in result.outcomes:
        typer.echo(f"{outcome.outcome:<13} {outcome.candidate}: {outcome.reason}")
    typer.echo(f"gate: {result.outcome}")


def print_paths(paths: ReportPaths) -> None:
    """Print where a run's reports lie."""
    typer.echo(f"\nMarkdown  {paths.markdown}\nHTML      {paths.html}")
