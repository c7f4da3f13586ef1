"""Probing a judge that compares two replies: which one it prefers when they differ in what should not matter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from judges.judge_model import JudgeModel, JudgeModelError
from judges.pair_verdict import OrderedReading, PairVerdict, Preferred
from judges.pairs import PairJudge
from judges.probes import changes
from judges.probes.figures import ProbeFigure, Quantity, Weakness, in_order, mean_figure, unmeasured
from judges.probes.probing import OWN_REPLY_TOKENS
from judges.rubrics.rubric import Rubric
from suites.cases import Case

MAX_CONCURRENT = 32


@dataclass(frozen=True, slots=True)
class ProbedPair:
    """Two replies to one case that a judge is probed on."""

    case: Case
    good: str
    """The one that is known to be good, or else any."""
    other: str


async def probe_pairs(rubric: Rubric, model: JudgeModel, pairs: Sequence[ProbedPair]) -> list[ProbeFigure]:
    """Measure the known weaknesses of a judge that compares, on these pairs.

    Raises:
        InputError: The rubric is wrong in itself, or judges single replies.
    """
    judge = PairJudge(rubric, model)
    before = await _compared(judge, [(pair.case, pair.good, pair.other) for pair in pairs])
    figures = [
        *_position(pairs, before),
        *await _looks(judge, pairs),
        await _own_replies(judge, model, pairs),
        *await _consistency(rubric, model, pairs, before),
        unmeasured("language", "Russian for English", "shift", "measured by rubrics for single replies"),
        unmeasured("anchoring", "without references", "shift", "measured by rubrics for single replies"),
    ]
    return in_order(figures)


async def _compared(judge: PairJudge, asked: Sequence[tuple[Case, str, str]]) -> list[PairVerdict]:
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def compare(case: Case, first: str, second: str) -> PairVerdict:
        async with free:
            return await judge.compare(case, first, second)

    return await asyncio.gather(*(compare(*each) for each in asked))


def _position(pairs: Sequence[ProbedPair], verdicts: Sequence[PairVerdict]) -> list[ProbeFigure]:
    """What the order of the replies does: each pair was judged in both."""
    rows = [(pair.case, verdict) for pair, verdict in zip(pairs, verdicts, strict=True)]
    return [
        _figure("position", "replies turned", "first_place", rows, first_place),
        _figure(
            "position", "replies turned", "changed", rows, lambda verdict: float(verdict.outcome == "inconsistent")
        ),
    ]


def first_place(verdict: PairVerdict) -> float:
    """How much more probable a reply's win is for being shown first, -1 to 1; 0 where no model was asked."""
    if not verdict.orders:
        return 0.0
    straight, turned = verdict.orders
    of_first = _probability(straight, "first") - _probability(turned, "first")
    of_second = _probability(turned, "second") - _probability(straight, "second")
    return (of_first + of_second) / 2


def preference_for_second(verdict: PairVerdict) -> float:
    """From -1, where the first reply always wins, to 1, where the second does; a tie is 0."""
    assert verdict.preference is not None
    return 1 - 2 * verdict.preference


def answers_changed(before: PairVerdict, after: PairVerdict) -> float:
    """The share of a comparison's two answers, one for each order of the replies, that become others, 0 to 1.

    Outcomes would not do: a judge that always takes the answer that is listed first is `inconsistent` however they are
    listed. It is 0 where no model was asked.
    """
    orders = zip(before.orders, after.orders, strict=True)
    changed = [one.label != other.label for one, other in orders]
    return sum(changed) / len(changed) if changed else 0.0


async def _looks(judge: PairJudge, pairs: Sequence[ProbedPair]) -> list[ProbeFigure]:
    """Whether a reply beats itself when it is padded or dressed up."""
    looks: tuple[tuple[Weakness, str, Callable[[ProbedPair], str | None]], ...] = (
        ("length", "padded", lambda pair: changes.padded(pair.good, pair.case.language)),
        ("format", "in markdown", lambda pair: changes.in_markdown(pair.good)),
        ("format", "with emoji", lambda pair: changes.with_emoji(pair.good)),
    )
    figures = []
    for weakness, change, look in looks:
        asked = [(pair.case, pair.good, reply) for pair in pairs if (reply := look(pair)) is not None]
        rows = list(zip((case for case, _, _ in asked), await _compared(judge, asked), strict=True))
        figures.append(_figure(weakness, change, "shift", rows, preference_for_second))
    return figures


async def _own_replies(judge: PairJudge, model: JudgeModel, pairs: Sequence[ProbedPair]) -> ProbeFigure:
    """Whether the judge prefers what it would have said itself to what is known to be good."""

    async def own_reply(case: Case) -> str:
        try:
            return (await model.complete(case.messages_for_model(), max_tokens=OWN_REPLY_TOKENS)).strip()
        except JudgeModelError:
            return ""

    own = await asyncio.gather(*(own_reply(pair.case) for pair in pairs))
    asked = [(pair.case, pair.good, reply) for pair, reply in zip(pairs, own, strict=True) if reply]
    rows = list(zip((case for case, _, _ in asked), await _compared(judge, asked), strict=True))
    return _figure("self_preference", "its own reply for a good one", "shift", rows, preference_for_second)


async def _consistency(
    rubric: Rubric, model: JudgeModel, pairs: Sequence[ProbedPair], before: Sequence[PairVerdict]
) -> list[ProbeFigure]:
    """Whether the same question, the same in other words, and the same with its answers in another order get one verdict."""
    judges = {
        "answers turned": _AnswersTurned(rubric, model),
        "asked again": PairJudge(changes.with_other_seeds(rubric), model),
    }
    lacking = []
    if changes.can_be_rephrased(rubric, (pair.case for pair in pairs)):
        judges["question rephrased"] = PairJudge(changes.rephrased(rubric), model)
    else:
        lacking = [unmeasured("self_consistency", "question rephrased", "changed", changes.NOT_REPHRASED)]
    asked = [(pair.case, pair.good, pair.other) for pair in pairs]
    figures = []
    for change, judge in judges.items():
        after = await _compared(judge, asked)
        both = [
            (pair.case, answers_changed(one, other))
            for pair, one, other in zip(pairs, before, after, strict=True)
            if one.status == other.status == "ok"
        ]
        empty = ProbeFigure(
            weakness="self_consistency",
            change=change,
            quantity="changed",
            value=None,
            without_verdict=len(pairs) - len(both),
        )
        values = np.array([value for _, value in both], dtype=np.float64)
        figures.append(mean_figure(empty, values, [case.dialogue_id for case, _ in both]))
    return [*figures, *lacking]


class _AnswersTurned(PairJudge):
    """Lists its answers, and what each means, from the last to the first; the replies stand as they are."""

    def __init__(self, rubric: Rubric, model: JudgeModel) -> None:
        super().__init__(rubric, model)
        self._questions = {tag: changes.answers_turned(question) for tag, question in self._questions.items()}


def _figure(
    weakness: Weakness,
    change: str,
    quantity: Quantity,
    rows: Sequence[tuple[Case, PairVerdict]],
    value: Callable[[PairVerdict], float],
) -> ProbeFigure:
    read = [(case, verdict) for case, verdict in rows if verdict.status == "ok"]
    lost = len(rows) - len(read)
    empty = ProbeFigure(weakness=weakness, change=change, quantity=quantity, value=None, without_verdict=lost)
    values = np.array([value(verdict) for _, verdict in read], dtype=np.float64)
    return mean_figure(empty, values, [case.dialogue_id for case, _ in read])


def _probability(reading: OrderedReading, label: Preferred) -> float:
    """Of an outcome; 1 or 0 where the readout gives labels only."""
    return reading.probabilities.get(label, 0.0) if reading.probabilities else float(reading.label == label)
