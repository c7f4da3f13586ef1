"""How formal an English reply is by its contractions: of what could be contracted, what is."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_AUXILIARIES: Final = (
    "is are was were do does did have has had wo would ca could should must need might sha"  # as they stand before n't
)
_NOT: Final = "|".join(_AUXILIARIES.split())
_CONTRACTED: Final = re.compile(
    rf"\b(?:{_NOT})n't\b|\b(?:i'm|(?:you|we|they)'re|(?:i|you|we|they)'ve"
    r"|(?:i|you|he|she|it|we|they|that|there)'(?:ll|d)|(?:he|she|it|that|there|here|what|who|where|how|let)'s)\b"
)
_FULL: Final = re.compile(
    r"\b(?:is|are|was|were|do|does|did|have|has|had|will|would|can|could|should|must|need|might|shall) not\b|\bcannot\b"
    r"|\bi am\b|\b(?:you|we|they) are\b|\b(?:i|you|we|they) have (?!to\b)|\b(?:he|she|it|that|there|here|what|who|where|how) is\b"
    r"|\b(?:i|you|he|she|it|we|they|that|there) (?:will|would|had)\b|\blet us\b"
)


class Contractions(NamedTuple):
    """What a text contracts, and what it could have."""

    contracted: int
    possible: int
    """The contracted forms and the full ones."""


def contractions_in(text: str) -> Contractions:
    """Contractions of `text`, normalised (`suites.words.normalise`).

    A share of contracted forms tells two registers apart whatever the topic (Biber 1988, Variation across Speech and
    Writing, dimension 1). Told by word forms alone: an `is` that ends a sentence counts although it could not be contracted.
    """
    contracted = len(_CONTRACTED.findall(text))
    return Contractions(contracted, contracted + len(_FULL.findall(text)))
