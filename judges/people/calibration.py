"""Holding a judge against people: judging replies that people have labelled, and making a certificate of it.

The figures are `judges.people.judged_replies`, the file of labels is `judges.people.labels`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from judges.judge_model import JudgeModel
from judges.people.agreement import require_calibration
from judges.people.certificate import Certificate, CertifiedVerdict, MendedLabels, WithoutVerdict
from judges.people.disagreements import Disagreement, disagreements
from judges.people.judged_replies import (
    ITEM_SCALE,
    JudgedReply,
    agreed_label,
    confusion_with_people,
    figures_among_people,
    figures_with_people,
    ties_among_people,
)
from judges.people.label_line import LabelledReply
from judges.people.labels import LabelSet
from judges.people.opinion import Opinion, opinions_on
from judges.people.score_map import fit_score_map, reliability_curve
from judges.readouts.readout import Readout
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import Scale
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class Calibration:
    """What holding a judge against people came to."""

    certificate: Certificate
    disagreements: Sequence[Disagreement]
    """The surest first."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a certificate are."""

    folder: Path
    """The certificate's."""
    rubric: str
    """A built-in name or a rubric file."""
    rubric_is_builtin: bool = False
    readout: Readout | None = None
    """In place of the one in the rubric's file."""

    def from_folder(self, file: Path) -> str:
        """A file as the certificate names it."""
        try:
            return Path(os.path.relpath(file.resolve(), self.folder.resolve())).as_posix()
        except ValueError:  # another drive
            return file.resolve().as_posix()

    @property
    def rubric_file(self) -> str:
        """The rubric as the certificate names it."""
        return self.rubric if self.rubric_is_builtin else self.from_folder(Path(self.rubric))


async def calibrate(rubric: Rubric, model: JudgeModel, labels: LabelSet, places: Places) -> Calibration:
    """Judge all labelled replies and measure how far the judge agrees with people.

    Raises:
        InputError: The rubric is wrong in itself, a library is not installed, or the judge gave no verdict at all.
    """
    require_calibration()
    opinions = await opinions_on(rubric, model, labels.replies)
    without_verdict = tuple(_without_verdict(opinions))
    judged = judged_replies(labels.replies, opinions, rubric.scale)
    if not judged:
        raise InputError(f"the judge gave no verdict on any reply; the first reason: {without_verdict[0].reason}")
    mending = labels.mending
    certificate = Certificate(
        date=datetime.now(UTC).replace(microsecond=0),
        rejoinder=version("rejoinder"),
        rubric=rubric.name,
        rubric_version=rubric.version,
        rubric_hash=rubric.digest(),
        rubric_file=places.rubric_file,
        scale=rubric.scale.kind,
        judge=model.identity,
        readout=rubric.readout_kinds,
        readout_instead=places.readout,
        language=labels.language,
        labels_file=places.from_folder(labels.file),
        labels_sha256=labels.sha256,
        mended=mending
        and MendedLabels(file=places.from_folder(mending.file), sha256=mending.sha256, replies=mending.replies),
        replies=len(labels.replies),
        ratings=sum(len(labelled.ratings) for labelled in labels.replies),
        contexts=len({labelled.case.dialogue_id for labelled in labels.replies}),
        without_verdict=without_verdict,
        figures=figures_with_people(judged, rubric.scale),
        people=figures_among_people(labels.replies, rubric.scale),
        confusion=confusion_with_people(judged, rubric.scale),
        ties=ties_among_people(judged, rubric.scale),
        reliability=reliability_curve(judged),
        score_map=fit_score_map(judged, rubric.scale.bounds),
        verdict_on=tuple(CertifiedVerdict(score=opinion.score, label=opinion.label) for opinion in opinions),
    )
    return Calibration(certificate, disagreements(labels.replies, opinions, rubric.scale))


def judged_replies(
    replies: Sequence[LabelledReply], opinions: Sequence[Opinion | CertifiedVerdict], scale: Scale
) -> list[JudgedReply]:
    """The replies that the judge came to a verdict on."""
    return [
        JudgedReply(
            context=labelled.case.dialogue_id,
            judge_score=opinion.score,
            people_score=labelled.mean_score,
            judge_label=opinion.label,
            people_label=agreed_label(labelled.ratings, scale),
            items=tuple(_judged_items(labelled, opinion)),
        )
        for labelled, opinion in zip(replies, opinions, strict=True)
        if opinion.score is not None
    ]


def _judged_items(labelled: LabelledReply, opinion: Opinion | CertifiedVerdict) -> list[JudgedReply]:
    """Of a checklist, where the judge's labels of its items are known: certificates keep its scores only."""
    if not isinstance(opinion, Opinion):
        return []
    items = [(labelled.of_item(item), opinion.of_item(item)) for item in opinion.items]
    return judged_replies([each for each, _ in items], [each for _, each in items], ITEM_SCALE)


def _without_verdict(opinions: Sequence[Opinion]) -> Iterator[WithoutVerdict]:
    lost = [opinion for opinion in opinions if opinion.status != "ok"]
    for status in dict.fromkeys(opinion.status for opinion in lost):
        alike = [opinion for opinion in lost if opinion.status == status]
        yield WithoutVerdict(status=status, replies=len(alike), reason=alike[0].reason)
