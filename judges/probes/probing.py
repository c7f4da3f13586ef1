"""Probing a judge: judging replies, judging them again with something changed, and comparing the two verdicts.

What is changed is `judges.probes.changes`, what is made of it `judges.probes.figures`; probes of judges that compare two
replies are `judges.probes.pair_probing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from judges.judge import Judge
from judges.judge_model import JudgeModel, JudgeModelError
from judges.judging import verdicts_on
from judges.probes import changes
from judges.probes.figures import (
    Judged,
    ProbeFigure,
    Weakness,
    changed,
    figure_of,
    first_place_among,
    in_order,
    shift_on,
    unmeasured,
)
from judges.probes.parallel import parallel_replies
from judges.rubrics.question import Question
from judges.rubrics.rubric import Rubric
from judges.verdict import Verdict
from suites.cases import Case

OWN_REPLY_TOKENS: Final = 64


@dataclass(frozen=True, slots=True)
class ProbedReply:
    """A reply that a judge is probed on."""

    case: Case
    reply: str
    good: bool
    """Whether it is known to be good: a reference, or what people gave the highest marks."""


async def probe(rubric: Rubric, model: JudgeModel, replies: Sequence[ProbedReply]) -> list[ProbeFigure]:
    """Measure all known weaknesses of a judge on these replies.

    Args:
        rubric: What is asked; not one that compares pairs.
        model: The judge.
        replies: Some good and some bad ones, none of them empty.

    Raises:
        InputError: The rubric is wrong in itself.
    """
    probing = _Probing(rubric, model, replies)
    before = await probing.verdicts()
    figures = [
        *await probing.position(before),
        *await probing.looks(before),
        *await probing.own_replies(before),
        *await probing.consistency(before),
        *await probing.languages(),
        *await probing.references(before),
    ]
    return in_order(figures)


class _TurningJudge(Judge):
    """Changes each question before it is asked."""

    def __init__(self, rubric: Rubric, model: JudgeModel, change: Callable[[Question], Question]) -> None:
        super().__init__(rubric, model)
        self._questions = {tag: tuple(map(change, questions)) for tag, questions in self._questions.items()}


@dataclass(frozen=True, slots=True)
class _Probing:
    """The same replies before each change."""

    rubric: Rubric
    model: JudgeModel
    replies: Sequence[ProbedReply]

    async def verdicts(self, judge: Judge | None = None) -> list[Verdict]:
        """On the replies as they are."""
        asked = ((each.case, each.reply) for each in self.replies)
        return await verdicts_on(asked, judge or Judge(self.rubric, self.model))

    async def position(self, before: Sequence[Verdict]) -> Sequence[ProbeFigure]:
        """What the order of the answers does."""
        if not next(self.rubric.questions(next(iter(self.rubric.languages)))).answers.words:
            reason = "the answers are numbers, not a list"
            return [
                unmeasured("position", "answers turned", "first_place", reason),
                unmeasured("self_consistency", "answers turned", "changed", reason),
            ]
        turned = await self.verdicts(_TurningJudge(self.rubric, self.model, changes.answers_turned))
        judged = self._judged(before, turned)
        gain = first_place_among(self.rubric.scale.labels)
        return [
            figure_of("position", "answers turned", "first_place", judged, gain),
            figure_of("self_consistency", "answers turned", "changed", judged, changed),
        ]

    async def looks(self, before: Sequence[Verdict]) -> Sequence[ProbeFigure]:
        """What padding, markdown and emoji do."""
        figures: list[ProbeFigure] = []
        looks: tuple[tuple[Weakness, str, Callable[[ProbedReply], str | None]], ...] = (
            ("length", "padded", lambda each: changes.padded(each.reply, each.case.language)),
            ("format", "in markdown", lambda each: changes.in_markdown(each.reply)),
            ("format", "with emoji", lambda each: changes.with_emoji(each.reply)),
        )
        for weakness, change, look in looks:
            asked = [(each, look(each), verdict) for each, verdict in zip(self.replies, before, strict=True)]
            there = [(each, reply, verdict) for each, reply, verdict in asked if reply is not None]
            after = await verdicts_on(((each.case, reply) for each, reply, _ in there), Judge(self.rubric, self.model))
            pairs = zip(there, after, strict=True)
            judged = [Judged(each.case.dialogue_id, verdict, other) for (each, _, verdict), other in pairs]
            figures += self._shift_and_change(weakness, change, judged)
        return figures

    async def own_replies(self, before: Sequence[Verdict]) -> Sequence[ProbeFigure]:
        """Whether the judge scores what it would have said itself above what is known to be good: more cannot be earned."""
        good = [(each, verdict) for each, verdict in zip(self.replies, before, strict=True) if each.good]
        own = await asyncio.gather(*(self._own_reply(each.case) for each, _ in good))
        said = [(each, reply, verdict) for (each, verdict), reply in zip(good, own, strict=True) if reply]
        after = await verdicts_on(((each.case, reply) for each, reply, _ in said), Judge(self.rubric, self.model))
        judged = [
            Judged(e.case.dialogue_id, verdict, other) for (e, _, verdict), other in zip(said, after, strict=True)
        ]
        return self._shift_and_change("self_preference", "its own reply for a good one", judged)[:1]

    async def _own_reply(self, case: Case) -> str:
        try:
            return (await self.model.complete(case.messages_for_model(), max_tokens=OWN_REPLY_TOKENS)).strip()
        except JudgeModelError:
            return ""

    async def consistency(self, before: Sequence[Verdict]) -> Sequence[ProbeFigure]:
        """Whether the same question, and the same in other words, gets the same verdict."""
        again = await self.verdicts(Judge(changes.with_other_seeds(self.rubric), self.model))
        figures = [figure_of("self_consistency", "asked again", "changed", self._judged(before, again), changed)]
        if not changes.can_be_rephrased(self.rubric, (each.case for each in self.replies)):
            return [*figures, unmeasured("self_consistency", "question rephrased", "changed", changes.NOT_REPHRASED)]
        other = await self.verdicts(Judge(changes.rephrased(self.rubric), self.model))
        judged = self._judged(before, other)
        return [*figures, figure_of("self_consistency", "question rephrased", "changed", judged, changed)]

    async def languages(self) -> Sequence[ProbeFigure]:
        """What the language does to the same reply to the same case; on cases of Rejoinder's own."""
        if not {"en", "ru"} <= self.rubric.languages.keys():
            reason = "the rubric is not in both English and Russian"
            return [unmeasured("language", "Russian for English", "shift", reason)]
        pairs = [parallel.cases(number) for number, parallel in enumerate(parallel_replies())]
        judge = Judge(self.rubric, self.model)
        english = await verdicts_on((one for one, _ in pairs), judge)
        russian = await verdicts_on((other for _, other in pairs), judge)
        contexts = [case.dialogue_id for (case, _), _ in pairs]
        judged = [Judged(*each) for each in zip(contexts, english, russian, strict=True)]
        return self._shift_and_change("language", "Russian for English", judged)

    async def references(self, before: Sequence[Verdict]) -> Sequence[ProbeFigure]:
        """What references do: none at all, and those of another case."""
        if "references" not in self.rubric.sees:
            return [unmeasured("anchoring", "without references", "shift", "the judge sees no references")]
        with_some = [(each, v) for each, v in zip(self.replies, before, strict=True) if each.case.references]
        bare = Judge(changes.without_references(self.rubric), self.model)
        without = await verdicts_on(((each.case, each.reply) for each, _ in with_some), bare)
        pairs = zip(with_some, without, strict=True)
        judged = [Judged(each.case.dialogue_id, verdict, other) for (each, verdict), other in pairs]
        figures = self._shift_and_change("anchoring", "without references", judged)
        wrong_cases = changes.with_wrong_references([each.case for each, _ in with_some])
        misled = [
            (case, each, v)
            for case, (each, v) in zip(wrong_cases, with_some, strict=True)
            if case and each.good and each.reply not in case.references
        ]
        after = await verdicts_on(((case, each.reply) for case, each, _ in misled), Judge(self.rubric, self.model))
        judged = [Judged(c.dialogue_id, verdict, other) for (c, _, verdict), other in zip(misled, after, strict=True)]
        return [*figures, *self._shift_and_change("anchoring", "good reply, wrong references", judged)]

    def _judged(self, before: Sequence[Verdict], after: Sequence[Verdict]) -> list[Judged]:
        rows = zip(self.replies, before, after, strict=True)
        return [Judged(each.case.dialogue_id, verdict, other) for each, verdict, other in rows]

    def _shift_and_change(self, weakness: Weakness, change: str, judged: Sequence[Judged]) -> list[ProbeFigure]:
        return [
            figure_of(weakness, change, "shift", judged, shift_on(self.rubric.scale.bounds)),
            figure_of(weakness, change, "changed", judged, changed),
        ]
