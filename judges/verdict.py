"""The record of a verdict: what a judge, a rubric or a programmatic check says about one reply."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from suites.dialogue import Record

VerdictStatus = Literal["ok", "unparsed", "refused", "error", "skipped"]
"""`ok`: there is a score. `unparsed`: the judge's answer could not be read. `refused`: the judge declined to judge.
`error`: the judge failed, the reason says how. `skipped`: the rubric does not apply to this case."""


class Samples(Record):
    """Answers that were drawn for one question."""

    drawn: int
    unparsed: int
    """Could not be read. They are counted, and not drawn again."""
    agreement: float
    """Share of all drawn answers that give the verdict's label, 0 to 1."""


class ItemVerdict(Record):
    """The verdict on one item of a checklist."""

    item: str
    label: str
    score: float
    """0 to 1."""
    probabilities: dict[str, float] = Field(default_factory=dict)
    label_mass: float | None = None
    samples: Samples | None = None


class Verdict(Record):
    """A judge's verdict on one reply. Only the status `ok` has a score: what could not be judged is no number."""

    rubric: str
    """Name of the rubric or check."""
    status: VerdictStatus = "ok"
    score: float | None = None
    """On the rubric's scale."""
    label: str | None = None
    """The likeliest or the given label of the scale; None for a checklist."""
    probabilities: dict[str, float] = Field(default_factory=dict)
    """Of the labels, summing to 1; empty where the readout gives none."""
    label_mass: float | None = None
    """Probability of all the labels' answers together before they were made to sum to 1; in a checklist the lowest."""
    samples: Samples | None = None
    """Where answers were drawn; those of a checklist stand with its items."""
    items: tuple[ItemVerdict, ...] = ()
    """Of a checklist: one for each item."""
    reason: str | None = None
    """Why there is no score, or what the judge gave as its reason."""
    readout: str | None = None
    """Kind of the readout that gave the verdict, or was tried last; None if no model was asked. Joined by `>` where a
    fallback gave some items of a checklist."""
    signature: str
    """All that decides the verdict but the case and the reply:
    `judge:SmolLM2-135M-Instruct@9f31c0de|rubric:appropriateness@v1:77ac01d2|readout:label_probabilities|temp:0|v:0.1.0`."""

    @property
    def drawn(self) -> tuple[Samples, ...]:
        """Of every question that answers were drawn for."""
        return tuple(each for each in (self.samples, *(item.samples for item in self.items)) if each is not None)

    @model_validator(mode="after")
    def _score_if_ok(self) -> Self:
        if (self.status == "ok") != (self.score is not None):
            raise ValueError(f"a verdict with the status {self.status} and the score {self.score} cannot be")
        if self.status != "ok" and not self.reason:
            raise ValueError(f"a verdict with the status {self.status} needs a reason")
        return self
