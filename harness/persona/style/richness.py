"""How rich the vocabulary of many replies is, whatever their length: the moving-average type-token ratio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from harness.persona.style.measured import Measured
from suites.words import words_of

RICHNESS: Final = "richness"
WINDOW: Final = 50
"""Words; several replies of a chat, so that a person's standing phrases show."""


def richness_of(replies: Sequence[str], window: int = WINDOW) -> list[Measured]:
    """The type-token ratios of all windows over the replies' words, one after the other.

    MATTR (Covington & McFall 2010, doi:10.1080/09296171003643098): different words by words, averaged over every window of a
    fixed length, so that it does not fall as texts grow longer. A window belongs to the reply that it starts in.

    Args:
        replies: In their order.
        window: Words in a window.

    Returns:
        One entry a reply, without units where no window starts in it.
    """
    owners: list[int] = []
    words: list[str] = []
    for number, reply in enumerate(replies):
        found = words_of(reply)
        words += found
        owners += [number] * len(found)
    totals, squares, counts = ([0.0] * len(replies) for _ in range(3))
    for start, ratio in enumerate(_ratios(words, window)):
        owner = owners[start]
        totals[owner] += ratio
        squares[owner] += ratio**2
        counts[owner] += 1
    return [
        Measured(RICHNESS, count, total, square) for count, total, square in zip(counts, totals, squares, strict=True)
    ]


def _ratios(words: Sequence[str], window: int) -> list[float]:
    """Different words by words, of every window."""
    if len(words) < window:
        return []
    inside = Counter(words[:window])
    ratios = [len(inside) / window]
    for leaving, entering in zip(words, words[window:], strict=False):
        inside[entering] += 1
        inside[leaving] -= 1
        if not inside[leaving]:
            del inside[leaving]
        ratios.append(len(inside) / window)
    return ratios
