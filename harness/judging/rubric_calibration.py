"""Calibrating a rubric's judge on people's labels: what `rejoinder judge calibrate` and `rejoinder judge drift` do."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.judging.asked_judge import AskedRubric
from harness.judging.judge_engine import serving_judge
from harness.spec import JudgeEngineSpec
from judges.loading import builtin_rubric_names
from judges.people.agreement import require_calibration
from judges.people.calibration import Calibration, Places, calibrate
from judges.people.certificate import Certificate, certificate_holds, read_certificate, write_certificate
from judges.people.disagreements import write_disagreements
from judges.people.drift import MARGIN, Drift, drift
from judges.people.labels import LabelSet, read_labels, sha256_of
from judges.readouts.readout_check import check_readout
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """What to hold against what, and where the certificate goes."""

    rubric: AskedRubric
    labels: Path
    language: str | None = None
    """Take only labels in this language."""
    mended: Path | None = None
    """Labels that were looked at again, in place of others."""
    disagreements: Path | None = None
    """Where the labels go that the judge contradicts; nowhere if not given."""
    out: Path | None = None
    """File of the certificate; if not given, one beside the rubric, for built-in rubrics in the working directory or beside the
    judge's spec."""

    @property
    def out_folder(self) -> Path:
        """Where the certificate goes."""
        if self.out is not None:
            return self.out.parent
        return self.rubric.folder


def calibrate_rubric(request: CalibrationRequest, judge: JudgeEngineSpec) -> tuple[Calibration, Path]:
    """Judge the labelled replies and write the certificate; gives it with the disagreements, and its file.

    Everything that can be checked without a model is checked before one is loaded.

    Raises:
        InputError: The rubric, a label or the engine is wrong, the engine failed, the judge gave no verdict at all, or
            the certificate cannot be written.
    """
    rubric = request.rubric.load(request.language)
    labels = read_labels(request.labels, rubric, request.language, request.mended)
    require_calibration()
    _check_out(request)
    places = Places(request.out_folder, request.rubric.source, request.rubric.is_builtin, request.rubric.readout)

    async def calibration() -> Calibration:
        async with serving_judge(judge) as model:
            await check_readout(rubric, model, [labels.language])
            return await calibrate(rubric, model, labels, places)

    found = asyncio.run(calibration())
    if request.disagreements is not None:
        write_disagreements(found.disagreements, request.disagreements)
    file = request.out or request.out_folder / found.certificate.file_name
    found = replace(found, certificate=_with_earlier_probes(found.certificate, file, rubric))
    write_certificate(found.certificate, file)
    return found, file


def _with_earlier_probes(certificate: Certificate, file: Path, rubric: Rubric) -> Certificate:
    """With what probes have found of the same judge, which labels do not change, from the certificate that is replaced."""
    if not file.is_file():
        return certificate
    with suppress(InputError):  # it is no certificate that this version can read, and is replaced
        earlier = read_certificate(file)
        if certificate_holds(earlier, rubric, certificate.judge, certificate.language):
            return certificate.model_copy(update={"probes": earlier.probes})
    return certificate


def judge_again(
    file: Path, judge: JudgeEngineSpec, *, labels: Path | None = None, margin: float = MARGIN
) -> tuple[Certificate, Drift | None]:
    """Ask today's judge about a certificate's own cases; None where the rubric has changed, so that nothing was asked.

    Args:
        file: The certificate.
        judge: Today's judge.
        labels: The labels file where it is no longer at the place that the certificate names.
        margin: As for `judges.people.drift.drift`.

    Raises:
        InputError: The certificate, its rubric or its labels cannot be read, the labels are not those that it was made
            with, or the engine is wrong or failed.
    """
    certificate = read_certificate(file)
    require_calibration()
    builtin = certificate.rubric_file in builtin_rubric_names()
    source = certificate.rubric_file if builtin else str(file.parent / certificate.rubric_file)
    rubric = AskedRubric(source, readout=certificate.readout_instead).load()
    changed = certificate_holds(certificate, rubric, certificate.judge).changes
    if changed:
        return certificate, None
    own = _own_labels(certificate, file, rubric, labels)

    async def again() -> Drift:
        async with serving_judge(judge) as model:
            await check_readout(rubric, model, [own.language])
            return await drift(certificate, rubric, model, own, margin)

    return certificate, asyncio.run(again())


def _own_labels(certificate: Certificate, file: Path, rubric: Rubric, labels: Path | None) -> LabelSet:
    """The labels that a certificate was made with."""
    found = labels or file.parent / certificate.labels_file
    mended = file.parent / certificate.mended.file if certificate.mended else None
    for path, sha256 in (
        (found, certificate.labels_sha256),
        (mended, certificate.mended and certificate.mended.sha256),
    ):
        if path is not None and path.is_file() and sha256_of(path) != sha256:
            problem = (
                "is not the file that the certificate was made with; calibrate again, or name that file with --labels"
            )
            raise InputError(problem, file=path)
    return read_labels(found, rubric, certificate.language, mended)


def _check_out(request: CalibrationRequest) -> None:
    """Complain about a file that cannot be written while nothing has been judged yet."""
    if request.out is not None and request.out.is_dir():
        raise InputError("is a folder; name a file with --out", file=request.out)
    if not os.access(request.out_folder, os.W_OK) or not request.out_folder.is_dir():
        raise InputError(
            "is no folder that can be written to; make it, or name another file with --out", file=request.out_folder
        )
