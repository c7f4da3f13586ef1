"""What the blind test's figures are made from: one answer of a rater or a judge. Reading them from disk is not done here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ATTENTIVE_FROM: Final = 0.8
"""A rater who passes a smaller share of the attention checks is left out of what all raters say together."""


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """Which of two replies somebody took for the person's."""

    rater: str
    question: str
    """The two replies that were shown; the same for all who saw them."""
    dialogue: str
    contest: str
    """Whose replies they were: a candidate's name, or two where no real reply was shown."""
    score: float
    """1 for the right reply, 0 for the other; 0.5 where a judge's answer turned with the order, which is right half the time
    when the order is drawn. Where two candidates were shown, 1 for the first of them."""
    confidence: int | None = None
    """1 a guess, 2 rather sure, 3 certain; None for judges."""


@dataclass(frozen=True, slots=True)
class RaterSheet:
    """All that one rater did."""

    name: str
    answers: Sequence[BlindAnswer]
    checks: int = 0
    """Attention checks answered."""
    checks_passed: int = 0
    knows_person: bool | None = None
    """Whether the rater says to know the person's writing; None where nothing was said."""
    seconds: float | None = None
    """Median time for an answer; None where no time was taken."""

    @property
    def is_attentive(self) -> bool:
        """Whether the rater passed enough of the attention checks; decided before anything is known of the other answers."""
        return self.checks_passed >= ATTENTIVE_FROM * self.checks


@dataclass(frozen=True, slots=True)
class JudgeSheet:
    """All that one judge model said."""

    name: str
    answers: Sequence[BlindAnswer]
    inconsistent: int
    """Answers that turned with the order of the replies."""
    unread: int
    """Questions that gave no answer: the judge failed or could not be read."""
