"""The certificates of a run's judges: found beside their rubrics when the run begins, and copied into its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.engines.engine import Engine
from harness.judging.judge_models import EngineJudgeModel
from harness.judging.run_judges import ChosenJudge, Judging
from harness.spec import resolved_path
from judges.loading import builtin_rubric_names
from judges.people.certificate import DECISIVE, SUFFIX, Certificate, Change, certificate_holds, read_certificate
from judges.people.coefficients import FigureName
from suites.dialogue import Record


class RunCertificate(Record):
    """The certificate of one judge of a run, as it stood when the run began."""

    file: str
    """Where it was found."""
    certificate: dict[str, Any]
    """Without the verdicts on its own cases."""
    coverage: float
    """Share of the certificate's labelled replies with a verdict, 0 to 1."""
    decisive: FigureName
    """The figure that says whether the judge does better than chance."""
    changes: tuple[Change, ...] = ()
    """What is another in this run than it was in the certificate; if anything is, the certificate does not count."""


def certificates_of(judging: Judging, engine: Engine) -> dict[str, RunCertificate]:
    """By measure, the certificate of each judge that has one.

    It is looked for among the files `*.certificate.json` beside the rubric, for built-in rubrics beside the spec. Of several,
    one that counts comes before one that does not, then the newest.

    Args:
        judging: The run's judges.
        engine: Serves them, and was started.

    Raises:
        InputError: A certificate file cannot be read.
    """
    found = {}
    for judge in judging.judges:
        identity = EngineJudgeModel(engine, judge.served_as).identity
        if certificate := _best(list(_candidates(judge, judging, identity))):
            found[judge.name] = certificate
    return found


def _candidates(judge: ChosenJudge, judging: Judging, identity: str) -> Iterator[tuple[Certificate, RunCertificate]]:
    """All certificates of the judge's rubric, with what has changed since."""
    if judge.rubric is None:
        return
    for file in sorted(_folder(judge, judging).glob(f"*{SUFFIX}")):
        certificate = read_certificate(file)
        # A judge may have a name of its own in the spec, which decides nothing.
        if certificate.rubric != judge.rubric.name and certificate.rubric_hash != judge.rubric.digest():
            continue
        standing = certificate_holds(certificate, judge.rubric, identity, judging.language)
        kept = RunCertificate(
            file=str(file),
            certificate=certificate.model_dump(mode="json", by_alias=True, exclude={"verdict_on"}),
            coverage=certificate.coverage,
            decisive=DECISIVE[certificate.scale],
            changes=standing.changes,
        )
        yield certificate, kept


def _best(found: Sequence[tuple[Certificate, RunCertificate]]) -> RunCertificate | None:
    if not found:
        return None
    _, best = max(found, key=lambda pair: (not pair[1].changes, -len(pair[1].changes), pair[0].date))
    return best


def _folder(judge: ChosenJudge, judging: Judging) -> Path:
    if judge.spec.rubric in builtin_rubric_names():
        return judging.spec_file.folder
    return resolved_path(judging.spec_file, Path(judge.spec.rubric)).parent
