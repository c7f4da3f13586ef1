"""`rejoinder gate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from harness.command_line.gate_options import Allow, Policy, Released

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 4}


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    policy: Policy = None,
    spec: Annotated[Path | None, typer.Option(help="Spec whose `gate` rules hold.")] = None,
    candidate: Released = None,
    allow: Allow = None,
    inconclusive: Annotated[
        Literal["pass", "fail", "inconclusive"], typer.Option(help="What an inconclusive gate counts as.")
    ] = "inconclusive",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome of every rule as JSON.")] = False,
) -> None:
    """Hold a run against the gate rules. Exit code 0: passed, 1: failed, 4: inconclusive."""
    from harness.command_line.gate_options import asked_gate  # noqa: PLC0415
    from harness.command_line.job import tell_of_gate  # noqa: PLC0415
    from harness.command_line.summary import print_outcomes  # noqa: PLC0415
    from harness.gate_policy import read_gate_of_spec  # noqa: PLC0415
    from reports.gating.finished_runs import read_finished  # noqa: PLC0415
    from reports.gating.gate import evaluate_gate, rules_of  # noqa: PLC0415
    from reports.pages.wording import words_for  # noqa: PLC0415
    from suites.userfile import InputError  # noqa: PLC0415

    if policy and spec:
        raise InputError("name the rules by `--policy` or by `--spec`, not by both")
    tables = read_finished(run)
    asked = asked_gate(policy, candidate, allow, strict=True)
    if spec:
        asked = replace(asked, written=read_gate_of_spec(spec))
    if asked.written:
        asked.written.require_stored_runs()
    words = words_for(tables.manifest.suite.language)
    with asked.naming_fields():
        result = evaluate_gate(
            tables, asked.rules if asked.rules is not None else rules_of(tables), asked.terms, words=words
        )
    if as_json:
        typer.echo(result.model_dump_json(indent=1))
    else:
        print_outcomes(result, words)
    tell_of_gate(result, words)
    counted = inconclusive if result.outcome == "inconclusive" else result.outcome
    raise typer.Exit(EXIT_CODES[counted])
