"""Judges: whatever gives a verdict on a reply, and the one that asks a judge model by a rubric."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from judges.judge_model import JudgeModel
from judges.prompting.untrusted import without_invisible
from judges.readouts.asking import Answer, Asked, ask, signature_of
from judges.rubrics.rubric import Rubric
from judges.rubrics.rubric_faults import faults_of
from judges.rubrics.scale import ChecklistScale, expected_score
from judges.verdict import ItemVerdict, Verdict, VerdictStatus
from suites.cases import Case
from suites.userfile import InputError


@runtime_checkable
class Verdictor(Protocol):
    """Gives verdicts on replies: a rubric with a judge model, a judge written in Python, or a programmatic check."""

    @property
    def measure(self) -> str:
        """Name of the measure that its scores are: the rubric's name."""
        ...

    @property
    def title(self) -> str:
        """Short, for table heads."""
        ...

    @property
    def description(self) -> str:
        """One sentence for readers of a report."""
        ...

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Lowest and highest score, where higher is better; None where there is no bound."""
        ...

    @property
    def signature(self) -> str:
        """All that decides its verdicts but the case and the reply. Verdicts with another signature are not reused."""
        ...

    async def judge(self, case: Case, reply: str) -> Verdict:
        """The verdict on `reply` as the target turn of `case`. What cannot be judged is a status, not an exception."""
        ...


class Judge:
    """Asks a judge model what a rubric asks.

    An empty reply gets the lowest score of the scale without asking the model: to say nothing is a fault of the
    candidate, not of the judge, and to skip it would raise the candidate's mean.
    """

    def __init__(self, rubric: Rubric, model: JudgeModel) -> None:
        """Take a rubric and the model to ask.

        Raises:
            InputError: The rubric is wrong in itself, or compares pairs.
        """
        for problem, field in faults_of(rubric):
            raise InputError(problem, file=f"rubric {rubric.name}", field=field)
        if rubric.compares_pairs:
            raise InputError("compares two replies, so it cannot judge a single one", file=f"rubric {rubric.name}")
        self.rubric = rubric
        self._model = model
        self._rubric_hash = rubric.digest()[:8]
        self._questions = {tag: tuple(rubric.questions(tag)) for tag in rubric.languages}

    @property
    def measure(self) -> str:
        """The rubric's name."""
        return self.rubric.name

    @property
    def title(self) -> str:
        """The rubric's title, or its name."""
        return self.rubric.title or self.rubric.name

    @property
    def description(self) -> str:
        """One sentence for readers of a report."""
        return self.rubric.description

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return self.rubric.scale.bounds

    @property
    def signature(self) -> str:
        """Judge model, rubric with its hash, readout, temperature and version of Rejoinder."""
        return signature_of(self.rubric, self._rubric_hash, self._model)

    async def judge(self, case: Case, reply: str) -> Verdict:
        """The verdict on `reply` as the target turn of `case`.

        The status is `skipped` where the case lacks what the rubric requires or is in a language that it has no texts
        in, and `error` where the model failed.
        """
        tag = self.rubric.language_for(case.language)
        if tag is None:
            return self._without_score("skipped", f"the rubric has no texts in '{case.language}'")
        if lacking := self.rubric.lacking_in(case):
            return self._without_score("skipped", f"the case has no {' and no '.join(lacking)}")
        if not without_invisible(reply).strip():
            return self._verdict_on_silence()
        about = Asked(case, reply)
        answers = await asyncio.gather(
            *(ask(self._model, self.rubric, question, about) for question in self._questions[tag])
        )
        unread = next((answer for answer in answers if answer.reading.status != "ok"), None)
        if unread:
            return self._verdict_unread(unread)
        if isinstance(self.rubric.scale, ChecklistScale):
            return self._verdict_on_items(self.rubric.scale, answers)
        return self._verdict(answers[0], case.expectation.act)

    def _verdict(self, answer: Answer, correct: str | None) -> Verdict:
        reading = answer.reading
        return Verdict(
            rubric=self.rubric.name,
            score=expected_score(self.rubric.scale, reading.weights, correct),
            label=reading.label,
            probabilities=dict(reading.probabilities),
            label_mass=reading.label_mass,
            samples=reading.samples,
            reason=reading.reason,
            readout=answer.readout.kind,
            signature=self.signature,
        )

    def _verdict_on_items(self, scale: ChecklistScale, answers: Sequence[Answer]) -> Verdict:
        items = tuple(
            ItemVerdict(
                item=item,
                label=answer.reading.label or "",
                score=expected_score(scale, answer.reading.weights),
                probabilities=dict(answer.reading.probabilities),
                label_mass=answer.reading.label_mass,
                samples=answer.reading.samples,
            )
            for item, answer in zip(scale.items, answers, strict=True)
        )
        masses = [item.label_mass for item in items if item.label_mass is not None]
        reasons = [
            f"{item}: {a.reading.reason}" for item, a in zip(scale.items, answers, strict=True) if a.reading.reason
        ]
        return Verdict(
            rubric=self.rubric.name,
            score=scale.combined({item.item: item.score for item in items}),
            label_mass=min(masses, default=None),
            items=items,
            reason="\n".join(reasons) or None,
            readout=">".join(dict.fromkeys(answer.readout.kind for answer in answers)),
            signature=self.signature,
        )

    def _verdict_unread(self, answer: Answer) -> Verdict:
        item, reading = answer.question.item, answer.reading
        return Verdict(
            rubric=self.rubric.name,
            status=reading.status,
            label_mass=reading.label_mass,
            samples=reading.samples,
            reason=f"item '{item}': {reading.reason}" if item else reading.reason,
            readout=answer.readout.kind,
            signature=self.signature,
        )

    def _verdict_on_silence(self) -> Verdict:
        return Verdict(
            rubric=self.rubric.name, score=self.bounds[0], reason="the reply is empty", signature=self.signature
        )

    def _without_score(self, status: VerdictStatus, reason: str) -> Verdict:
        return Verdict(rubric=self.rubric.name, status=status, reason=reason, signature=self.signature)
