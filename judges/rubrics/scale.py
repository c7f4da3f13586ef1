"""The scales of rubrics: which verdicts there are, and the score that each earns.

A scale is kept apart from the readout (`judges.readouts.readout`), which is how a verdict is got out of a model.
Labels are the same in every language; the words a judge answers with are not (`judges.readouts.answers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field

from suites.dialogue import DialogueAct, NonBlank, UserWritten
from suites.userfile import FieldPath, unknown_name

Fault = tuple[str, FieldPath]
"""What is wrong, in a sentence, and the field it is wrong in."""

PASS, FAIL = "pass", "fail"


class BinaryScale(UserWritten):
    """Pass or fail: score 1 or 0."""

    kind: Literal["binary"]

    @property
    def labels(self) -> tuple[str, ...]:
        """`pass` and `fail`."""
        return (PASS, FAIL)

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give an anchor text for."""
        return self.labels

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return (0.0, 1.0)

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The score of a label."""
        return 1.0 if label == PASS else 0.0

    def faults(self) -> Iterator[Fault]:
        """Nothing can be wrong with it."""
        yield from ()


class OrdinalScale(UserWritten):
    """Whole points from `lowest` to `highest`, each with an anchor text. The score is the point itself."""

    kind: Literal["ordinal"]
    lowest: int = 1
    highest: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The points, lowest first."""
        return tuple(str(point) for point in range(self.lowest, self.highest + 1))

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give an anchor text for: every point."""
        return self.labels

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return (float(self.lowest), float(self.highest))

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The point as a number."""
        return float(label)

    def faults(self) -> Iterator[Fault]:
        """What is wrong with its ends."""
        yield from _faults_of_ends(self.lowest, self.highest)


class LabelScale(UserWritten):
    """Named labels, scored by a table or by whether the label is the one that is right for the case."""

    kind: Literal["labels"]
    labels: Annotated[tuple[NonBlank, ...], Field(min_length=2)]
    scores: dict[str, float] = Field(default_factory=dict)
    """The score of each label."""
    correct: Literal["expectation.act"] | None = None
    """Where the case itself says which label is right: that label scores 1, every other 0."""

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give an anchor text for: every label."""
        return self.labels

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return (min(self.scores.values()), max(self.scores.values())) if self.scores else (0.0, 1.0)

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The score of a label, where `correct` is the one that is right for the case."""
        return self.scores[label] if self.scores else float(label == correct)

    def faults(self) -> Iterator[Fault]:
        """What is wrong with its labels and their scores."""
        for index, label in enumerate(self.labels):
            if label in self.labels[:index]:
                yield f"'{label}' is listed twice", ("labels", index)
        if bool(self.scores) == bool(self.correct):
            yield "needs either `scores` (a number for each label) or `correct: expectation.act`", ()
        for label in self.scores:
            if label not in self.labels:
                yield unknown_name(label, self.labels, "label"), ("scores", label)
        for label in self.labels:
            if self.scores and label not in self.scores:
                yield f"the label '{label}' has no score", ("scores",)
        if len(set(self.scores.values())) == 1:
            yield "every label has the same score, so no verdict tells good from bad; give two that differ", ("scores",)
        acts = [act.value for act in DialogueAct]
        for index, label in enumerate(self.labels):
            if self.correct and label not in acts:
                yield unknown_name(label, acts, "dialogue act"), ("labels", index)


class NumericScale(UserWritten):
    """A number from `lowest` to `highest`; numbers between two steps count as they are. The score is the number."""

    kind: Literal["numeric"]
    lowest: float = 0.0
    highest: float
    step: Annotated[float, Field(gt=0)] = 1.0
    """Distance of two neighbouring points."""
    bands: dict[NonBlank, tuple[float, float]] = Field(default_factory=dict)
    """Named stretches, first and last point of each (`poor: [0, 3]`). Together they cover the scale."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The points where all of them have one digit, so that a first token can tell them apart; else none."""
        whole = self.step == 1 and self.lowest.is_integer() and self.highest.is_integer()
        if not whole or self.lowest < 0 or self.highest > 9:
            return ()
        return tuple(str(point) for point in range(int(self.lowest), int(self.highest) + 1))

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give an anchor text for: every band, or the two ends."""
        return tuple(self.bands) or (f"{self.lowest:g}", f"{self.highest:g}")

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return (self.lowest, self.highest)

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The number that the label is."""
        return float(label)

    def faults(self) -> Iterator[Fault]:
        """What is wrong with its ends, and where its bands overlap or leave a gap."""
        yield from _faults_of_ends(self.lowest, self.highest)
        for name, (first, last) in self.bands.items():
            if last < first:
                yield f"ends at {last:g}, before it begins at {first:g}", ("bands", name)
        bands = sorted(self.bands.items(), key=lambda band: band[1])
        for (name, (_, last)), (next_name, (first, _)) in pairwise(bands):
            if first < last + self.step - _TOLERANCE:
                yield f"the bands '{name}' and '{next_name}' overlap at {first:g}", ("bands", next_name)
            elif first > last + self.step + _TOLERANCE:
                yield f"no band covers {last + self.step:g}, between '{name}' and '{next_name}'", ("bands", next_name)
        if bands and (bands[0][1][0], max(last for _, (_, last) in bands)) != self.bounds:
            yield f"the bands must begin at {self.lowest:g} and end at {self.highest:g}", ("bands",)


_TOLERANCE = 1e-9


class ChecklistScale(UserWritten):
    """Yes/no items, each asked on its own. The score is the weighted share of the items that pass, 0 to 1."""

    kind: Literal["checklist"]
    items: Annotated[dict[NonBlank, Annotated[float, Field(gt=0)]], Field(min_length=1)]
    """The weight of each item."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Of each item: `pass` and `fail`."""
        return (PASS, FAIL)

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give a text for: every item, whose text is its yes/no question."""
        return tuple(self.items)

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score, of one item and of the whole."""
        return (0.0, 1.0)

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The score of one item's label."""
        return 1.0 if label == PASS else 0.0

    def combined(self, scores: Mapping[str, float]) -> float:
        """The score of the whole from the scores of all items, 0 to 1."""
        return sum(weight * scores[item] for item, weight in self.items.items()) / sum(self.items.values())

    def faults(self) -> Iterator[Fault]:
        """Nothing more can be wrong with it."""
        yield from ()


FIRST: Final = "first"
SECOND: Final = "second"
TIE: Final = "tie"


class PairScale(UserWritten):
    """Which of two replies is better. The score is that of the first one: 1 if it is better, 0 if the second is."""

    kind: Literal["pair"]
    ties: bool = True
    """Whether the judge may say that neither is better."""

    @property
    def labels(self) -> tuple[str, ...]:
        """`first`, `second`, and `tie` where ties are allowed."""
        return (FIRST, SECOND, TIE) if self.ties else (FIRST, SECOND)

    @property
    def anchor_names(self) -> tuple[str, ...]:
        """What the rubric has to give an anchor text for."""
        return self.labels

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score."""
        return (0.0, 1.0)

    def score_of(self, label: str, correct: str | None = None) -> float:
        """The score of a label; a tie is halfway."""
        return {FIRST: 1.0, TIE: 0.5}.get(label, 0.0)

    def faults(self) -> Iterator[Fault]:
        """Nothing can be wrong with it."""
        yield from ()


Scale = Annotated[
    BinaryScale | OrdinalScale | LabelScale | NumericScale | ChecklistScale | PairScale, Field(discriminator="kind")
]


def expected_score(scale: Scale, weights: Mapping[str, float], correct: str | None = None) -> float:
    """The mean score over labels.

    Args:
        scale: Gives each label its score.
        weights: Label to weight; the weights sum to 1 (the labels' probabilities, or 1 for the one that was given).
        correct: The label that is right for the case, for a scale that asks for it.
    """
    return sum(weight * scale.score_of(label, correct) for label, weight in weights.items())


def off_scale(scale: Scale, verdict: str | Mapping[str, str]) -> str | None:
    """Why `verdict` (a label, or for a checklist a label for each item) is not on the scale; None if it is."""
    if isinstance(scale, ChecklistScale):
        return _off_checklist(scale, verdict)
    if not isinstance(verdict, str):
        return f"must be one verdict, not one for each item; the scale is {scale.kind}"
    if isinstance(scale, NumericScale):
        return _off_range(scale, verdict)
    if verdict not in scale.labels:
        return f"'{verdict}' is not on the scale: {', '.join(scale.labels)}"
    return None


def _off_checklist(scale: ChecklistScale, verdict: str | Mapping[str, str]) -> str | None:
    if isinstance(verdict, str):
        return f"must give pass or fail for each item: {', '.join(scale.items)}"
    for item in scale.items:
        if item not in verdict:
            return f"the item '{item}' has no verdict"
    for item, label in verdict.items():
        if item not in scale.items:
            return unknown_name(item, tuple(scale.items), "item")
        if label not in scale.labels:
            return f"'{label}' (item '{item}') is not on the scale: pass, fail"
    return None


def _off_range(scale: NumericScale, verdict: str) -> str | None:
    try:
        inside = scale.lowest <= float(verdict) <= scale.highest
    except ValueError:
        inside = False
    return None if inside else f"'{verdict}' is not on the scale: a number from {scale.lowest:g} to {scale.highest:g}"


def _faults_of_ends(lowest: float, highest: float) -> Iterator[Fault]:
    if highest <= lowest:
        yield f"the scale ends at {highest:g}, not above its lowest point {lowest:g}", ("highest",)
