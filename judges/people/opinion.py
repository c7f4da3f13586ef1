"""What a judge makes of one line of a labels file: of a reply, or of the two replies that it compares."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from judges.judge import Judge
from judges.judge_model import JudgeModel
from judges.judging import MAX_CONCURRENT, verdicts_on
from judges.pair_verdict import PairVerdict
from judges.pairs import PairJudge
from judges.people.label_line import LabelledReply
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import PASS
from judges.verdict import Verdict, VerdictStatus

OpinionStatus = VerdictStatus | Literal["inconsistent"]
"""`inconsistent`: a preference that turns with the order of the replies, which is none."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict or a preference. Only the status `ok` has a score."""

    status: OpinionStatus
    score: float | None = None
    label: str | None = None
    certainty: float = 1.0
    """The judge's probability of its label; 1 where the readout gives none."""
    reason: str = ""
    """Why there is no score."""
    items: Mapping[str, str] = field(default_factory=dict)
    """Of a checklist: the label of each item."""

    def of_item(self, item: str) -> Opinion:
        """What the judge makes of one item of a checklist."""
        return Opinion(self.status, float(self.items[item] == PASS), self.items[item])


async def opinions_on(rubric: Rubric, model: JudgeModel, replies: Sequence[LabelledReply]) -> list[Opinion]:
    """The judge's opinion on each labelled reply or pair, in their order.

    Raises:
        InputError: The rubric is wrong in itself.
    """
    if not rubric.compares_pairs:
        verdicts = await verdicts_on(((each.case, each.replies[0]) for each in replies), Judge(rubric, model))
        return [_of_verdict(verdict) for verdict in verdicts]
    judge, free = PairJudge(rubric, model), asyncio.Semaphore(MAX_CONCURRENT)

    async def opinion_on(labelled: LabelledReply) -> Opinion:
        first, second = labelled.replies
        async with free:
            return _of_comparison(await judge.compare(labelled.case, first, second))

    return await asyncio.gather(*map(opinion_on, replies))


def _of_verdict(verdict: Verdict) -> Opinion:
    certainty = verdict.probabilities.get(verdict.label or "", 1.0)
    items = {item.item: item.label for item in verdict.items}
    return Opinion(verdict.status, verdict.score, verdict.label, certainty, verdict.reason or "", items)


def _of_comparison(verdict: PairVerdict) -> Opinion:
    if verdict.outcome == "inconsistent":
        return Opinion("inconsistent", reason="the preference turns with the order of the replies")
    if verdict.outcome is None:
        return Opinion(verdict.status, reason=verdict.reason or "")
    given = [order.probabilities[verdict.outcome] for order in verdict.orders if verdict.outcome in order.probabilities]
    return Opinion("ok", verdict.preference, verdict.outcome, fmean(given) if given else 1.0)
