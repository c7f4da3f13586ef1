"""Judges that compare two replies: by a rubric whose scale is `pair`, always asked in both orders."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, cast, runtime_checkable

from judges.judge_model import JudgeModel
from judges.pair_verdict import OrderedReading, PairVerdict, Preferred
from judges.readouts.asking import Answer, Asked, ask, signature_of
from judges.rubrics.rubric import Rubric
from judges.rubrics.rubric_faults import faults_of
from judges.rubrics.scale import FIRST, SECOND, TIE, expected_score
from judges.verdict import VerdictStatus
from suites.cases import Case
from suites.userfile import InputError


@runtime_checkable
class PairVerdictor(Protocol):
    """Compares replies: a rubric of pairs with a judge model, a judge written in Python, or a programmatic check."""

    @property
    def measure(self) -> str:
        """Name that its preferences stand under: the rubric's name."""
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
    def signature(self) -> str:
        """All that decides its verdicts but the case and the replies. Verdicts with another signature are not reused."""
        ...

    async def compare(self, case: Case, first: str, second: str) -> PairVerdict:
        """Which of two replies to `case` is better. What cannot be compared is a status, not an exception."""
        ...


class PairJudge:
    """Asks a judge model which of two replies is better, in both orders.

    Only what the judge says in both orders counts; a preference that turns with the order is `inconsistent`. The model
    is not asked where nothing is to be found out: two replies that are the same are a tie, or `skipped` by a scale
    without ties, and a reply that says something is better than an empty one.
    """

    def __init__(self, rubric: Rubric, model: JudgeModel) -> None:
        """Take a rubric and the model to ask.

        Raises:
            InputError: The rubric is wrong in itself, or does not compare pairs.
        """
        for problem, field in faults_of(rubric):
            raise InputError(problem, file=f"rubric {rubric.name}", field=field)
        if not rubric.compares_pairs:
            raise InputError(f"is {rubric.scale.kind}, not `pair`", file=f"rubric {rubric.name}", field="scale")
        self.rubric = rubric
        self._model = model
        self._rubric_hash = rubric.digest()[:8]
        self._questions = {tag: next(iter(rubric.questions(tag))) for tag in rubric.languages}

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
    def signature(self) -> str:
        """Judge model, rubric with its hash, readout, temperature and version of Rejoinder."""
        return signature_of(self.rubric, self._rubric_hash, self._model)

    async def compare(self, case: Case, first: str, second: str) -> PairVerdict:
        """Which of two replies is better as the target turn of `case`.

        The status is `skipped` where the case lacks what the rubric requires or is in a language that it has no texts
        in, and where the replies are the same and the scale has no tie; it is `error` where the model failed.
        """
        tag = self.rubric.language_for(case.language)
        if tag is None:
            return self._without_outcome("skipped", f"the rubric has no texts in '{case.language}'")
        if lacking := self.rubric.lacking_in(case):
            return self._without_outcome("skipped", f"the case has no {' and no '.join(lacking)}")
        if known := _known_without_asking(first, second):
            outcome, reason = known
            if outcome not in self.rubric.scale.labels:
                return self._without_outcome("skipped", f"{reason}, and the rubric allows no ties")
            return self._unasked(outcome, reason)
        question = self._questions[tag]
        both = (Asked(case, first, second), Asked(case, second, first))
        answers = await asyncio.gather(*(ask(self._model, self.rubric, question, about) for about in both))
        return self._verdict(answers)

    def _verdict(self, answers: Sequence[Answer]) -> PairVerdict:
        readout = ">".join(dict.fromkeys(answer.readout.kind for answer in answers))
        drawn = tuple(answer.reading.samples for answer in answers if answer.reading.samples is not None)
        for answer, order in zip(answers, ("as they stand", "turned round"), strict=True):
            if answer.reading.status != "ok":
                reason = f"replies {order}: {answer.reading.reason}"
                unread = self._without_outcome(answer.reading.status, reason, readout)
                return unread.model_copy(update={"drawn": drawn})
        straight, turned = answers
        orders = (_ordered(straight), _ordered(turned, turned=True))
        scores = [expected_score(self.rubric.scale, answer.reading.weights) for answer in answers]
        return PairVerdict(
            rubric=self.rubric.name,
            outcome=orders[0].label if orders[0].label == orders[1].label else "inconsistent",
            preference=(scores[0] + 1 - scores[1]) / 2,
            orders=orders,
            drawn=drawn,
            readout=readout,
            signature=self.signature,
        )

    def _unasked(self, outcome: Preferred, reason: str) -> PairVerdict:
        return PairVerdict(
            rubric=self.rubric.name,
            outcome=outcome,
            preference=self.rubric.scale.score_of(outcome),
            reason=reason,
            signature=self.signature,
        )

    def _without_outcome(self, status: VerdictStatus, reason: str, readout: str | None = None) -> PairVerdict:
        return PairVerdict(
            rubric=self.rubric.name, status=status, reason=reason, readout=readout, signature=self.signature
        )


def are_the_same(first: str, second: str) -> bool:
    """Whether two replies differ in nothing but blanks around them, so that no judge is asked."""
    return first.strip() == second.strip()


def _known_without_asking(first: str, second: str) -> tuple[Preferred, str] | None:
    if are_the_same(first, second):
        return TIE, "the replies are the same"
    if not first.strip() or not second.strip():
        return (FIRST if first.strip() else SECOND), "the other reply is empty"
    return None


def _ordered(answer: Answer, *, turned: bool = False) -> OrderedReading:
    """What was read, told of the replies; `turned` where the first one stood second."""
    names: Mapping[str, str] = {FIRST: SECOND, SECOND: FIRST} if turned else {}
    reading = answer.reading
    assert reading.label is not None
    return OrderedReading(
        label=cast(Preferred, names.get(reading.label, reading.label)),
        probabilities={cast(Preferred, names.get(label, label)): p for label, p in reading.probabilities.items()},
        label_mass=reading.label_mass,
        reason=reading.reason,
    )
