"""Everything that is found of the candidates of one run that imitate a person, worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from reports.persona.authorship import authorship_of
from reports.persona.blind_judges import taken_for_real
from reports.persona.findings import Imitator, Note, Person, PersonaFindings
from reports.persona.lift import lifts_of, values_of_person
from reports.persona.perplexity_matrix import perplexity_matrix, scoring_notes, token_scores, training_notes
from reports.persona.price import price_of, read_outside
from reports.persona.roles import imitators_of
from reports.persona.style import StyleOfPerson
from reports.persona.tables import NOBODY, PersonaTables, read_persona_tables
from reports.scores import Scores
from reports.tables import RunTables

FEW_HELD_OUT: Final = 20
FEW_TRAINING: Final = 10
"""Fewer training replies than the attribution classifier takes a person for known by."""


def persona_findings(tables: RunTables, scores: Scores) -> PersonaFindings | None:
    """What a run says of its imitators; None where it has no persona section or nobody imitates.

    Raises:
        ReportError: A file of the run is torn, or not what this version of Rejoinder writes.
    """
    own = read_persona_tables(tables)
    imitators = imitators_of(tables.manifest)
    if own is None or not imitators:
        return None
    generic = tables.manifest.baseline
    case_ids: list[str] = tables.cases["case_id"].to_pylist()
    person_of = {row["case_id"]: row["person"] for row in own.replies if row["half"] == "held_out"}
    owners = [person_of.get(case_id) for case_id in case_ids]
    scored = token_scores(own.perplexities, generic)
    outside = read_outside(tables.folder)
    values = {
        person: list(values_of_person(person, own.measured, scored, scores, case_ids))
        for person in _imitated(imitators)
    }
    styles = {person: StyleOfPerson(own.measured, person, _writers(person, imitators, generic)) for person in values}
    authorship = authorship_of(own.measured, imitators, generic)
    return PersonaFindings(
        generic=generic,
        imitators=imitators,
        persons=(persons := _persons(own)),
        notes=(*_notes(persons, imitators, authorship.persons), *_scoring_notes(own, imitators, generic)),
        matrix=perplexity_matrix(scored, imitators, generic) if scored else None,
        styles=tuple(found for style in styles.values() if (found := style.findings(generic)) is not None),
        authorship=authorship,
        taken_for_real=taken_for_real(own.blind_judges, imitators, generic),
        lifts=tuple(
            lift
            for one in imitators
            for lift in (*lifts_of(one, generic, values[one.person]), styles[one.person].lift(one, generic))
            if lift is not None
        ),
        prices=tuple(
            price_of(one, scores.only(np.array([owner == one.person for owner in owners])), generic, outside)
            for one in imitators
        ),
    )


def _persons(own: PersonaTables) -> tuple[Person, ...]:
    replies = Counter((row["person"], row["half"]) for row in own.replies)
    dialogues = Counter(
        (person, half) for person, half, _ in {(r["person"], r["half"], r["dialogue_id"]) for r in own.replies}
    )
    return tuple(
        Person(
            name=name,
            training_replies=replies[name, "train"],
            training_dialogues=dialogues[name, "train"],
            held_out_replies=replies[name, "held_out"],
            held_out_dialogues=dialogues[name, "held_out"],
        )
        for name in dict.fromkeys(row["person"] for row in own.replies)
    )


def _notes(persons: Sequence[Person], imitators: Sequence[Imitator], known: Sequence[str]) -> Iterator[Note]:
    """What limits the conclusions on the imitated persons."""
    counted = {person.name: person for person in persons}
    nothing = Person(name=NOBODY, training_replies=0, training_dialogues=0, held_out_replies=0, held_out_dialogues=0)
    for name in _imitated(imitators):
        person = counted.get(name, nothing)
        if not person.held_out_replies:
            yield Note(kind="no_held_out", person=name)
        elif person.held_out_replies < FEW_HELD_OUT:
            yield Note(kind="few_held_out", person=name, count=person.held_out_replies)
        if person.held_out_dialogues == 1 or person.training_dialogues == 1:
            yield Note(kind="one_dialogue", person=name)
        if person.training_replies < FEW_TRAINING:
            yield Note(kind="few_training", person=name, count=person.training_replies)
    if len(known) < 2:
        yield Note(kind="one_person")


def _scoring_notes(own: PersonaTables, imitators: Sequence[Imitator], generic: str) -> list[Note]:
    return [*scoring_notes(own.perplexities, generic), *training_notes(own.perplexities, imitators, generic)]


def _imitated(imitators: Sequence[Imitator]) -> list[str]:
    """The persons that somebody imitates, each once."""
    return list(dict.fromkeys(one.person for one in imitators))


def _writers(person: str, imitators: Sequence[Imitator], generic: str) -> list[str]:
    """The candidates that have to do with a person: the generic model, the person's imitators and their controls."""
    own = [name for one in imitators if one.person == person for name in (one.candidate, *one.controls)]
    return list(dict.fromkeys([generic, *own]))
