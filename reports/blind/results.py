"""All figures of a blind test: together, by candidate, by rater, by confidence, and people beside judges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Annotated, Final, Literal, TypeVar

import numpy as np
from pydantic import Field

from reports.blind.accuracy import CHANCE, TOLD_APART, Accuracy, accuracy_of
from reports.blind.answers import BlindAnswer, JudgeSheet, RaterSheet
from reports.records import Record
from reports.statistics.clusters import CONFIDENCE, Interval, sum_by_dialogue
from reports.statistics.intervals import intervals_of_differences
from reports.statistics.power import answers_needed

CONTEST_SEPARATOR: Final = " / "
"""Between two candidates that were shown without a real reply."""

NameT = TypeVar("NameT", str, int)


class RaterResult(Record):
    """One rater."""

    name: str
    accuracy: Accuracy | None
    """None where the rater has answered nothing but checks, or saw only two candidates."""
    checks: int
    checks_passed: int
    attentive: bool
    """Whether the rater counts in what all say together."""
    knows_person: bool | None
    seconds: float | None


class Beside(Record):
    """A judge beside people, on the questions that both have answered."""

    questions: int
    people: float
    """Share of right answers: of each question over its raters, then over the questions."""
    judge: float
    difference: float
    """The judge's less the people's."""
    interval: Interval | None
    """95 %, with the dialogue as the unit; None with fewer than 5 dialogues."""


class JudgeResult(Record):
    """One judge."""

    name: str
    accuracy: Accuracy | None
    inconsistent: int
    unread: int
    beside_people: Beside | None
    """None where no question was answered by both."""


class BlindResults(Record):
    """`rejoinder blind report --json`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    run: str
    chance: float = CHANCE
    confidence: float = CONFIDENCE
    told_apart_from: float = TOLD_APART
    answers_needed: int = answers_needed(TOLD_APART, CHANCE)
    """Independent answers that tell 65 % from chance with 80 % power."""
    together: Accuracy | None
    """Of all attentive raters, real replies against generated ones."""
    with_inattentive: Accuracy | None
    """The same with raters who failed the attention checks; None where there is none."""
    candidates: dict[str, Accuracy]
    taken_for_the_person: dict[str, Accuracy]
    """Where two candidates were shown: how often the first one named was taken for the person."""
    acquaintances: Accuracy | None
    """Of raters who say that they know the person's writing."""
    strangers: Accuracy | None
    by_confidence: dict[int, Accuracy]
    raters: tuple[RaterResult, ...]
    judges: tuple[JudgeResult, ...]
    outdated: int
    """Answers about replies that the run no longer holds; they count nowhere."""
    has_leak: bool = False
    """Whether held-out dialogues or replies stand in the suite's training half."""


def blind_results(
    run: str, raters: Sequence[RaterSheet], judges: Sequence[JudgeSheet], outdated: int = 0
) -> BlindResults:
    """Work out all figures.

    Args:
        run: The run's name.
        raters: In the order of the report.
        judges: In the order of the report.
        outdated: Answers that were left out because their replies are no longer the run's.
    """
    attentive = [sheet for sheet in raters if sheet.is_attentive]
    answers = _answers(attentive)
    real = _against_real(answers)
    return BlindResults(
        run=run,
        together=accuracy_of(real),
        with_inattentive=accuracy_of(_against_real(_answers(raters))) if len(attentive) < len(raters) else None,
        candidates=_by(real, lambda answer: answer.contest),
        taken_for_the_person=_by([a for a in answers if _without_real(a)], lambda answer: answer.contest),
        acquaintances=accuracy_of(_against_real(_answers([s for s in attentive if s.knows_person is True]))),
        strangers=accuracy_of(_against_real(_answers([s for s in attentive if s.knows_person is False]))),
        by_confidence=_by([a for a in real if a.confidence is not None], lambda answer: answer.confidence or 0),
        raters=tuple(map(_rater_result, raters)),
        judges=tuple(_judge_result(judge, real) for judge in judges),
        outdated=outdated,
    )


def _answers(sheets: Sequence[RaterSheet]) -> list[BlindAnswer]:
    return [answer for sheet in sheets for answer in sheet.answers]


def _without_real(answer: BlindAnswer) -> bool:
    return CONTEST_SEPARATOR in answer.contest


def _against_real(answers: Sequence[BlindAnswer]) -> list[BlindAnswer]:
    return [answer for answer in answers if not _without_real(answer)]


def _by(answers: Sequence[BlindAnswer], name_of: Callable[[BlindAnswer], NameT]) -> dict[NameT, Accuracy]:
    parts: defaultdict[NameT, list[BlindAnswer]] = defaultdict(list)
    for answer in answers:
        parts[name_of(answer)].append(answer)
    found = ((name, accuracy_of(part)) for name, part in sorted(parts.items()))
    return {name: accuracy for name, accuracy in found if accuracy is not None}


def _rater_result(sheet: RaterSheet) -> RaterResult:
    return RaterResult(
        name=sheet.name,
        accuracy=accuracy_of(_against_real(sheet.answers)),
        checks=sheet.checks,
        checks_passed=sheet.checks_passed,
        attentive=sheet.is_attentive,
        knows_person=sheet.knows_person,
        seconds=sheet.seconds,
    )


def _judge_result(judge: JudgeSheet, people: Sequence[BlindAnswer]) -> JudgeResult:
    own = _against_real(judge.answers)
    return JudgeResult(
        name=judge.name,
        accuracy=accuracy_of(own),
        inconsistent=judge.inconsistent,
        unread=judge.unread,
        beside_people=_beside(own, people),
    )


def _beside(judge: Sequence[BlindAnswer], people: Sequence[BlindAnswer]) -> Beside | None:
    scores_by_people = _scores_by_question(people)
    shared = [answer for answer in judge if answer.question in scores_by_people]
    if not shared:
        return None
    own = np.array([answer.score for answer in shared])
    others = np.array([fmean(scores_by_people[answer.question]) for answer in shared])
    dialogues = np.unique([answer.dialogue for answer in shared], return_inverse=True)[1].astype(np.int32)
    groups = sum_by_dialogue((own - others)[np.newaxis], dialogues)
    return Beside(
        questions=len(shared),
        people=float(others.mean()),
        judge=float(own.mean()),
        difference=float(groups.means[0]),
        interval=intervals_of_differences(groups)[0],
    )


def _scores_by_question(answers: Sequence[BlindAnswer]) -> Mapping[str, Sequence[float]]:
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for answer in answers:
        scores[answer.question].append(answer.score)
    return scores
