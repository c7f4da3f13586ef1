"""`rejoinder judge calibrate | drift | correct`: judges held against people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

DRIFT_EXIT_CODES = {"holds": 0, "drifted": 1, "unclear": 4}


def calibrate(
    rubric: RubricName,
    labels: Annotated[Path, typer.Option(help="Replies or pairs that people have labelled, one JSON object a line.")],
    model: JudgeModel = None,
    engine: EngineKind = None,
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    spec: JudgeOfSpec = None,
    language: Annotated[str | None, typer.Option(help="Only the labels in this language.")] = None,
    mended: Annotated[
        Path | None, typer.Option(help="Labels that were looked at again, in place of those of the same replies.")
    ] = None,
    disagreements: Annotated[
        Path | None, typer.Option(help="Write the labels that the judge contradicts into this file, the surest first.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File of the certificate; if not given, one beside the rubric file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the certificate as JSON.")] = False,
) -> None:
    """Measure how far a judge agrees with people, and write a certificate of it."""
    from harness.command_line.certificate_text import certificate_lines, disagreement_lines  # noqa: PLC0415
    from harness.judging.rubric_calibration import CalibrationRequest, calibrate_rubric  # noqa: PLC0415

    judge, asked = JudgeOptions(model, engine, adapter, base_url, spec).asked(rubric)
    request = CalibrationRequest(asked, labels, language, mended, disagreements, out)
    with judge.naming_fields():
        calibration, file = calibrate_rubric(request, judge.engine)
    if as_json:
        typer.echo(calibration.certificate.model_dump_json(by_alias=True, indent=1))
        return
    for line in (*certificate_lines(calibration.certificate), *disagreement_lines(calibration.disagreements)):
        typer.echo(line)
    typer.echo(f"\ncertificate  {file}")
    if disagreements is not None:
        typer.echo(f"to look at   {disagreements}")


def drift(
    certificate: Annotated[Path, typer.Argument(metavar="CERTIFICATE", help="File that `calibrate` wrote.")],
    model: JudgeModel = None,
    engine: EngineKind = None,
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    spec: JudgeOfSpec = None,
    labels: Annotated[
        Path | None, typer.Option(help="The certificate's labels file, if it is no longer where it was.")
    ] = None,
    margin: Annotated[float, typer.Option(min=0.0, help="How much lower the decisive figure may be.")] = 0.05,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Ask today's judge about a certificate's own cases. Exit code 0: it still holds, 1: it does not, 4: unclear."""
    from harness.command_line.certificate_text import drift_lines  # noqa: PLC0415
    from harness.judging.rubric_calibration import judge_again  # noqa: PLC0415
    from judges.people.certificate import read_certificate  # noqa: PLC0415

    judge, _ = JudgeOptions(model, engine, adapter, base_url, spec).asked(read_certificate(certificate).rubric)
    with judge.naming_fields():
        was, found = judge_again(certificate, judge.engine, labels=labels, margin=margin)
    if found is None:
        reason = f"the rubric '{was.rubric}' has changed since it was calibrated, so the certificate counts no longer"
        typer.echo('{"outcome": "drifted", "reason": "the rubric has changed"}' if as_json else f"drifted: {reason}")
        raise typer.Exit(DRIFT_EXIT_CODES["drifted"])
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        for line in drift_lines(was, found):
            typer.echo(line)
    raise typer.Exit(DRIFT_EXIT_CODES[found.outcome])


def correct(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")],
    labels: Annotated[Path, typer.Option(help="People's labels of some replies of the run, one JSON object a line.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the raw and the corrected means as JSON.")] = False,
) -> None:
    """Correct the judged means of a run by a few human labels on it, and write its reports anew."""
    from harness.judging.run_labels import correct_run  # noqa: PLC0415
    from reports.corrected import corrected_as_json  # noqa: PLC0415
    from reports.pages.corrected_text import corrected_lines  # noqa: PLC0415

    corrected = correct_run(run, labels)
    if as_json:
        typer.echo(corrected_as_json(corrected))
        return
    for line in corrected_lines(corrected):
        typer.echo(line)
