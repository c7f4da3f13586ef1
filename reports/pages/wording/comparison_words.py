"""What reports say of a comparison of two replies: see `reports.pages.wording.words`. Holds both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ComparisonWords:
    """One language."""

    title: str
    outcomes: dict[str, str]
    """With {candidate} and {against}; by the outcome as the candidate has it."""
    unjudged: str
    """With {candidate}, {against} and {status}."""
    preference: str
    """With {candidate} and {value}."""


ENGLISH_COMPARISONS: Final = ComparisonWords(
    title="Comparisons",
    outcomes={
        "win": "{candidate} better than {against}",
        "loss": "{candidate} worse than {against}",
        "tie": "{candidate} and {against}: a tie",
        "inconsistent": "{candidate} and {against}: turns with the order",
    },
    unjudged="{candidate} and {against}: {status}",
    preference="preference for {candidate}: {value}",
)

RUSSIAN_COMPARISONS: Final = ComparisonWords(
    title="Сравнения",
    outcomes={
        "win": "{candidate} лучше, чем {against}",
        "loss": "{candidate} хуже, чем {against}",
        "tie": "{candidate} и {against}: ничья",
        "inconsistent": "{candidate} и {against}: меняется с порядком",
    },
    unjudged="{candidate} и {against}: {status}",
    preference="предпочтение в пользу {candidate}: {value}",
)
