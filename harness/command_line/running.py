"""`rejoinder run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.command_line.gating import EXIT_CODES


def run(
    spec: Annotated[Path, typer.Argument(help="The spec file, for example eval.yaml (`rejoinder init` writes one).")],
    out: Annotated[Path | None, typer.Option(help="Folder of this run; made if it is not there.")] = None,
    runs: Annotated[Path, typer.Option(help="Where new runs are made and unfinished ones are found.")] = Path("runs"),
    engine: Annotated[str | None, typer.Option(help="Kind of engine instead of the spec's, for example vllm.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin a new run even if an unfinished one is found.")] = False,
    mlflow: Annotated[
        str | None,
        typer.Option(help="Also log the run to MLflow at this tracking URI, for example sqlite:///mlflow.db."),
    ] = None,
    until_decided: Annotated[
        bool, typer.Option("--until-decided", help="Stop as soon as every rule of the spec's gate is decided.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Replay a suite through the candidates of a spec, score, judge and report. Goes on with an unfinished run.

    With --until-decided the exit code is the gate's.
    """
    from harness.command_line.job import tell_of_gate, tell_of_run  # noqa: PLC0415
    from harness.command_line.summary import print_gate, print_run  # noqa: PLC0415
    from harness.evaluation import evaluate_spec  # noqa: PLC0415
    from harness.spec import read_spec  # noqa: PLC0415

    spec_file = read_spec(spec)
    if engine is not None:
        spec_file = spec_file.with_engine_kind(engine)
    if mlflow is not None:
        from harness.publishing.mlflow_log import require_mlflow  # noqa: PLC0415 - statistics take a second to import

        require_mlflow()
    finished = evaluate_spec(spec_file, out=out, runs=runs, fresh=fresh, until_decided=until_decided)
    assert finished.reports is not None, "a run that has just finished has its reports"
    print_run(finished.folder, finished.reports, as_json=as_json)
    gate = print_gate(finished.folder, as_json=as_json) if until_decided else None
    tell_of_run(finished.folder)
    if gate is not None:
        tell_of_gate(*gate)
    if mlflow is not None:
        from harness.publishing.mlflow_log import log_run  # noqa: PLC0415

        log_run(finished.folder, mlflow)
    if gate is not None:
        raise typer.Exit(EXIT_CODES[gate[0].outcome])
