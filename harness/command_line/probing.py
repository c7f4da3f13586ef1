"""`rejoinder judge probe`: the known weaknesses of a judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.command_line.judge_options import (
    Adapter,
    BaseUrl,
    EngineKind,
    JudgeModel,
    JudgeOfSpec,
    JudgeOptions,
    RubricName,
)

if TYPE_CHECKING:
    from harness.judging.rubric_probing import ProbeResult


def probe(
    rubric: RubricName,
    model: JudgeModel = None,
    labels: Annotated[Path | None, typer.Option(help="Labelled replies to probe the judge on.")] = None,
    suite: Annotated[
        str | None, typer.Option(help="A suite instead: its references, and those of other cases as bad replies.")
    ] = None,
    engine: EngineKind = None,
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    spec: JudgeOfSpec = None,
    language: Annotated[str | None, typer.Option(help="Only the labels in this language.")] = None,
    replies: Annotated[int, typer.Option(min=2, help="Probe on so many replies at most.")] = 100,
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="Put the figures into this certificate; if not given, into those of this judge by the rubric."
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", help="A run: warn where its candidates are of the judge's family.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure a judge's known weaknesses: judge replies again with something changed that should not matter."""
    from harness.command_line.probe_text import probe_lines  # noqa: PLC0415
    from harness.judging.rubric_probing import ProbeRequest, probe_rubric  # noqa: PLC0415

    judge, asked = JudgeOptions(model, engine, adapter, base_url, spec).asked(rubric)
    request = ProbeRequest(asked, labels, suite, language, replies, certificate, run)
    with judge.naming_fields():
        result = probe_rubric(request, judge.engine)
    if as_json:
        typer.echo(json.dumps(_as_data(result), ensure_ascii=False, indent=1))
        return
    for line in probe_lines(result):
        typer.echo(line)


def _as_data(result: ProbeResult) -> dict[str, object]:
    return {
        "rubric": result.rubric.name,
        "rubric_hash": result.rubric.digest(),
        "judge": result.judge,
        "readout": result.rubric.readout_kinds,
        "language": result.language,
        "replies": result.replies,
        "contexts": result.contexts,
        "probes": [figure.model_dump(mode="json") for figure in result.figures],
        "kin": list(result.kin),
        "certificates": [str(file) for file in result.certificates],
    }
