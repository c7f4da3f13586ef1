"""The languages of the reports. Numbers are printed by `reports.pages.figures`."""

from __future__ import annotations

from reports.pages.wording.english import ENGLISH
from reports.pages.wording.russian import RUSSIAN
from reports.pages.wording.words import ScriptWords, Words

__all__ = ["ENGLISH", "RUSSIAN", "ScriptWords", "Words", "words_for"]


def words_for(language: str) -> Words:
    """The words for a suite's language tag: Russian for `ru` and its variants, English for all others."""
    return RUSSIAN if language.partition("-")[0].lower() == "ru" else ENGLISH
