"""How the candidates write beside how the person writes: each style measure, and the mean gap over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from reports.estimates import relation_of
from reports.persona.findings import (
    Compared,
    ControlledLift,
    Estimate,
    Imitator,
    Lift,
    PersonStyle,
    StyleFigure,
    StyleGap,
    StyleRow,
)
from reports.persona.samples import Columns, columns_of, jackknife_interval
from reports.persona.tables import Row
from reports.statistics.clusters import FloatArray, Interval
from reports.statistics.intervals import Scale

STYLE: Final[dict[str, Scale | None]] = {
    "words": None,
    "sentence_words": None,
    "punctuation": (0, 1),
    "exclamations": (0, 1),
    "questions": (0, 1),
    "capitals": (0, 1),
    "emoji": None,
    "function_words": (0, 1),
    "casual_words": (0, 1),
    "contractions": (0, 1),
    "polite_you": (0, 1),
    "richness": (0, 1),
}
"""The style measures in the order of the reports, with the scales of their means."""

_PERSON: Final = None
"""Stands in a column's key for what the person really said."""

_Author = str | None
_Key = tuple[_Author, str]


STYLE_GAP: Final = "style_gap"
"""The mean gap as a measure of lift."""


class StyleOfPerson:
    """How one person writes, and how those do who take the person's turns."""

    def __init__(self, rows: Sequence[Row], person: str, candidates: Sequence[str]) -> None:
        """Add up.

        Args:
            rows: Of `PERSONA`.
            person: Whose style.
            candidates: Those that have to do with the person, the generic one among them.
        """
        self._person, self._candidates = person, candidates
        own = [row for row in rows if row["person"] == person and row["measure"] in STYLE]
        self._training: Columns[_Key] = columns_of(
            (row for row in own if row["half"] == "train"), lambda row: (_PERSON, row["measure"])
        )
        self._replies: Columns[_Key] = columns_of(
            (row for row in own if row["half"] == "held_out" and row["candidate"] in (_PERSON, *candidates)),
            lambda row: (row["candidate"], row["measure"]),
        )
        self._gaps = _Gaps(self._training, self._replies, _spreads(rows))

    def findings(self, generic: str) -> PersonStyle | None:
        """All style measures and gaps; None where the training half has no reply of the person."""
        trained, written = self._training.estimates(_scale), self._replies.estimates(_scale)
        if not trained:
            return None
        return PersonStyle(
            person=self._person,
            rows=tuple(self._row(measure, trained, written) for measure in STYLE if (_PERSON, measure) in trained),
            gaps=tuple(
                StyleGap(
                    candidate=author,
                    gap=gap,
                    nearer=None if author in (_PERSON, generic) else self._gaps.between(generic, author),
                )
                for author in (_PERSON, *self._candidates)
                if (gap := self._gaps.of(author)) is not None
            ),
        )

    def lift(self, imitator: Imitator, generic: str) -> Lift | None:
        """By how much nearer than the generic model's an imitator's style is, and beyond its controls'."""
        lift = self._gaps.between(generic, imitator.candidate)
        if lift is None:
            return None
        controls = [
            ControlledLift(control=control, lift=its_lift, beyond=beyond)
            for control in imitator.controls
            if (its_lift := self._gaps.between(generic, control)) is not None
            and (beyond := self._gaps.between(control, imitator.candidate)) is not None
        ]
        return Lift(
            candidate=imitator.candidate,
            person=imitator.person,
            measure=STYLE_GAP,
            lift=lift,
            controls=tuple(controls),
            contexts=int(self._replies.sums.counts[:, self._replies.keys.index((imitator.candidate, "words"))].sum()),
        )

    def _row(self, measure: str, trained: Mapping[_Key, Estimate], written: Mapping[_Key, Estimate]) -> StyleRow:
        figures = {
            author: StyleFigure(mean=written[author, measure], gap=self._gaps.single((author, measure)))
            for author in (_PERSON, *self._candidates)
            if (author, measure) in written
        }
        return StyleRow(
            measure=measure,
            training=trained[_PERSON, measure],
            held_out=figures.pop(_PERSON, None),
            candidates={name: figure for name, figure in figures.items() if name is not None},
        )


class _Gaps:
    """Distances of authors from the person's training replies, in standard deviations between replies."""

    def __init__(self, training: Columns[_Key], replies: Columns[_Key], spreads: dict[str, float]) -> None:
        self._spreads = spreads
        self._training, self._replies = _means(training), _means(replies)
        self._training_without, self._replies_without = training.left_out(), replies.left_out()

    def single(self, key: _Key) -> float | None:
        """The gap of one measure."""
        _, measure = key
        if measure not in self._spreads or (_PERSON, measure) not in self._training:
            return None
        return abs(self._replies[key] - self._training[_PERSON, measure]) / self._spreads[measure]

    def of(self, author: _Author) -> Estimate | None:
        """The mean gap of an author over all measures."""
        measures = self._measures(author)
        if not measures:
            return None
        value, samples = self._mean_gap(author, measures)
        interval = jackknife_interval(value, samples)
        if interval is not None:
            interval = Interval(low=max(0.0, interval.low), high=interval.high)  # no distance is below 0
        return Estimate(value=value, interval=interval, dialogues=len(samples[0]))

    def between(self, farther: str, nearer: str) -> Compared | None:
        """The mean gap of one candidate less another's, over the measures that both have."""
        measures = [measure for measure in self._measures(nearer) if measure in self._measures(farther)]
        if not measures:
            return None
        near, samples = self._mean_gap(nearer, measures)
        far, far_samples = self._mean_gap(farther, measures)
        interval = jackknife_interval(far - near, [b - a for a, b in zip(samples, far_samples, strict=True)])
        return Compared(
            value=far - near, interval=interval, dialogues=len(samples[0]), relation=relation_of(interval, 1)
        )

    def _measures(self, author: _Author) -> list[str]:
        """Those that the author and the person have in two dialogues or more, so that each dialogue can be left out."""
        return [
            measure
            for name, measure in self._replies
            if name == author
            and self.single((author, measure)) is not None
            and np.isfinite(self._replies_without[author, measure]).all()
            and np.isfinite(self._training_without[_PERSON, measure]).all()
        ]

    def _mean_gap(self, author: _Author, measures: Sequence[str]) -> tuple[float, list[FloatArray]]:
        """The mean gap, and the same without one dialogue after the other: of the contexts, then of the training half."""

        def mean_gap(replies: dict[_Key, FloatArray], training: dict[_Key, FloatArray]) -> FloatArray:
            single = [
                np.abs(replies[author, name] - training[_PERSON, name]) / self._spreads[name] for name in measures
            ]
            found: FloatArray = np.mean(np.broadcast_arrays(*single), axis=0)
            return found

        replies = {key: np.array(mean) for key, mean in self._replies.items()}
        training = {key: np.array(mean) for key, mean in self._training.items()}
        without = mean_gap(self._replies_without, training), mean_gap(replies, self._training_without)
        return float(mean_gap(replies, training)), list(without)


def _means(columns: Columns[_Key]) -> dict[_Key, float]:
    return dict(zip(columns.keys, columns.sums.means.tolist(), strict=True))


def _spreads(rows: Sequence[Row]) -> dict[str, float]:
    """Standard deviation between the real training replies of all persons, by measure; measures that do not vary are left
    out. What no person's replies vary in takes the spread of all replies."""
    real: dict[str, list[float]] = {}
    every: dict[str, list[float]] = {}
    for row in rows:
        if row["measure"] in STYLE and row["count"]:
            value = row["total"] / row["count"]
            every.setdefault(row["measure"], []).append(value)
            if row["candidate"] is None and row["half"] == "train":
                real.setdefault(row["measure"], []).append(value)
    spreads = {measure: float(np.std(real.get(measure, [0.0]))) or float(np.std(own)) for measure, own in every.items()}
    return {measure: spread for measure, spread in spreads.items() if spread > 0}


def _scale(key: _Key) -> Scale | None:
    return STYLE[key[1]]
