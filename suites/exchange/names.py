"""Names of people in a text: those given, and common given names, in the forms that they take in English and Russian.

Names are recognised as words; nothing here understands who is meant. See `suites.exchange.redaction` for what happens then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from suites.words import normalise, words_of

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_WORDS_TOO = frozenset(
    words_of(
        "will mark may rose grace hope joy bill art guy jack pat ray rich sue dick drew chase hunter faith bob max rob don "
        "вера надежда любовь роман лев слава мир рад роза майя марк клим злата"
    )
)
"""Names that are words as well: taken for names only where they are capitalised."""

_RUSSIAN_ENDINGS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("павел", 2, ("ел", "ла", "лу", "лом", "ле")),
    ("ский", 2, ("ий", "ого", "ому", "им", "ом")),
    ("ская", 2, ("ая", "ой", "ую")),
    ("ша", 1, ("а", "и", "е", "у", "ей", "ею", "")),
    ("ия", 1, ("я", "и", "ю", "ей", "ею")),
    ("а", 1, ("а", "ы", "и", "е", "у", "ой", "ей", "ою")),
    ("я", 1, ("я", "и", "е", "ю", "ей", "ею", "ь")),
    ("ей", 1, ("й", "я", "ю", "ем", "е")),
    ("ий", 1, ("й", "я", "ю", "ем", "и", "е")),
    ("й", 1, ("й", "я", "ю", "ем", "е")),
    ("ь", 1, ("ь", "я", "ю", "ем", "е", "и")),
    ("", 0, ("", "а", "у", "ом", "ем", "е", "ым")),
)
"""Ending of a name, how many of its letters change, and what they change to in the six cases and the vocative."""

_MIN_STEM = 2


def forms_of(name: str) -> Iterator[str]:
    """The forms of one word of a name, normalised: in Russian its cases, else the word alone."""
    word = normalise(name)
    if not re.search("[а-я]", word):
        yield word
        return
    for ending, changing, endings in _RUSSIAN_ENDINGS:
        if word.endswith(ending):
            stem = word[: len(word) - changing] if changing else word
            if len(stem) < _MIN_STEM:
                break
            yield from (stem + other for other in endings if len(stem + other) > _MIN_STEM)
            return
    yield word


@cache
def given_names() -> Mapping[str, str]:
    """Common given names by their forms, normalised."""
    lines = (Path(__file__).parent / "given_names.txt").read_text(encoding="utf-8").splitlines()
    names = [name for line in lines if not line.startswith("#") for name in line.split()]
    return {form: normalise(name) for name in reversed(names) for form in forms_of(name)}


class NameFinder:
    """Knows the people of one dialogue, others by the forms of their names, and the common given names."""

    def __init__(self, people: Iterable[str], others: Mapping[str, str]) -> None:
        self._people = by_form(people)
        self._others = others

    def person(self, word: str) -> str | None:
        """Whose name a word is: the same text for all forms and parts of one name; None for a word that is no name.

        The people of the dialogue are found in small letters too, unless their name is a word as well.
        """
        form = normalise(word)
        is_capitalised = word[:1].isupper()
        if form in self._people and (is_capitalised or form not in _WORDS_TOO):
            return self._people[form]
        return (self._others.get(form) or given_names().get(form)) if is_capitalised else None


def by_form(names: Iterable[str]) -> dict[str, str]:
    """Whose name each form of a part of a name is; of people who share a part, the first."""
    people: dict[str, str] = {}
    for name in names:
        for part in WORD.findall(name):
            if len(part) > 1:
                for form in forms_of(part):
                    people.setdefault(form, normalise(name))
    return people
