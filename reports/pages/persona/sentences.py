"""The persona section in sentences: each imitator in short, and what limits the conclusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.estimates import Difference
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording.persona_words import PersonaWords
from reports.persona.findings import Imitator, Note, PersonaFindings
from reports.persona.tables import NOBODY


def in_short(findings: PersonaFindings, words: PersonaWords) -> list[str]:
    """A sentence on each imitator."""
    return [_imitator_in_short(one, findings, words) for one in findings.imitators]


def note_sentences(findings: PersonaFindings, words: PersonaWords, figures: Figures) -> list[str]:
    """A sentence on each thing that limits what can be concluded."""
    return [_note_sentence(note, findings, words, figures) for note in findings.notes]


def author_name(name: str | None, person: str, words: PersonaWords) -> str:
    """Who wrote replies: a candidate, or for None the person itself."""
    return one_line(name) if name is not None else words.real.format(person=person_name(person, words))


def person_name(name: str, words: PersonaWords) -> str:
    """A person's name, or what stands for nobody's."""
    return words.nobody if name == NOBODY else one_line(name)


def _imitator_in_short(imitator: Imitator, findings: PersonaFindings, words: PersonaWords) -> str:
    names = {
        "candidate": one_line(imitator.candidate),
        "person": one_line(imitator.person),
        "generic": one_line(findings.generic),
    }
    lifts = [lift for lift in findings.lifts if lift.candidate == imitator.candidate]
    if not lifts:
        return words.no_lift.format(**names)
    beyond = ""
    for name in imitator.controls:
        won = sum(c.beyond.relation == "better" for lift in lifts for c in lift.controls if c.control == name)
        beyond += (words.beyond if won else words.not_beyond).format(control=one_line(name), beyond=won)
    return words.in_short.format(
        **names,
        nearer=sum(lift.lift.relation == "better" for lift in lifts),
        measures=len(lifts),
        beyond=beyond,
        price=_price_in_short(imitator, findings, words),
    )


def _price_in_short(imitator: Imitator, findings: PersonaFindings, words: PersonaWords) -> str:
    (price,) = (one for one in findings.prices if one.candidate == imitator.candidate)
    sentence = words.price.format(**_counts(price.contexts)) if price.contexts else words.no_price
    if price.outside_suite is not None and price.outside:
        sentence += words.price_outside.format(suite=one_line(price.outside_suite), **_counts(price.outside))
    return sentence


def _counts(differences: Sequence[Difference]) -> dict[str, int]:
    relations = Counter(one.relation for one in differences)
    return {"measures": len(differences), "worse": relations["worse"], "better": relations["better"]}


def _note_sentence(note: Note, findings: PersonaFindings, words: PersonaWords, figures: Figures) -> str:
    with_runs, with_own = tuple(figures.value(one, 2) for one in note.perplexities or ()) or ("", "")
    return words.notes[note.kind].format(
        person=person_name(note.person or NOBODY, words),
        candidate=one_line(note.candidate or ""),
        generic=one_line(findings.generic),
        count="" if note.count is None else figures.count(note.count),
        detail=one_line(note.detail or ""),
        with_runs=with_runs,
        with_own=with_own,
    )
