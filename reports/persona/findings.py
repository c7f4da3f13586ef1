"""What is found of candidates that imitate a person: the records that `persona.json` holds and the pages print.

How each is worked out is in the module of its name beside this one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reports.estimates import Difference, Relation
from reports.records import Record
from reports.statistics.clusters import Interval

NoteKind = Literal[
    "few_held_out",
    "no_held_out",
    "few_training",
    "one_dialogue",
    "one_person",
    "nothing_scored",
    "unscored",
    "other_tokens",
    "stranger_to_training",
    "foreign_template",
]


class Estimate(Record):
    """A figure with its 95 % interval, whole dialogues as the unit."""

    value: float
    interval: Interval | None
    """None with fewer than 5 dialogues."""
    dialogues: int


class Compared(Estimate):
    """A difference; positive is better where the measure has a good side."""

    relation: Relation


class Imitator(Record):
    """A candidate that imitates a person, and the controls that the run has for it."""

    candidate: str
    person: str
    prompt_only: str | None
    """The generic model with the person's card in its prompt."""
    other_card: str | None
    """The same adapter with another person's card."""

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that there are."""
        return tuple(name for name in (self.prompt_only, self.other_card) if name is not None)


class Person(Record):
    """How much there is of one person."""

    name: str
    """Empty: dialogues that are no persona's."""
    training_replies: int
    training_dialogues: int
    held_out_replies: int
    held_out_dialogues: int


class Note(Record):
    """Something that limits what can be concluded."""

    kind: NoteKind
    person: str | None = None
    candidate: str | None = None
    count: int | None = None
    detail: str | None = None
    perplexities: tuple[float, float] | None = None
    """Of training replies: with the run's chat template, and with the one that lies beside the adapter."""


class Cell(Record):
    """One candidate on one person's held-out replies."""

    candidate: str
    person: str
    perplexity: float
    """Per token of the reply."""
    interval: Interval | None
    """Of the perplexity."""
    against_generic: Compared | None
    """Nats a token by which the candidate's log-probability is higher than the generic model's; None for the generic model."""
    tokens: int
    replies: int
    dialogues: int
    is_lowest: bool
    """Whether no other candidate finds this person's replies likelier."""


class Gain(Record):
    """What an adapter has learned of its own person, in nats a token."""

    candidate: str
    person: str
    own: Compared
    """Against the generic model on the person's own replies."""
    others: Estimate | None
    """The same on the other persons' replies; None where there are none."""
    personal: Compared | None
    """The first less the second: what is the person's and not the domain's."""
    lead: Compared | None
    """On the person's own replies, against the best of the other imitators and the generic model."""
    runner_up: str | None


class PerplexityMatrix(Record):
    """Every candidate on every person's held-out replies."""

    candidates: tuple[str, ...]
    persons: tuple[str, ...]
    cells: tuple[Cell, ...]
    gains: tuple[Gain, ...]


class StyleFigure(Record):
    """One style measure of one author of replies."""

    mean: Estimate
    gap: float | None
    """Distance from the person's training replies, in standard deviations between replies; None where nothing varies."""


class StyleRow(Record):
    """One style measure of a person and of those who take the person's turns."""

    measure: str
    training: Estimate
    """The person's own, in the training half."""
    held_out: StyleFigure | None
    """The person's own, in the held-out half."""
    candidates: dict[str, StyleFigure]


class StyleGap(Record):
    """How far a candidate's style is from a person's training replies: the mean gap over all style measures."""

    candidate: str | None
    """None: the person itself, in the held-out half."""
    gap: Estimate
    nearer: Compared | None
    """By how much nearer than the generic model; None for the generic model and the person."""


class PersonStyle(Record):
    """The style of one person, and of the candidates that have to do with it."""

    person: str
    rows: tuple[StyleRow, ...]
    gaps: tuple[StyleGap, ...]


class Attributed(Record):
    """Whose the replies to one person's contexts are taken for."""

    candidate: str | None
    """None: what the person really said, the ceiling."""
    person: str
    shares: dict[str, float]
    """By who they are taken for; adds up to 1, empty with fewer than two persons."""
    own: Estimate | None
    """Share that is taken for the person's; None with fewer than two persons."""
    likeness: Estimate
    """Mean cosine to the person's training replies, 0 to 1."""
    lead: Estimate | None
    """Mean of that cosine less the one to the likest other person."""


class Authorship(Record):
    """What the attribution classifier is worth, and what it says of the candidates."""

    persons: tuple[str, ...]
    """Those that it tells apart."""
    accuracy: Estimate | None
    """On the real held-out replies: the ceiling of all shares. None with fewer than two persons."""
    chance: float | None
    """What always naming the person with the most held-out replies would get right."""
    calibration_error: float | None
    """Expected calibration error on the real held-out replies, 0 to 1 (Guo et al. 2017, arXiv:1706.04599)."""
    rows: tuple[Attributed, ...]


class TakenForReal(Record):
    """How often a judge model takes a candidate's replies for the person's, with the person's own beside them."""

    judge: str
    """The model and its rubric."""
    person: str
    """Whose contexts."""
    candidate: str
    share: Estimate
    """Of the pairs; an answer that turns with the order counts half, so that 0.5 is "cannot be told apart"."""
    pairs: int
    """That the judge could be read on."""
    beyond_generic: Compared | None
    """Less the generic model's share in the same contexts; None for the generic model, and where it shares none."""


class ControlledLift(Record):
    """An imitator's lift less one control's."""

    control: str
    lift: Compared
    """The control less the generic model."""
    beyond: Compared
    """The imitator's lift less the control's, on the contexts where all three were measured."""


class Lift(Record):
    """How much nearer to the person an imitator is than the generic model, on one measure and the same contexts."""

    candidate: str
    person: str
    measure: str
    lift: Compared
    controls: tuple[ControlledLift, ...]
    contexts: int


class Price(Record):
    """What an imitator loses or gains otherwise, against the generic model."""

    candidate: str
    person: str
    contexts: tuple[Difference, ...]
    """On the person's contexts."""
    outside: tuple[Difference, ...]
    """On the suite outside the person's domain; empty where none was run."""
    outside_suite: str | None = None


class PersonaFindings(Record):
    """`persona.json`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    generic: str
    imitators: tuple[Imitator, ...]
    persons: tuple[Person, ...]
    notes: tuple[Note, ...]
    matrix: PerplexityMatrix | None
    """None where nothing was scored."""
    styles: tuple[PersonStyle, ...]
    authorship: Authorship
    taken_for_real: tuple[TakenForReal, ...] = ()
    """Empty where no judge has taken the run's blind test."""
    lifts: tuple[Lift, ...]
    prices: tuple[Price, ...]
