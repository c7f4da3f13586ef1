"""What the attribution classifier is worth on real replies, and for whose it takes the candidates' replies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from reports.persona.findings import Attributed, Authorship, Estimate, Imitator
from reports.persona.samples import Columns, columns_of
from reports.persona.tables import Row
from reports.statistics.intervals import Scale

LIKENESS, LEAD, PROBABILITY, ATTRIBUTED = "likeness", "lead", "probability", "attributed"
AUTHORSHIP: Final = (LIKENESS, LEAD, PROBABILITY, ATTRIBUTED)
"""The measures that hold a reply against a person, as `PERSONA` names them."""

_SCALES: Final[Mapping[str, Scale]] = {LIKENESS: (0, 1), LEAD: (-1, 1), PROBABILITY: (0, 1), ATTRIBUTED: (0, 1)}
_BINS: Final = 10

_Key = tuple[str | None, str, str]
"""Author (None is the person), measure, and whom the replies are held against."""


def authorship_of(rows: Sequence[Row], imitators: Sequence[Imitator], generic: str) -> Authorship:
    """The classifier on the real held-out replies, and on the replies of all who take an imitated person's turns.

    Args:
        rows: Of `PERSONA`.
        imitators: Whose persons are looked at.
        generic: The candidate that they are compared with.
    """
    held_out = [row for row in rows if row["half"] == "held_out" and row["measure"] in AUTHORSHIP]
    persons = tuple(dict.fromkeys(row["against"] for row in held_out))
    real = [row for row in held_out if row["candidate"] is None and row["person"] in persons]
    right = [row for row in real if row["measure"] == ATTRIBUTED and row["against"] == row["person"]]
    found = columns_of(right, lambda row: ATTRIBUTED).estimates(lambda key: _SCALES[key])
    return Authorship(
        persons=persons,
        accuracy=found.get(ATTRIBUTED),
        chance=_chance(right),
        calibration_error=_calibration_error(real),
        rows=tuple(
            row
            for person in dict.fromkeys(one.person for one in imitators)
            for row in _rows_of_person(held_out, person, _authors(person, imitators, generic), persons)
        ),
    )


def _authors(person: str, imitators: Sequence[Imitator], generic: str) -> list[str | None]:
    """Who is shown on a person's contexts: the person, the generic model, and the person's imitators and their controls."""
    own = [name for one in imitators if one.person == person for name in (one.candidate, *one.controls)]
    return [None, generic, *dict.fromkeys(own)]


def _rows_of_person(
    held_out: Sequence[Row], person: str, authors: Sequence[str | None], persons: Sequence[str]
) -> list[Attributed]:
    if person not in persons:
        return []
    columns: Columns[_Key] = columns_of(
        (row for row in held_out if row["person"] == person and row["candidate"] in authors),
        lambda row: (row["candidate"], row["measure"], row["against"]),
    )
    found = columns.estimates(lambda key: _SCALES[key[1]])
    return [
        Attributed(
            candidate=author,
            person=person,
            shares=_shares(found, author, persons),
            own=found.get((author, ATTRIBUTED, person)),
            likeness=found[author, LIKENESS, person],
            lead=found.get((author, LEAD, person)),
        )
        for author in authors
        if (author, LIKENESS, person) in found
    ]


def _shares(found: Mapping[_Key, Estimate], author: str | None, persons: Sequence[str]) -> dict[str, float]:
    return {name: found[key].value for name in persons if (key := (author, ATTRIBUTED, name)) in found}


def _chance(right: Sequence[Row]) -> float | None:
    """The share of the commonest author; `right` has a row for each real reply."""
    authors = Counter(row["person"] for row in right)
    return max(authors.values()) / authors.total() if authors else None


def _calibration_error(real: Sequence[Row]) -> float | None:
    """Mean distance between how sure the classifier is and how often it is right, in ten bins of sureness."""
    sure: dict[str, float] = {}
    right: dict[str, bool] = {}
    for row in real:
        if row["measure"] == PROBABILITY and row["total"] > sure.get(row["case_id"], -1.0):
            sure[row["case_id"]] = row["total"]
            right[row["case_id"]] = row["against"] == row["person"]
    if not sure:
        return None
    sureness = np.array(list(sure.values()))
    hits = np.array([right[case_id] for case_id in sure], dtype=np.float64)
    bins = np.minimum((sureness * _BINS).astype(np.int64), _BINS - 1)
    gaps = [abs(float((hits - sureness)[bins == number].sum())) for number in np.unique(bins)]
    return sum(gaps) / len(hits)
