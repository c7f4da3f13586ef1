"""The record of a comparison: which of two replies a judge holds to be better, asked in both orders."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from judges.verdict import Samples, VerdictStatus
from suites.dialogue import Record

Preferred = Literal["first", "second", "tie"]

PairOutcome = Literal["first", "second", "tie", "inconsistent"]
"""`first`, `second`, `tie`: what the judge says in both orders. `inconsistent`: it says something else when the replies
change places, so what it says is about the place and not about the reply."""


class OrderedReading(Record):
    """What was read in one order, told of the replies and not of their places."""

    label: Preferred
    probabilities: dict[Preferred, float] = Field(default_factory=dict)
    """Empty where the readout gives none."""
    label_mass: float | None = None
    reason: str | None = None


class PairVerdict(Record):
    """A judge's verdict on two replies to one case. Only the status `ok` has an outcome."""

    rubric: str
    """Name of the rubric or check."""
    status: VerdictStatus = "ok"
    """As of a single verdict. Where the two orders could not both be read, that of the one that was not."""
    outcome: PairOutcome | None = None
    preference: float | None = None
    """For the first reply, from 0 to 1: its mean score over both orders, where a win is 1 and a tie 0.5, weighted by the
    labels' probabilities where the readout gives them. For readers; win rates go by the outcome."""
    orders: tuple[OrderedReading, ...] = ()
    """With the first reply shown first, then with it shown second; empty where no model was asked."""
    drawn: tuple[Samples, ...] = ()
    """Of both orders, where answers were drawn."""
    reason: str | None = None
    """Why there is no outcome, or why no model was asked."""
    readout: str | None = None
    """Kinds of the readouts that gave the verdict, joined by `>`; None if no model was asked."""
    signature: str
    """All that decides the verdict but the case and the replies."""

    @property
    def label(self) -> PairOutcome | None:
        """The outcome, under the name that a single verdict has it by."""
        return self.outcome

    def reason_naming(self, first: str, second: str) -> str | None:
        """The reason; where there is none, those that the judge gave in both orders, each on a line of its own.

        A judge speaks of replies 1 and 2 as they stood before it, so each line begins with whose they were:
        `1 = june, 2 = base: Reply 1 asks for the size.`

        Args:
            first: What the author of the first reply is called.
            second: What the author of the second reply is called.
        """
        if self.reason:
            return self.reason
        shown = ((first, second), (second, first))
        given = [
            f"1 = {one}, 2 = {two}: {order.reason}"
            for (one, two), order in zip(shown, self.orders, strict=False)
            if order.reason
        ]
        return "\n".join(given) or None

    @model_validator(mode="after")
    def _outcome_if_ok(self) -> Self:
        if (self.status == "ok") != (self.outcome is not None):
            raise ValueError(f"a comparison with the status {self.status} and the outcome {self.outcome} cannot be")
        if self.status != "ok" and not self.reason:
            raise ValueError(f"a comparison with the status {self.status} needs a reason")
        return self
