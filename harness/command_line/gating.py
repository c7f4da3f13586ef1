"""`rejoinder gate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 4}


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    spec: Annotated[Path | None, typer.Option(help="Spec whose `gate` rules hold; the run's own if not given.")] = None,
    inconclusive: Annotated[
        Literal["pass", "fail"] | None, typer.Option(help="Count inconclusive as passed or as failed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome of every rule as JSON.")] = False,
) -> None:
    """Hold a run against the gate rules. Exit code 0: passed, 1: failed, 4: inconclusive."""
    from reports.reporting import print_gate  # noqa: PLC0415

    from harness.gating import gate_run  # noqa: PLC0415

    result = gate_run(run, spec)
    if as_json:
        typer.echo(json.dumps(result.as_dict(), ensure_ascii=False, indent=1))
    else:
        print_gate(result)
    outcome = inconclusive if inconclusive and result.outcome == "inconclusive" else result.outcome
    raise typer.Exit(EXIT_CODES[outcome])
