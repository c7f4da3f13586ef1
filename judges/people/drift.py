"""Drift: whether a certificate still holds for today's judge, asked the certificate's own cases again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal

from judges.judge_model import JudgeModel
from judges.people.agreement import Figure, Interval, bootstrap, figure_of
from judges.people.calibration import judged_replies
from judges.people.certificate import Certificate, Change, certificate_holds
from judges.people.coefficients import IntArray, resampled_value_of
from judges.people.judged_replies import JudgedReply, has_labels, numbered, pairing_for
from judges.people.label_line import LabelledReply
from judges.people.labels import LabelSet
from judges.people.opinion import Opinion, opinions_on
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import Scale
from suites.dialogue import Record

MARGIN: Final = 0.05
"""How much lower the certificate's figure may be today."""

LEAST_COVERED: Final = 0.9
"""Share of the certificate's verdicts that today's judge must give too."""


class Drift(Record):
    """A certificate's own cases, judged again."""

    outcome: Literal["holds", "drifted", "unclear"]
    reason: str
    """One sentence with the figures that decided."""
    then: Figure
    """The certificate's decisive figure on the replies that have both verdicts."""
    now: Figure
    difference: Interval | None
    """95 % interval of now less then, the same contexts drawn for both."""
    margin: float
    replies: int
    """With both verdicts."""
    lost: int
    """With a verdict then and none today."""
    other_label: int | None
    """Replies with another label today; None on scales without labels."""
    mean_change: float
    """Mean distance of the two scores."""
    changes: tuple[Change, ...] = ()
    """What the certificate was made with and is another today. Changes do not decide: the verdicts do."""


@dataclass(frozen=True, slots=True)
class _Both:
    """The replies that have a verdict then and now."""

    then: list[JudgedReply]
    now: list[JudgedReply]
    lost: int


async def drift(
    certificate: Certificate, rubric: Rubric, model: JudgeModel, labels: LabelSet, margin: float = MARGIN
) -> Drift:
    """Ask today's judge about the certificate's own cases.

    The certificate holds if the whole 95 % interval of the change of its decisive figure is above minus the margin and today's
    judge still agrees with people better than chance where it did then; it does not if the whole interval is below minus
    the margin, if the judge lost that, or if it gives verdicts on too few of the replies.

    Args:
        certificate: With its verdicts.
        rubric: The one that was calibrated.
        model: Today's judge.
        labels: The certificate's own, in their order.
        margin: How much lower the decisive figure may be.
    """
    opinions = await opinions_on(rubric, model, labels.replies)
    both = _both(certificate, labels.replies, opinions, rubric.scale)
    name = certificate.decisive.name
    then, now = (pairing_for(name, judged, rubric.scale) for judged in (both.then, both.now))
    figures = [figure_of(name, pairing) for pairing in (then, now)]
    interval = _difference(certificate, both, rubric.scale)
    outcome, reason = _outcome(figures, interval, both, margin)
    labelled = [(a.judge_label, b.judge_label) for a, b in zip(both.then, both.now, strict=True)]
    return Drift(
        outcome=outcome,
        reason=reason,
        then=figures[0],
        now=figures[1],
        difference=interval,
        margin=margin,
        replies=len(both.now),
        lost=both.lost,
        other_label=sum(a != b for a, b in labelled) if has_labels(rubric.scale) else None,
        mean_change=fmean(abs(a.judge_score - b.judge_score) for a, b in zip(both.then, both.now, strict=True))
        if both.now
        else 0.0,
        changes=certificate_holds(certificate, rubric, model.identity).changes,
    )


def _both(
    certificate: Certificate, replies: Sequence[LabelledReply], opinions: Sequence[Opinion], scale: Scale
) -> _Both:
    rows = list(zip(replies, certificate.verdict_on, opinions, strict=True))
    kept = [row for row in rows if row[1].score is not None and row[2].score is not None]
    labelled = [reply for reply, _, _ in kept]
    then = judged_replies(labelled, [was for _, was, _ in kept], scale)
    now = judged_replies(labelled, [is_now for _, _, is_now in kept], scale)
    return _Both(then, now, sum(a.score is not None and b.score is None for _, a, b in rows))


def _difference(certificate: Certificate, both: _Both, scale: Scale) -> Interval | None:
    """Of the decisive figure, now less then."""
    name = certificate.decisive.name
    contexts = numbered([each.context for each in both.now])

    def change(rows: IntArray) -> float | None:
        drawn = ([judged[row] for row in rows] for judged in (both.then, both.now))
        before, after = (resampled_value_of(name, pairing_for(name, judged, scale)) for judged in drawn)
        return None if before is None or after is None else after - before

    return bootstrap(contexts, change)[0]


def _outcome(
    figures: Sequence[Figure], difference: Interval | None, both: _Both, margin: float
) -> tuple[Literal["holds", "drifted", "unclear"], str]:
    then, now = figures
    total = len(both.now) + both.lost
    if not total or both.lost / total > 1 - LEAST_COVERED:
        return "drifted", f"today's judge gives no verdict on {both.lost} of {total} replies that it judged then"
    if difference is None or now.value is None or then.value is None:
        return "unclear", f"the change cannot be told: {now.reason or then.reason or 'too few of the values differ'}"
    was_and_is = f"{now.name} was {then.value:.3f} and is {now.value:.3f}"
    change = f"{was_and_is}, a change of {difference.low:+.3f} to {difference.high:+.3f}"
    if then.beside_chance == "above" and now.beside_chance != "above":
        return "drifted", f"{change}; today's judge cannot be told from chance"
    if difference.high < -margin:
        return "drifted", f"{change}, all of it below -{margin:g}"
    if difference.low <= -margin:
        return "unclear", f"{change}, on both sides of -{margin:g}; more labels would tell"
    return "holds", f"{change}, all of it above -{margin:g}"
