"""Every note, measure and sentence of the persona section has its words in both languages."""

from __future__ import annotations

import dataclasses
import string
from typing import get_args

import pytest

from reports.pages.figures import Figures
from reports.pages.persona.sentences import note_sentences
from reports.pages.wording.persona_english import ENGLISH_PERSONA
from reports.pages.wording.persona_russian import RUSSIAN_PERSONA
from reports.pages.wording.persona_words import PersonaWords
from reports.persona.authorship import ATTRIBUTED, LEAD, LIKENESS
from reports.persona.findings import Authorship, Imitator, Note, NoteKind, PersonaFindings
from reports.persona.lift import LOG_PROBABILITY
from reports.persona.style import STYLE, STYLE_GAP

BOTH = pytest.mark.parametrize("words", [ENGLISH_PERSONA, RUSSIAN_PERSONA], ids=["english", "russian"])


@BOTH
def test_every_measure_has_a_title(words: PersonaWords) -> None:
    assert set(words.measures) == {*STYLE, LIKENESS, LEAD, ATTRIBUTED, LOG_PROBABILITY, STYLE_GAP}


@BOTH
def test_every_note_is_a_sentence_without_open_places(words: PersonaWords) -> None:
    kinds = get_args(NoteKind)
    assert set(words.notes) == set(kinds)
    notes = tuple(Note(kind=kind, person="june", candidate="a", count=7, detail="too <long>\n") for kind in kinds)
    findings = PersonaFindings(
        generic="generic",
        imitators=(Imitator(candidate="a", person="june", prompt_only=None, other_card=None),),
        persons=(),
        notes=notes,
        matrix=None,
        styles=(),
        authorship=Authorship(persons=(), accuracy=None, chance=None, calibration_error=None, rows=()),
        lifts=(),
        prices=(),
    )
    for sentence in note_sentences(findings, words, Figures("en")):
        assert sentence.endswith(".")
        assert not {"{", "}", "\n"} & set(sentence)


def test_both_languages_have_the_same_places_to_fill_in() -> None:
    for field in dataclasses.fields(PersonaWords):
        english, russian = (getattr(words, field.name) for words in (ENGLISH_PERSONA, RUSSIAN_PERSONA))
        assert places(english) == places(russian), field.name


def places(text: str | tuple[str, ...] | dict[str, str]) -> object:
    if isinstance(text, dict):
        return {name: places(own) for name, own in text.items()}
    texts = (text,) if isinstance(text, str) else text
    return [{name for _, name, _, _ in string.Formatter().parse(one) if name} for one in texts]
