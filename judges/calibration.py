"""Holding a judge against people: judging replies that people have labelled, and making a certificate of it.

The figures are `judges.agreement`, the file of labels is `judges.labels`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import fmean

import numpy as np

from judges.agreement import Figure, FigureName, Pairing, figure_of, require_scikit_learn
from judges.certificate import Certificate, WithoutVerdict
from judges.judge import Judge
from judges.judge_model import JudgeModel
from judges.judging import verdicts_on
from judges.labels import LabelledReply, LabelSet
from judges.rubric import Rubric
from judges.scale import PASS, Scale
from judges.verdict import Verdict
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """What the judge and what people made of one reply."""

    context: str
    """Replies with the same one are drawn together."""
    judge_score: float
    people_score: float
    """Mean over the raters."""
    judge_label: str | None = None
    people_label: str | None = None
    """The label that prevails among the raters, if one does."""


async def calibrate(rubric: Rubric, model: JudgeModel, labels: LabelSet) -> Certificate:
    """Judge all labelled replies and measure how far the judge agrees with people.

    Raises:
        InputError: The rubric is wrong in itself, scikit-learn is not installed, or the judge gave no verdict at all.
    """
    require_scikit_learn()
    verdicts = await verdicts_on(((each.case, each.reply) for each in labels.replies), Judge(rubric, model))
    without_verdict = tuple(_without_verdict(verdicts))
    judged = list(_judged_replies(labels.replies, verdicts, rubric.scale))
    if not judged:
        raise InputError(f"the judge gave no verdict on any reply; the first reason: {without_verdict[0].reason}")
    return Certificate(
        date=datetime.now(UTC).replace(microsecond=0),
        rejoinder=version("rejoinder"),
        rubric=rubric.name,
        rubric_version=rubric.version,
        rubric_hash=rubric.digest(),
        scale=rubric.scale.kind,
        judge=model.identity,
        readout=rubric.readout_kinds,
        language=labels.language,
        labels_file=labels.file.name,
        labels_sha256=labels.sha256,
        replies=len(labels.replies),
        ratings=sum(len(labelled.ratings) for labelled in labels.replies),
        contexts=len({labelled.case.dialogue_id for labelled in labels.replies}),
        without_verdict=without_verdict,
        figures=(*label_figures(judged, rubric.scale), *score_figures(judged)),
        people=people_among_themselves(labels.replies),
        confusion=confusion_with_people(judged, rubric.scale),
        ties=sum(each.people_label is None for each in judged) if _has_labels(rubric.scale) else None,
    )


def score_figures(judged: Sequence[JudgedReply]) -> list[Figure]:
    """Correlations of the judge's scores with the raters' mean scores."""
    pairing = _pairing((each.judge_score, each.people_score, each.context) for each in judged)
    names: tuple[FigureName, ...] = ("pearson", "spearman", "kendall")
    return [figure_of(name, pairing) for name in names]


def label_figures(judged: Sequence[JudgedReply], scale: Scale) -> list[Figure]:
    """Accuracy and kappa of the judge's labels and, for pass or fail, the ROC AUC of its scores, against the labels that
    prevail among the raters; none on scales without labels."""
    if not _has_labels(scale):
        return []
    position = {label: float(index) for index, label in enumerate(scale.labels)}
    pairs = list(_label_pairs(judged))
    by_label = _pairing((position[given], position[right], each.context) for each, right, given in pairs)
    kappa: FigureName = "quadratic_kappa" if scale.kind == "ordinal" else "cohen_kappa"
    figures = [figure_of("accuracy", by_label), figure_of(kappa, by_label)]
    if scale.kind == "binary":
        by_score = _pairing((each.judge_score, float(right == PASS), each.context) for each, right, _ in pairs)
        figures.append(figure_of("roc_auc", by_score))
    return figures


def confusion_with_people(judged: Sequence[JudgedReply], scale: Scale) -> dict[str, dict[str, int]] | None:
    """The label that prevails among the raters to the judge's label to a count; None on scales without labels."""
    if not _has_labels(scale):
        return None
    counts = Counter((right, given) for _, right, given in _label_pairs(judged))
    return {right: {given: counts[right, given] for given in scale.labels} for right in scale.labels}


def people_among_themselves(replies: Sequence[LabelledReply]) -> Figure | None:
    """Spearman's correlation of each rating with the mean of the reply's other ratings, over all ratings together.

    None where no reply has two ratings.
    """
    rows = []
    for labelled in replies:
        scores = [rating.score for rating in labelled.ratings]
        for rater, score in enumerate(scores):
            if others := scores[:rater] + scores[rater + 1 :]:
                rows.append((score, fmean(others), labelled.case.dialogue_id))
    return figure_of("spearman", _pairing(rows)) if rows else None


def _judged_replies(
    replies: Sequence[LabelledReply], verdicts: Sequence[Verdict], scale: Scale
) -> Iterator[JudgedReply]:
    """The replies that the judge came to a verdict on."""
    for labelled, verdict in zip(replies, verdicts, strict=True):
        if verdict.score is not None:
            yield JudgedReply(
                context=labelled.case.dialogue_id,
                judge_score=verdict.score,
                people_score=labelled.mean_score,
                judge_label=verdict.label,
                people_label=labelled.agreed_label(scale),
            )


def _without_verdict(verdicts: Sequence[Verdict]) -> Iterator[WithoutVerdict]:
    lost = [verdict for verdict in verdicts if verdict.status != "ok"]
    for status in dict.fromkeys(verdict.status for verdict in lost):
        alike = [verdict for verdict in lost if verdict.status == status]
        yield WithoutVerdict(status=status, replies=len(alike), reason=alike[0].reason or "")


def _has_labels(scale: Scale) -> bool:
    """Whether a verdict is one of a few labels: checklists have them for their items only, numbers are no labels."""
    return scale.kind in ("binary", "ordinal", "labels")


def _label_pairs(judged: Sequence[JudgedReply]) -> Iterator[tuple[JudgedReply, str, str]]:
    """(reply, people's label, judge's label) of those that have both."""
    for each in judged:
        if each.people_label is not None and each.judge_label is not None:
            yield each, each.people_label, each.judge_label


def _pairing(rows: Iterable[tuple[float, float, str]]) -> Pairing:
    """A pairing of rows (judge, people, context)."""
    rows = list(rows)
    numbers = {context: number for number, context in enumerate(dict.fromkeys(context for _, _, context in rows))}
    return Pairing(
        np.array([judge for judge, _, _ in rows], dtype=np.float64),
        np.array([people for _, people, _ in rows], dtype=np.float64),
        np.array([numbers[context] for _, _, context in rows], dtype=np.int64),
    )
