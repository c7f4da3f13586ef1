"""Stemmers as the objects that rouge-score and NLTK's METEOR take, remembering the stem of every word.

English has Porter's stemmer here, because both libraries use it; all other languages stem as `harness.metrics.text` does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from harness.metrics.text import primary_language, stem

NO_STEMMER = "none"

_NAMES = {"en": "porter", "ru": "snowball"}


class Stemmer:
    """Gives the stem of a word."""

    def __init__(self, name: str, stem_of: Callable[[str], str]) -> None:
        self.name = name
        """For signatures: "porter", "snowball" or `NO_STEMMER`, which leaves words as they are."""
        self.stem = stem_of


@lru_cache
def stemmer_for(language: str) -> Stemmer:
    """The stemmer of a language, by its BCP 47 tag; one object a language, so that metrics share what it remembers."""
    primary = primary_language(language)
    name = _NAMES.get(primary, NO_STEMMER)
    if name == "porter":
        from nltk.stem.porter import PorterStemmer  # noqa: PLC0415  (nltk takes two seconds to import)

        return Stemmer(name, lru_cache(maxsize=65536)(PorterStemmer().stem))
    return Stemmer(name, lambda word: stem(word, primary))
