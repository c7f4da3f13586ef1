"""How the candidates write beside how the person writes: each style measure, and the mean gap over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from reports.estimates import relation_of
from reports.persona.findings import Compared, Estimate, PersonStyle, StyleFigure, StyleGap, StyleRow
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


def style_of_person(rows: Sequence[Row], person: str, candidates: Sequence[str], generic: str) -> PersonStyle | None:
    """The style of one person, and of the candidates on the person's contexts.

    Args:
        rows: Of `PERSONA`.
        person: Whose.
        candidates: Those that have to do with the person, the generic one among them.
        generic: The one that the others are compared with.

    Returns:
        None where the training half has no reply of the person.
    """
    own = [row for row in rows if row["person"] == person and row["measure"] in STYLE]
    training: Columns[_Key] = columns_of(
        (row for row in own if row["half"] == "train"), lambda row: (_PERSON, row["measure"])
    )
    if not training.keys:
        return None
    authors: list[_Author] = [_PERSON, *candidates]
    replies = columns_of(
        (row for row in own if row["half"] == "held_out" and row["candidate"] in authors),
        lambda row: (row["candidate"], row["measure"]),
    )
    gaps = _Gaps(training, replies, _spreads(rows))
    trained, written = training.estimates(_scale), replies.estimates(_scale)
    return PersonStyle(
        person=person,
        rows=tuple(
            StyleRow(
                measure=measure,
                training=trained[_PERSON, measure],
                held_out=_figure(written, gaps, _PERSON, measure),
                candidates={
                    name: figure for name in candidates if (figure := _figure(written, gaps, name, measure)) is not None
                },
            )
            for measure in STYLE
            if (_PERSON, measure) in trained
        ),
        gaps=tuple(gap for author in authors if (gap := gaps.of(author, generic)) is not None),
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

    def of(self, author: _Author, generic: str) -> StyleGap | None:
        """The mean gap of an author, and by how much it is smaller than the generic model's."""
        measures = self._measures(author)
        if not measures:
            return None
        value, samples = self._mean_gap(author, measures)
        interval = jackknife_interval(value, samples)
        if interval is not None:
            interval = Interval(low=max(0.0, interval.low), high=interval.high)  # no distance is below 0
        gap = Estimate(value=value, interval=interval, dialogues=len(samples[0]))
        return StyleGap(candidate=author, gap=gap, nearer=self._nearer(author, generic))

    def _nearer(self, author: _Author, generic: str) -> Compared | None:
        if author in (_PERSON, generic):
            return None
        measures = [measure for measure in self._measures(author) if measure in self._measures(generic)]
        if not measures:
            return None
        own, samples = self._mean_gap(author, measures)
        theirs, their_samples = self._mean_gap(generic, measures)
        value = theirs - own
        interval = jackknife_interval(value, [b - a for a, b in zip(samples, their_samples, strict=True)])
        return Compared(value=value, interval=interval, dialogues=len(samples[0]), relation=relation_of(interval, 1))

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


def _figure(written: dict[_Key, Estimate], gaps: _Gaps, author: _Author, measure: str) -> StyleFigure | None:
    mean = written.get((author, measure))
    return None if mean is None else StyleFigure(mean=mean, gap=gaps.single((author, measure)))


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
