"""Words, stems and sentences of a reply in its language: the ground that all word-based metrics stand on.

Numbers are read in `harness.metrics.quantities`, questions in `harness.metrics.questions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from suites.words import WORD, normalise

TEXTS_KEPT = 1024
"""The metrics look at one reply after another and share what they find; of earlier ones only phrases come again."""

_STEMMERS = {"en": "english", "ru": "russian"}
"""Languages that have a Snowball stemmer here, with its name."""

_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'»”’)\]]*+\s+|\n\s*")
_ALWAYS_SHORT = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|mrs?|ms|dr|st|vs|e\.g|i\.e|ул|им|стр|т\.[екнпд])\.\s*$", re.IGNORECASE
)
_OFTEN_SHORT = re.compile(r"(?:[ap]\.m|approx|min|oz|руб|коп|кг|гр|шт|мин|уп|л|г)\.\s*$", re.IGNORECASE)


class Tokens(NamedTuple):
    """A text taken apart. `words[i]` stands between `gaps[i]` and `gaps[i + 1]`."""

    words: tuple[str, ...]
    """Normalised words (see `suites.words.normalise`), in order."""
    stems: tuple[str, ...]
    """The stem of each word; the word itself in languages without a stemmer."""
    gaps: tuple[str, ...]
    """What stands before, between and after the words: one more than words."""


@lru_cache(maxsize=TEXTS_KEPT)
def tokenize(text: str, language: str) -> Tokens:
    """Take `text` apart into words.

    Args:
        text: Any text.
        language: BCP 47 tag ("en", "ru-RU"); only its first subtag counts, and only for the stems.
    """
    plain = normalise(text)
    words, gaps, end = [], [], 0
    for match in WORD.finditer(plain):
        words.append(match.group())
        gaps.append(plain[end : match.start()])
        end = match.end()
    gaps.append(plain[end:])
    primary = primary_language(language)
    return Tokens(tuple(words), tuple(stem(word, primary) for word in words), tuple(gaps))


def stems(text: str, language: str) -> tuple[str, ...]:
    """The Snowball stems of the words of `text`; the words themselves in languages other than English and Russian."""
    return tokenize(text, language).stems


@lru_cache(maxsize=65536)
def stem(word: str, language: str) -> str:
    """The Snowball stem (snowballstem.org) of one normalised word; `language` is a first subtag ("en")."""
    return _stemmer(language)(word)


@lru_cache
def _stemmer(language: str) -> Callable[[str], str]:
    if language not in _STEMMERS:
        return str
    from nltk.stem.snowball import SnowballStemmer  # noqa: PLC0415  (takes two seconds to import)

    stemmer: Callable[[str], str] = SnowballStemmer(_STEMMERS[language]).stem
    return stemmer


@lru_cache
def primary_language(language: str) -> str:
    """The first subtag of a BCP 47 tag in lower case: "en" for "en-GB"."""
    return language.partition("-")[0].lower()


@lru_cache(maxsize=TEXTS_KEPT)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` in order, stripped, with their end marks.

    A sentence ends at `.`, `!`, `?` or `…` before white space, and at a line break. Initials, titles and other
    abbreviations ("Dr.", "т. е.") do not end one; units and hours ("шт.", "p.m.") only do before a capital letter.
    """
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        last_words = text[max(start, end.end() - 12) : end.end()]
        if "\n" not in end.group() and _is_abbreviation(last_words, text[end.end() : end.end() + 1]):
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return tuple(sentence for sentence in found if sentence)


def _is_abbreviation(before: str, after: str) -> bool:
    return bool(_ALWAYS_SHORT.search(before) or (not after.isupper() and _OFTEN_SHORT.search(before)))


def contains(text: str, phrase: str, language: str) -> bool:
    """Whether `text` holds the words of `phrase` next to each other, compared by their stems.

    A phrase without any word ("€") is looked for as it stands.
    """
    wanted = _spelled_stems(phrase, language)
    if not wanted.strip():
        return normalise(phrase).strip() in normalise(text)
    return wanted in _spelled_stems(text, language)


@lru_cache(maxsize=TEXTS_KEPT)
def _spelled_stems(text: str, language: str) -> str:
    """The stems of `text`, each between spaces, so that one text is searched for another at full speed."""
    return f" {' '.join(stems(text, language))} "
