"""The raters' sittings: who is there, which question is next, and taking answers. Knows nothing of the network.

Whether an answer is right is worked out nowhere here, so that neither what is sent back nor its time can tell.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.blind_test.folder import RaterAnswer
from harness.blind_test.plan import Planner, Question
from harness.run_folder import utc_now
from harness.run_log import RunLog

LONGEST_NAME: Final = 40


class WrongAnswerError(Exception):
    """What the page sent cannot be: its text says why, for the programmer of a page."""


class NameTakenError(Exception):
    """Somebody of this name is there already, or has answered questions before."""

    def __init__(self, answered: int) -> None:
        super().__init__("the name is taken")
        self.answered = answered


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rater stands."""

    answered: int
    total: int
    question: Question | None
    """The next one; None when all are answered."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as the page sends it."""

    question: str
    choice: int
    """0 for the reply that stood first, 1 for the other."""
    confidence: int
    knows_person: bool | None = None


@dataclass(slots=True)
class _Sitting:
    rater: str
    questions: Sequence[Question]
    answered: set[str] = field(default_factory=set)
    device: str | None = None
    """Which browser entered under this name last."""
    shown_at: dict[str, float] = field(default_factory=dict)

    @property
    def next(self) -> Question | None:
        return next((question for question in self.questions if question.id not in self.answered), None)

    @property
    def standing(self) -> Standing:
        asked = {question.id for question in self.questions}
        return Standing(len(self.answered & asked), len(asked), self.next)


class Sittings:
    """All raters of a test. May be used from several threads."""

    def __init__(self, planner: Planner, log: RunLog[RaterAnswer]) -> None:
        """Take up what was answered before.

        Args:
            planner: Makes the questions.
            log: Open for appending.

        Raises:
            InputError: A line of the log cannot be read.
        """
        self._planner = planner
        self._log = log
        self._lock = threading.Lock()
        self._sittings: dict[str, _Sitting] = {}
        for answer in log.records():
            self._sitting(answer.rater).answered.add(answer.question)

    @property
    def answers(self) -> int:
        """How many there are of all raters, attention checks among them."""
        with self._lock:
            return sum(len(sitting.answered) for sitting in self._sittings.values())

    def enter(self, rater: str, device: str, *, resumes: bool) -> Standing:
        """Begin under a name, or go on under it.

        Args:
            rater: What the rater is called.
            device: Of the rater's browser, so that two raters of one name are noticed.
            resumes: The rater has said to be the one who was there before.

        Raises:
            NameTakenError: Another browser has used the name, and the rater has not said to be the same.
            WrongAnswerError: It is no name.
        """
        with self._lock:
            sitting = self._sitting(rater)
            known = sitting.device is not None or bool(sitting.answered)
            if known and sitting.device != device and not resumes:
                raise NameTakenError(len(sitting.answered))
            sitting.device = device
            return _shown(sitting)

    def answer(self, rater: str, given: Given) -> Standing:
        """Keep an answer and give the next question. What was answered already stays as it is: pages send again when in doubt.

        Raises:
            WrongAnswerError: The answer is to no question of the rater, or is no answer.
            RunLogError: It could not be written; nothing has changed.
        """
        if given.choice not in (0, 1) or given.confidence not in (1, 2, 3):
            raise WrongAnswerError("choice must be 0 or 1 and confidence 1, 2 or 3")
        with self._lock:
            sitting = self._sitting(rater)
            question = sitting.next
            if given.question not in sitting.answered:
                if question is None or question.id != given.question:
                    raise WrongAnswerError("this is not the question that is next")
                self._log.append(_record(sitting, question, given))
                sitting.answered.add(question.id)
            return _shown(sitting)

    def _sitting(self, name: str) -> _Sitting:
        rater = " ".join(unicodedata.normalize("NFC", name).split())
        if not rater or len(rater) > LONGEST_NAME or not rater.isprintable():
            raise WrongAnswerError(f"a name has 1 to {LONGEST_NAME} characters that can be printed")
        key = rater.casefold()
        if key not in self._sittings:
            self._sittings[key] = _Sitting(rater, self._planner.questions(key))
        return self._sittings[key]


def _shown(sitting: _Sitting) -> Standing:
    standing = sitting.standing
    if standing.question is not None:
        sitting.shown_at.setdefault(standing.question.id, time.monotonic())
    return standing


def _record(sitting: _Sitting, question: Question, given: Given) -> RaterAnswer:
    shown_at = sitting.shown_at.get(question.id)
    return RaterAnswer(
        rater=sitting.rater,
        knows_person=given.knows_person,
        kind=question.kind,
        question=question.id,
        pair=question.pair.id,
        case_id=question.pair.case.id,
        dialogue_id=question.pair.case.dialogue_id,
        candidate=question.pair.contest.candidate,
        against=question.pair.contest.against,
        shown=question.shown,
        chosen=question.shown[given.choice],
        confidence=given.confidence,
        seconds=None if shown_at is None else round(time.monotonic() - shown_at, 1),
        answered=utc_now(),
    )
