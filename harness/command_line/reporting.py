"""`rejoinder report` and `rejoinder compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.command_line.gate_options import Allow, Policy, Released
from harness.command_line.report_options import Language

Runs = Annotated[list[Path], typer.Argument(help="Run folders.", metavar="RUN...")]


def report(
    runs: Runs,
    language: Language = None,
    policy: Policy = None,
    candidate: Released = None,
    allow: Allow = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Build the tables and reports of runs anew, from their records, without a model."""
    from harness.command_line.gate_options import asked_gate  # noqa: PLC0415
    from harness.command_line.summary import print_paths  # noqa: PLC0415
    from harness.evaluation import rebuild_reports  # noqa: PLC0415

    asked = asked_gate(policy, candidate, allow, strict=False)
    with asked.naming_fields():
        written = {str(folder): rebuild_reports(folder, language, asked.rules, asked.terms) for folder in runs}
    if as_json:
        listing = {run: {"markdown": str(paths.markdown), "html": str(paths.html)} for run, paths in written.items()}
        typer.echo(json.dumps(listing, ensure_ascii=False, indent=1))
        return
    for paths in written.values():
        print_paths(paths)


def compare(
    runs: Runs,
    baseline: Annotated[
        str | None, typer.Option(help="Candidate to compare with; the first run's if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare the candidates of a run, or of several runs of one suite, with a baseline."""
    from rich.console import Console  # noqa: PLC0415

    from reports.comparison import compare_run, comparison_file  # noqa: PLC0415
    from reports.merging import read_merged  # noqa: PLC0415
    from reports.pages.terminal import print_summary  # noqa: PLC0415
    from reports.scores import scores_of  # noqa: PLC0415

    tables = read_merged(runs, baseline)
    if as_json:
        comparison = compare_run(tables, scores_of(tables))
        typer.echo(comparison_file(tables, comparison).model_dump_json(indent=1))
        return
    print_summary(tables, Console())
