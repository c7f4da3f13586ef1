"""Running the tests that a rubric brings with it: does this judge come to the verdicts that are right?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from judges.judge import Judge
from judges.judge_model import JudgeModel
from judges.judging import comparisons_of, verdicts_on
from judges.pair_verdict import PairVerdict
from judges.pairs import PairJudge
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import LabelScale
from judges.verdict import Verdict
from suites.cases import Case
from suites.dialogue import DialogueAct


@dataclass(frozen=True, slots=True)
class TestedCase:
    """One of a rubric's tests with the verdict that a judge came to."""

    __test__ = False  # not a test class of pytest

    case: Case
    reply: str
    expected: str | dict[str, str]
    """The right label; for a checklist, of each item."""
    verdict: Verdict | PairVerdict
    other: str | None = None
    """The second reply, where two were compared."""

    def label_pairs(self) -> Iterator[tuple[str, str]]:
        """(right label, label given), one for each question; the status in place of a label that was not given."""
        if isinstance(self.expected, str):
            yield self.expected, self.verdict.label or self.verdict.status
            return
        items = self.verdict.items if isinstance(self.verdict, Verdict) else ()
        given = {item.item: item.label for item in items}
        for item, label in self.expected.items():
            yield label, given.get(item, self.verdict.status)

    @property
    def score(self) -> float | None:
        """Of the reply; None where there is none, and of pairs."""
        return self.verdict.score if isinstance(self.verdict, Verdict) else None


async def rubric_test(rubric: Rubric, model: JudgeModel, language: str | None = None) -> list[TestedCase]:
    """Judge the rubric's tests, in all its languages or in one.

    Raises:
        InputError: The rubric is wrong in itself.
    """
    tags = [rubric.language_for(language)] if language else list(rubric.languages)
    examples = [
        (case_of_test(rubric, tag, index), example)
        for tag in tags
        if tag is not None
        for index, example in enumerate(rubric.languages[tag].tests)
    ]
    verdicts: list[Verdict] | list[PairVerdict]
    if rubric.compares_pairs:
        pairs = ((case, *example.replies) for case, example in examples if example.replies)
        verdicts = await comparisons_of(pairs, PairJudge(rubric, model))
    else:
        verdicts = await verdicts_on(((case, example.reply) for case, example in examples), Judge(rubric, model))
    return [
        TestedCase(case, example.shown_replies[0], example.verdict, verdicts[index], example.shown_replies[1])
        for index, (case, example) in enumerate(examples)
    ]


def case_of_test(rubric: Rubric, tag: str, index: int) -> Case:
    """One of the rubric's tests as a case. Where the case says which label is right, it is the test's own verdict."""
    example = rubric.languages[tag].tests[index]
    case = example.case(f"{rubric.name}.{tag}.tests.{index}", tag)
    if isinstance(rubric.scale, LabelScale) and rubric.scale.correct and isinstance(example.verdict, str):
        due = case.expectation.model_copy(update={"act": DialogueAct(example.verdict)})
        return case.model_copy(update={"expectation": due})
    return case


def confusion(tested: Sequence[TestedCase]) -> Counter[tuple[str, str]]:
    """How often each label was given where each was right: (right, given) to a count.

    For a numeric scale, where hardly a number is met exactly, see `distances`.
    """
    return Counter(pair for case in tested for pair in case.label_pairs())


@dataclass(frozen=True, slots=True)
class Distances:
    """How far a judge's scores are from the right ones, on the rubric's numeric scale."""

    mean: float | None
    """Over the tests that have a score; None if none has."""
    worst: float | None
    scored: int
    """Tests that have a score."""
    without_score: int


def distances(tested: Sequence[TestedCase]) -> Distances:
    """How far the scores are from the right ones, on a numeric scale."""
    scored = ((case.score, case.expected) for case in tested)
    found = [abs(score - float(right)) for score, right in scored if score is not None and isinstance(right, str)]
    mean, worst = (fmean(found), max(found)) if found else (None, None)
    return Distances(mean, worst, len(found), len(tested) - len(found))
