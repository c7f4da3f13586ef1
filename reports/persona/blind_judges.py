"""Whose reply judge models take for the person's: a candidate's, or the real one to the same context, shown without names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from reports.persona.findings import Imitator, TakenForReal
from reports.persona.samples import columns_of, compared
from reports.persona.tables import Row
from reports.statistics.clusters import FloatArray


def taken_for_real(rows: Sequence[Row], imitators: Sequence[Imitator], generic: str) -> tuple[TakenForReal, ...]:
    """What each judge said of each imitator, its controls and the generic model, in the contexts of the imitator's person.

    Args:
        rows: Of `BLIND_JUDGES`.
        imitators: Who imitates whom.
        generic: The candidate that they are compared with.
    """
    people = {one.person: [generic] for one in imitators}
    for one in imitators:
        people[one.person] += [name for name in (one.candidate, *one.controls) if name not in people[one.person]]
    judges = dict.fromkeys(row["judge"] for row in rows)
    return tuple(
        found
        for person, candidates in people.items()
        for judge in judges
        for found in _of_person([row for row in rows if row["judge"] == judge and row["person"] == person], candidates)
    )


def _of_person(rows: Sequence[Row], candidates: Sequence[str]) -> Iterator[TakenForReal]:
    """Of one judge and person; the first candidate is the generic model."""
    shares = columns_of(rows, lambda row: row["candidate"]).estimates(lambda candidate: (0.0, 1.0))
    generic = {row["case_id"]: row["total"] for row in rows if row["candidate"] == candidates[0]}
    for name in candidates:
        own = [row for row in rows if row["candidate"] == name]
        matched = [row for row in own if row["case_id"] in generic]
        if own:
            differences: FloatArray = np.array([row["total"] - generic[row["case_id"]] for row in matched])
            (lead,) = compared(differences[np.newaxis], [row["dialogue_id"] for row in matched]) if matched else (None,)
            yield TakenForReal(
                judge=own[0]["judge"],
                person=own[0]["person"],
                candidate=name,
                share=shares[name],
                pairs=len(own),
                beyond_generic=None if name == candidates[0] else lead,
            )
