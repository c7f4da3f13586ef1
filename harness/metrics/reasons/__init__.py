"""What metrics say of their measurements, language by language. When they say it is decided in `harness.metrics`."""

from __future__ import annotations

from harness.metrics.reasons.english import ENGLISH
from harness.metrics.reasons.russian import RUSSIAN
from harness.metrics.reasons.words import ActReasons, Reasons
from harness.metrics.text import primary_language

__all__ = ["ENGLISH", "RUSSIAN", "ActReasons", "Reasons", "reasons_in"]


def reasons_in(language: str) -> Reasons:
    """The reasons for replies in a language (BCP 47): Russian for `ru` and its variants, English for all others."""
    return RUSSIAN if primary_language(language) == "ru" else ENGLISH
