"""The words of a text, normalised so that they can be compared. Stems and sentences are the metrics' own business."""

from __future__ import annotations

import re
import unicodedata

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_IDEOGRAPH}]|[^\W_{_IDEOGRAPH}]+(?:'[^\W_{_IDEOGRAPH}]+)*")
"""A run of letters and digits with apostrophes inside ("don't"). Chinese and Japanese do without spaces: there each sign
is a word. To be searched for in normalised text."""

_APOSTROPHES = str.maketrans("’ʼ`", "'''")


def normalise(text: str) -> str:
    """`text` as words are compared: Unicode NFKC, case folded, ё as е, and one kind of apostrophe."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(_APOSTROPHES)


def words_of(text: str) -> tuple[str, ...]:
    """The normalised words of `text`, without punctuation."""
    return tuple(WORD.findall(normalise(text)))
