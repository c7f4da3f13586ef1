"""`rejoinder report` and `rejoinder compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Runs = Annotated[list[Path], typer.Argument(help="Run folders.", metavar="RUN...")]


def report(
    runs: Runs,
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Build the tables and reports of finished runs anew, from their records, without a model."""
    from harness.evaluation import rebuild_reports  # noqa: PLC0415

    written = {str(folder): rebuild_reports(folder) for folder in runs}
    if as_json:
        typer.echo(json.dumps({run: {k: str(v) for k, v in paths._asdict().items()} for run, paths in written.items()}))
        return
    for paths in written.values():
        typer.echo(f"Markdown  {paths.markdown}\nHTML      {paths.html}")


def compare(
    runs: Runs,
    baseline: Annotated[str | None, typer.Option(help="Candidate to compare with; the run's own if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare the candidates of a run, or of several runs of one suite, with a baseline."""
    from reports.reporting import comparison_of, print_comparison  # noqa: PLC0415

    comparison = comparison_of(runs, baseline)
    if as_json:
        typer.echo(comparison.as_json())
        return
    print_comparison(comparison)
