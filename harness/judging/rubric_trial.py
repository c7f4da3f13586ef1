"""Running a rubric's own tests on a judge model: what `rejoinder judge test` does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.judging.asked_judge import AskedRubric
from harness.judging.drawn_answers import DrawnTally
from harness.judging.judge_engine import serving_judge
from harness.spec import JudgeEngineSpec
from judges.readouts.readout_check import check_readout
from judges.rubrics.rubric import Rubric
from judges.rubrics.rubric_test import Distances, TestedCase, confusion, distances, rubric_test
from judges.rubrics.scale import NumericScale
from reports.drawn_answers import DrawnAnswers
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class RubricTrial:
    """A rubric, the judge it was tried on, and its tests with their verdicts."""

    rubric: Rubric
    judge: str
    tested: Sequence[TestedCase]

    @property
    def pairs(self) -> Counter[tuple[str, str]]:
        """(right label, label given) to a count."""
        return confusion(self.tested)

    @property
    def accuracy(self) -> float:
        """Share of verdicts with the right label, 0 to 1; says little of a numeric scale, see `distances`."""
        return sum(count for (right, given), count in self.pairs.items() if right == given) / self.pairs.total()

    @property
    def drawn(self) -> DrawnAnswers | None:
        """The answers that the judge drew; None in other readouts."""
        tally = DrawnTally()
        for tested in self.tested:
            tally.add(tested.verdict)
        return tally.summary

    @property
    def distances(self) -> Distances | None:
        """How far the scores are from the right ones; None on scales of labels."""
        return distances(self.tested) if isinstance(self.rubric.scale, NumericScale) else None


def try_rubric(asked: AskedRubric, judge: JudgeEngineSpec, language: str | None = None) -> RubricTrial:
    """Run the tests of a rubric.

    Raises:
        InputError: The rubric or the engine is wrong, the engine failed, the rubric brings no tests (in the language, if
            one is chosen), or the judge cannot be asked in its readout.
    """
    rubric = asked.load(language)
    _check_tests(rubric, asked.source, language)

    async def trial() -> RubricTrial:
        async with serving_judge(judge) as model:
            await check_readout(rubric, model, [language] if language else None)
            return RubricTrial(rubric, model.identity, await rubric_test(rubric, model, language))

    return asyncio.run(trial())


def _check_tests(rubric: Rubric, file: str, language: str | None) -> None:
    tested = [tag for tag, text in rubric.languages.items() if text.tests]
    if not tested:
        raise InputError("brings no tests; add some under languages.….tests", file=file)
    tag = rubric.language_for(language) if language else None
    if tag is not None and tag not in tested:
        problem = (
            f"there are no tests in '{language}', only in {', '.join(tested)}; add some, or choose another --language"
        )
        raise InputError(problem, file=file, field=("languages", tag, "tests"))
