"""`rejoinder gate`."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from harness.gate_policy import WrittenRules

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 4}


class Allowed(StrEnum):
    """What may differ; as in `reports.gating.likeness`, which would be slow to import for `--help`."""

    SUITE = "suite"
    CONTEXTS = "contexts"
    REFERENCES = "references"
    RUBRICS = "rubrics"
    JUDGES = "judges"
    METRICS = "metrics"
    HARDWARE = "hardware"


def gate(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    policy: Annotated[
        Path | None, typer.Option(help="File whose `gate` rules hold; those of the run's spec if not given.")
    ] = None,
    spec: Annotated[Path | None, typer.Option(help="Spec whose `gate` rules hold.")] = None,
    candidate: Annotated[
        list[str] | None, typer.Option(help="Who is to be released; all but the baseline if not given.")
    ] = None,
    allow: Annotated[
        list[Allowed] | None, typer.Option(help="What may differ from a stored run that rules compare with.")
    ] = None,
    inconclusive: Annotated[
        Literal["pass", "fail", "inconclusive"], typer.Option(help="What an inconclusive gate counts as.")
    ] = "inconclusive",
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome of every rule as JSON.")] = False,
) -> None:
    """Hold a run against the gate rules. Exit code 0: passed, 1: failed, 4: inconclusive."""
    from harness.command_line.job import tell_of_gate  # noqa: PLC0415
    from harness.command_line.summary import print_outcomes  # noqa: PLC0415
    from reports.gating.finished_runs import read_finished  # noqa: PLC0415
    from reports.gating.gate import Terms, evaluate_gate, rules_of  # noqa: PLC0415

    tables = read_finished(run)
    written = _written_rules(policy, spec)
    terms = Terms(candidate or (), [one.value for one in allow or ()])
    if written:
        written.require_stored_runs()
    with written.naming_fields() if written else nullcontext():
        result = evaluate_gate(tables, written.rules if written else rules_of(tables), terms)
    if as_json:
        typer.echo(result.model_dump_json(indent=1))
    else:
        print_outcomes(result)
    tell_of_gate(result)
    counted = inconclusive if result.outcome == "inconclusive" else result.outcome
    raise typer.Exit(EXIT_CODES[counted])


def _written_rules(policy: Path | None, spec: Path | None) -> WrittenRules | None:
    """The rules of a policy or of a spec; None where neither is named."""
    from harness.gate_policy import read_gate_of_spec, read_policy  # noqa: PLC0415
    from suites.userfile import InputError  # noqa: PLC0415

    if policy and spec:
        raise InputError("name the rules by `--policy` or by `--spec`, not by both")
    if policy:
        return read_policy(policy)
    return read_gate_of_spec(spec) if spec else None
