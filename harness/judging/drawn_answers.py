"""Counting how far the answers that judges draw agree with each other, over many verdicts (readout `sampled_label`)."""

from __future__ import annotations

from dataclasses import dataclass

from judges.pair_verdict import PairVerdict
from judges.verdict import Verdict
from reports.drawn_answers import DrawnAnswers


@dataclass(slots=True)
class DrawnTally:
    """Counts the drawn answers of one measure, a verdict at a time."""

    drawn: int = 0
    unread: int = 0
    questions: int = 0
    agreeing: float = 0.0
    """Sum of the questions' shares."""

    def add(self, verdict: Verdict | PairVerdict) -> None:
        """Count the answers that were drawn for a verdict, if any were."""
        for samples in verdict.drawn:
            self.drawn += samples.drawn
            self.unread += samples.unparsed
            if verdict.status == "ok":
                self.questions += 1
                self.agreeing += samples.agreement

    @property
    def summary(self) -> DrawnAnswers | None:
        """All together; None where nothing was drawn."""
        if not self.drawn:
            return None
        agreement = self.agreeing / self.questions if self.questions else None
        return DrawnAnswers(drawn=self.drawn, unread=self.unread, questions=self.questions, agreement=agreement)
