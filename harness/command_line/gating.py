"""`rejoinder gate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 4}


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    spec: Annotated[Path | None, typer.Option(help="Spec whose `gate` rules hold; the run's own if not given.")] = None,
    inconclusive: Annotated[
        Literal["pass", "fail", "inconclusive"], typer.Option(help="What an inconclusive gate counts as.")
    ] = "inconclusive",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome of every rule as JSON.")] = False,
) -> None:
    """Hold a run against the gate rules. Exit code 0: passed, 1: failed, 4: inconclusive."""
    from harness.spec import read_spec  # noqa: PLC0415
    from reports.gating.gate import evaluate_gate, rules_of  # noqa: PLC0415
    from reports.tables import read_tables  # noqa: PLC0415

    tables = read_tables(run)
    result = evaluate_gate(tables, read_spec(spec).spec.gate if spec else rules_of(tables))
    if as_json:
        typer.echo(result.model_dump_json(indent=1))
    else:
        for outcome in result.outcomes:
            typer.echo(f"{outcome.outcome:<13} {outcome.candidate}: {outcome.reason}")
        typer.echo(f"gate: {result.outcome}")
    counted = inconclusive if result.outcome == "inconclusive" else result.outcome
    raise typer.Exit(EXIT_CODES[counted])
