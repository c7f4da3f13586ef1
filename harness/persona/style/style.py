"""All style measures of one reply. Richness, which needs many replies, is in the module beside this one."""

from __future__ import annotations

import unicodedata
from typing import Final

from harness.metrics.text import primary_language, sentences
from harness.persona.style.emoji import emoji_in
from harness.persona.style.english_register import contractions_in
from harness.persona.style.measured import Measured, of_reply, of_units, share_of
from harness.persona.style.russian_address import addresses, is_function_word
from harness.persona.style.vocabulary import ENGLISH_CASUAL_WORDS, ENGLISH_FUNCTION_WORDS, RUSSIAN_CASUAL_WORDS
from suites.words import normalise, words_of

_CLOSERS: Final = "\"'»”’)]"
"""What may stand behind the mark that ends a sentence."""


def style_of(text: str, language: str) -> list[Measured]:
    """The style measures of one reply; those of formality and function words only in English and Russian.

    Args:
        text: The reply.
        language: BCP 47 tag; only its first subtag counts.
    """
    words, parts, primary = words_of(text), sentences(text), primary_language(language)
    written = [sign for sign in text if not sign.isspace()]
    opened = [first for part in parts if (first := next((s for s in part if s.isalnum()), "")).isalpha()]
    found = [
        of_reply("words", len(words)),
        of_units("sentence_words", [len(words_of(part)) for part in parts]),
        share_of("punctuation", sum(unicodedata.category(sign).startswith("P") for sign in written), len(written)),
        share_of("exclamations", sum(part.rstrip(_CLOSERS).endswith("!") for part in parts), len(parts)),
        share_of("questions", sum(part.rstrip(_CLOSERS).endswith("?") for part in parts), len(parts)),
        share_of("capitals", sum(first.isupper() for first in opened), len(opened)),
        of_reply("emoji", emoji_in(text)),
    ]
    if primary == "en":
        found += _english(text, words)
    if primary == "ru":
        found += _russian(words)
    return found


def _english(text: str, words: tuple[str, ...]) -> list[Measured]:
    contracted, possible = contractions_in(normalise(text))
    return [
        share_of("function_words", sum(word in ENGLISH_FUNCTION_WORDS for word in words), len(words)),
        share_of("casual_words", sum(word in ENGLISH_CASUAL_WORDS for word in words), len(words)),
        share_of("contractions", contracted, possible),
    ]


def _russian(words: tuple[str, ...]) -> list[Measured]:
    addressed = addresses(words)
    return [
        share_of("function_words", sum(map(is_function_word, words)), len(words)),
        share_of("casual_words", sum(word in RUSSIAN_CASUAL_WORDS for word in words), len(words)),
        share_of("polite_you", addressed.count("polite"), len(addressed)),
    ]
