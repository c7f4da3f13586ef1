"""The certificate of a judge: how far it agrees with people by one rubric, and whether that still counts.

How the figures come about is `judges.people.calibration`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from judges.people.agreement import Figure
from judges.people.coefficients import FigureName
from judges.people.opinion import OpinionStatus
from judges.people.score_map import ReliabilityPoint, ScoreMap
from judges.probes.figures import ProbeFigure
from judges.readouts.readout import Readout
from judges.rubrics.rubric import Rubric
from suites.dialogue import Record
from suites.faults import TextFault
from suites.strict_json import parse_json
from suites.userfile import InputError, parse_line, read_text, reason_of

DECISIVE: Final[Mapping[str, FigureName]] = {
    "binary": "roc_auc",
    "ordinal": "spearman",
    "labels": "kappa",
    "pair": "kappa",
    "numeric": "spearman",
    "checklist": "spearman",
}
"""By kind of scale, the one figure that says whether a judge does better than chance: of several, one would by luck."""


SUFFIX: Final = ".certificate.json"
"""Certificates whose names end so are found by the runs of their judges."""


class WithoutVerdict(Record):
    """Replies that the judge came to no verdict on, of one status."""

    status: OpinionStatus
    replies: int
    reason: str
    """Of the first of them."""


class MendedLabels(Record):
    """Labels that were looked at again, after the judge had contradicted them. They favour the judge, so they are counted."""

    file: str
    """From the certificate's folder."""
    sha256: str
    replies: int


class CertifiedVerdict(Record):
    """What the judge made of one labelled reply."""

    score: float | None
    label: str | None


class Certificate(Record):
    """How far one judge, asked by one rubric in one language, agrees with people."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    date: datetime
    rejoinder: str
    """Version of Rejoinder that judged."""

    rubric: str
    rubric_version: str
    rubric_hash: str
    """`Rubric.digest()`: of all that decides a verdict."""
    rubric_file: str
    """From the certificate's folder, or the name of a built-in rubric."""
    scale: Literal["binary", "ordinal", "labels", "numeric", "checklist", "pair"]
    judge: str
    """Identity of the judge model: name and short hash."""
    readout: str
    """Kind of readout, with its fallback if it has one: `label_probabilities>free_text`."""
    readout_instead: Readout | None = None
    """In which the rubric was asked, where it is not its file's own: a spec's."""
    language: str
    """Tag of the rubric's texts that were used."""

    labels_file: str
    """From the certificate's folder."""
    labels_sha256: str
    mended: MendedLabels | None = None
    replies: int
    """Labelled replies that the judge was asked about."""
    ratings: int
    """Labels of all raters together."""
    contexts: int
    """Different contexts, or dialogues where the labels name those: the clusters of all intervals."""
    without_verdict: tuple[WithoutVerdict, ...] = ()

    figures: tuple[Figure, ...]
    """The judge against people, over the replies with a verdict."""
    people: tuple[Figure, ...] = ()
    """People among themselves, the most that can be asked of a judge; empty where no reply has two ratings."""
    confusion: dict[str, dict[str, int]] | None = None
    """People's label to the judge's label to a count of replies, for checklists of their items; None on numeric scales."""
    ties: int | None = None
    """Replies with a verdict, for checklists items, on which no label prevails among the raters: accuracy, kappa, ROC AUC
    and confusion leave them out. None on numeric scales."""
    reliability: tuple[ReliabilityPoint, ...] = ()
    """People's mean score by the judge's."""
    score_map: ScoreMap | None = None
    """From the judge's raw score to people's."""
    verdict_on: tuple[CertifiedVerdict, ...] = ()
    """One a labelled reply, in the order of the labels file, for `rejoinder judge drift`."""
    probes: tuple[ProbeFigure, ...] = ()
    """The judge's known weaknesses, as `rejoinder judge probe` measured them; empty if it did not."""

    model_config = ConfigDict(populate_by_name=True)

    @property
    def verdicts(self) -> int:
        """How many of the replies the judge came to a verdict on."""
        return self.replies - sum(lost.replies for lost in self.without_verdict)

    @property
    def coverage(self) -> float:
        """Share of the replies with a verdict, 0 to 1."""
        return self.verdicts / self.replies

    @property
    def decisive(self) -> Figure:
        """The figure that says whether the judge agrees with people better than chance."""
        return next(figure for figure in self.figures if figure.name == DECISIVE[self.scale])

    @property
    def file_name(self) -> str:
        """One for each rubric, judge and language: `upselling.SmolLM2-135M-Instruct@9f31c0de.en.certificate.json`."""
        judge = re.sub(r"[^\w.@+-]+", "_", self.judge)
        return f"{self.rubric}.{judge}.{self.language}{SUFFIX}"


class Change(Record):
    """Something that a certificate was made with and that is another now."""

    what: Literal["rubric", "readout", "judge", "language"]
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a certificate counts: true where nothing has changed."""

    changes: tuple[Change, ...]
    """Why it does not count; none if it does."""

    def __bool__(self) -> bool:
        return not self.changes

    @property
    def reasons(self) -> tuple[str, ...]:
        """The changes, a sentence each."""
        return tuple(_CHANGES[change.what].format(was=change.was, now=change.now) for change in self.changes)


_CHANGES: Final[Mapping[str, str]] = {
    "rubric": "the rubric is not the one that was calibrated (its hash is {now} now and was {was})",
    "readout": "the readout is {now} now and was {was}",
    "judge": "the judge is {now} now and was {was}",
    "language": "the replies are in '{now}' now and were in '{was}'",
}


def certificate_holds(
    certificate: Certificate, rubric: Rubric, judge_identity: str, language: str | None = None
) -> Standing:
    """Whether a certificate still counts.

    Args:
        certificate: What was found once.
        rubric: The rubric as it is now.
        judge_identity: `JudgeModel.identity` of the judge that is asked now.
        language: Of the replies that are judged now; not looked at if None.
    """
    changes = []
    if certificate.rubric_hash != rubric.digest():
        changes.append(Change(what="rubric", was=certificate.rubric_hash[:8], now=rubric.digest()[:8]))
    if certificate.readout != rubric.readout_kinds:
        changes.append(Change(what="readout", was=certificate.readout, now=rubric.readout_kinds))
    if certificate.judge != judge_identity:
        changes.append(Change(what="judge", was=certificate.judge, now=judge_identity))
    if language is not None and rubric.language_for(language) != certificate.language:
        changes.append(Change(what="language", was=certificate.language, now=language))
    return Standing(tuple(changes))


def write_certificate(certificate: Certificate, file: Path) -> None:
    """Write a certificate as JSON, over an older one if there is one.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        file.write_text(certificate.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({reason_of(error)}); name another file with --out", file=file) from error


def read_certificate(file: Path) -> Certificate:
    """Read a certificate.

    Raises:
        InputError: The file cannot be read, or is no certificate.
    """
    try:
        data = parse_json(read_text(file))
    except TextFault as fault:
        raise InputError(fault.problem, file=file, field=fault.field) from None
    return parse_line(Certificate, data, file, 1)
