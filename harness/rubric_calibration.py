"""Calibrating a rubric's judge on people's labels: what `rejoinder judge calibrate` does."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from harness.judge_engine import serving_judge
from harness.spec import JudgeEngineSpec
from judges.agreement import require_scikit_learn
from judges.calibration import calibrate
from judges.certificate import Certificate, write_certificate
from judges.labels import read_labels
from judges.loading import builtin_rubric_names, load_rubric
from judges.readout_check import check_readout
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """What to hold against what, and where the certificate goes."""

    rubric: str
    """A built-in name or a rubric file."""
    labels: Path
    language: str | None = None
    """Take only labels in this language."""
    out: Path | None = None
    """File of the certificate; if not given, one beside the rubric, for built-in rubrics in the working directory."""

    @property
    def out_folder(self) -> Path:
        """Where the certificate goes."""
        if self.out is not None:
            return self.out.parent
        return Path() if self.rubric in builtin_rubric_names() else Path(self.rubric).parent


def calibrate_rubric(request: CalibrationRequest, judge: JudgeEngineSpec) -> tuple[Certificate, Path]:
    """Judge the labelled replies and write the certificate; gives it and its file.

    Everything that can be checked without a model is checked before one is loaded.

    Raises:
        InputError: The rubric, a label or the engine is wrong, the engine failed, the judge gave no verdict at all, or
            the certificate cannot be written.
    """
    rubric = load_rubric(request.rubric, language=request.language)
    labels = read_labels(request.labels, rubric, request.language)
    require_scikit_learn()
    _check_out(request)

    async def calibration() -> Certificate:
        async with serving_judge(judge) as model:
            await check_readout(rubric, model, [labels.language])
            return await calibrate(rubric, model, labels)

    certificate = asyncio.run(calibration())
    file = request.out or request.out_folder / certificate.file_name
    write_certificate(certificate, file)
    return certificate, file


def _check_out(request: CalibrationRequest) -> None:
    """Complain about a file that cannot be written while nothing has been judged yet."""
    if request.out is not None and request.out.is_dir():
        raise InputError("is a folder; name a file with --out", file=request.out)
    if not os.access(request.out_folder, os.W_OK) or not request.out_folder.is_dir():
        raise InputError(
            "is no folder that can be written to; make it, or name another file with --out", file=request.out_folder
        )
