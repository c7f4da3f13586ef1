"""Persona lift: how much nearer to the person an imitator is than the generic model, less the lift of its controls.

All on matched contexts: the turns of the person that the imitator, the generic model and the control have all taken. There the
lift less a control's lift is the imitator less the control, pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reports.persona.authorship import ATTRIBUTED, LEAD, LIKENESS
from reports.persona.findings import ControlledLift, Imitator, Lift
from reports.persona.perplexity_matrix import TokenScores
from reports.persona.samples import compared
from reports.persona.tables import Row
from reports.scores import Scores
from reports.statistics.clusters import FloatArray

LOG_PROBABILITY: Final = "log_probability"
"""Nats a token that the person's own replies are likelier; the unit is the token, not the reply."""

JUDGED: Final = ("persona_consistency", "style", "tone", "formality", "humour", "empathy")
"""Judged measures that tell nearness to the person, by the name of the measure; all others are price."""

_HELD_AGAINST: Final = (LIKENESS, LEAD, ATTRIBUTED)


@dataclass(frozen=True, slots=True)
class Values:
    """One measure of all candidates on one person's contexts; more is nearer."""

    measure: str
    candidates: tuple[str, ...]
    values: FloatArray
    """NaN where there is none; shape [candidates, units]."""
    dialogues: tuple[str, ...]
    """The dialogue of each unit."""
    contexts: int


def lifts_of(imitator: Imitator, generic: str, measured: Sequence[Values]) -> list[Lift]:
    """The lift of one imitator on each measure that it and the generic model have.

    Args:
        imitator: Whose, with its controls.
        generic: The candidate that it is compared with.
        measured: On the contexts of the imitator's person.
    """
    return [lift for values in measured if (lift := _lift(imitator, generic, values)) is not None]


def values_of_person(
    person: str, rows: Sequence[Row], scores: Mapping[str, TokenScores], judged: Scores, case_ids: Sequence[str]
) -> Iterator[Values]:
    """All measures that tell nearness to a person, on the person's contexts.

    Args:
        person: Whose contexts.
        rows: Of `PERSONA`.
        scores: Log-probabilities by person.
        judged: The run's scores, of which those in `JUDGED` are taken.
        case_ids: The run's cases, in the order of `judged`.
    """
    if person in scores:
        own = scores[person]
        yield Values(LOG_PROBABILITY, own.candidates, own.logprobs, own.dialogues, own.replies)
    held_out = [row for row in rows if row["half"] == "held_out" and row["person"] == person]
    for measure in _HELD_AGAINST:
        found = [row for row in held_out if row["measure"] == measure and row["against"] == person and row["candidate"]]
        if found:
            yield _by_case(measure, found)
    dialogue_of = {row["case_id"]: row["dialogue_id"] for row in held_out}
    places = [place for place, case_id in enumerate(case_ids) if case_id in dialogue_of]
    dialogues = tuple(dialogue_of[case_ids[place]] for place in places)
    for number, measure_of_run in enumerate(judged.measures):
        if measure_of_run.name in JUDGED and places:
            values = judged.values[number][:, places] * (measure_of_run.direction or 1)
            yield Values(measure_of_run.name, judged.candidates, values, dialogues, len(places))


def _by_case(measure: str, rows: Sequence[Row]) -> Values:
    """Mean over the seeds of each case."""
    candidates = tuple(dict.fromkeys(row["candidate"] for row in rows))
    dialogue_of = {row["case_id"]: row["dialogue_id"] for row in rows}
    place = {case_id: number for number, case_id in enumerate(dialogue_of)}
    totals, counts = (np.zeros((len(candidates), len(place))) for _ in range(2))
    for row in rows:
        at = candidates.index(row["candidate"]), place[row["case_id"]]
        totals[at] += row["total"]
        counts[at] += row["count"]
    values = np.full(totals.shape, np.nan)
    np.divide(totals, counts, out=values, where=counts > 0)
    return Values(measure, candidates, values, tuple(dialogue_of.values()), len(place))


def _lift(imitator: Imitator, generic: str, values: Values) -> Lift | None:
    if imitator.candidate not in values.candidates or generic not in values.candidates:
        return None
    own, base = (values.values[values.candidates.index(name)] for name in (imitator.candidate, generic))
    (lift,) = compared((own - base)[np.newaxis], values.dialogues)
    if lift is None:
        return None
    controls = []
    for name in imitator.controls:
        if name in values.candidates:
            control = values.values[values.candidates.index(name)]
            matched = np.isfinite(own + base + control)
            differences = np.where(matched, np.stack([control - base, own - control]), np.nan)
            its_lift, beyond = compared(differences, values.dialogues)
            if its_lift is not None and beyond is not None:
                controls.append(ControlledLift(control=name, lift=its_lift, beyond=beyond))
    return Lift(
        candidate=imitator.candidate,
        person=imitator.person,
        measure=values.measure,
        lift=lift,
        controls=tuple(controls),
        contexts=values.contexts,
    )
