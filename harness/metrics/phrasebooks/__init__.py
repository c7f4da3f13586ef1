"""Cue phrases that tell what a sentence does, language by language. The rules that use them live in `harness.metrics`."""

from __future__ import annotations

from harness.metrics.phrasebooks.english import ENGLISH
from harness.metrics.phrasebooks.phrasebook import Phrasebook
from harness.metrics.phrasebooks.russian import RUSSIAN
from harness.metrics.text import primary_language

PHRASEBOOKS = {"en": ENGLISH, "ru": RUSSIAN}


def phrasebook(language: str) -> Phrasebook | None:
    """The phrasebook of a BCP 47 language tag, if there is one."""
    return PHRASEBOOKS.get(primary_language(language))
