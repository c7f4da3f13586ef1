"""Whether a Russian reply says ты or вы: its pronouns, and the verbs whose form tells it where the pronoun is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

Address = Literal["familiar", "polite"]

_POSSESSIVES: Final[dict[str, Address]] = {"твой": "familiar", "ваш": "polite"}
_FORMULAS: Final = frozenset(("давай", "давайте", "смотря", "пожалуй", "извольте", "видишь", "знаешь", "понимаешь"))
"""Verb forms that are often said to anybody, as a particle or in passing; they tell less than they seem to."""
_RUSSIAN: Final = re.compile("[а-яё-]+", re.IGNORECASE)
"""Other words have no reading, and pymorphy3 fails at letters that Unicode has no name for (Tangut)."""
_LIKELY: Final = 0.5
"""A word counts where its readings in the second person are likelier than this: `дай` is the verb, `три` the number."""


def addresses(words: Iterable[str]) -> list[Address]:
    """The words that address somebody, in order, as what they say.

    Readings and their likelihoods are pymorphy3's (Korobov 2015, doi:10.1007/978-3-319-26123-2_31), of words without their
    context: a plural `вы` to several people counts as polite.

    Args:
        words: Normalised words (`suites.words`).
    """
    return [address for word in words if (address := _address(word)) is not None]


@lru_cache(maxsize=65536)
def _address(word: str) -> Address | None:
    if word in _FORMULAS or not _RUSSIAN.fullmatch(word):
        return None
    likely: dict[Address, float] = {"familiar": 0.0, "polite": 0.0}
    for reading in _analyzer().parse(word):
        if reading.normal_form in _POSSESSIVES and "Apro" in reading.tag:
            likely[_POSSESSIVES[reading.normal_form]] += reading.score
        elif ("NPRO" in reading.tag and "2per" in reading.tag) or _is_second_person(reading.tag):
            likely["familiar" if "sing" in reading.tag else "polite"] += reading.score
    address = max(likely, key=lambda one: likely[one])
    return address if likely[address] > _LIKELY else None


def _is_second_person(tag: object) -> bool:
    grammemes = str(tag).replace(" ", ",").split(",")
    return "VERB" in grammemes and ("2per" in grammemes or "impr" in grammemes) and "incl" not in grammemes


@lru_cache(maxsize=65536)
def is_function_word(word: str) -> bool:
    """Whether the likeliest reading of a Russian word is a preposition, conjunction, particle, pronoun or pronominal word."""
    if not _RUSSIAN.fullmatch(word):
        return False
    tag = str(_analyzer().parse(word)[0].tag).replace(" ", ",").split(",")
    return not {"PREP", "CONJ", "PRCL", "NPRO", "Apro"}.isdisjoint(tag)


@lru_cache
def _analyzer() -> MorphAnalyzer:
    import pymorphy3  # noqa: PLC0415 - an extra; loads its dictionary in 0.3 s

    return pymorphy3.MorphAnalyzer(lang="ru")
