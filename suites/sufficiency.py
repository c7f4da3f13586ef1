"""How much can be concluded from how many held-out replies of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import comb

ENOUGH = 20
"""Held-out replies of a person below which readers are told what can still be concluded."""

_LEVEL = 0.05


def wins_needed(replies: int) -> int | None:
    """How many of `replies` a candidate has to win for the two-sided sign test to tell it from chance at the 5 % level.

    None where even all of them are not enough. The replies count as independent here; those of one dialogue are not, so
    that in truth it takes more.
    """
    tail, needed = 0, None
    for wins in range(replies, replies // 2, -1):
        tail += comb(replies, wins)
        if 2 * tail > _LEVEL * 2**replies:
            break
        needed = wins
    return needed


class PersonCounts:
    """Counts the held-out dialogues and replies of each person."""

    def __init__(self) -> None:
        self._dialogues: Counter[str] = Counter()
        self._replies: Counter[str] = Counter()

    def count(self, person: str, replies: int) -> None:
        """Take in a held-out dialogue with so many replies."""
        self._dialogues[person] += 1
        self._replies[person] += replies

    def shortages(self) -> Iterator[str]:
        """A sentence on each person with so little held out that less can be concluded, and on what can."""
        for person, replies in self._replies.items():
            if replies < ENOUGH:
                yield f"{shortage_of(replies, person)}; hold out {ENOUGH} or more"
            elif self._dialogues[person] == 1:
                yield (
                    f"holds one dialogue only of '{person}', and replies of one dialogue are not independent, so its "
                    "figures get no intervals; hold out more dialogues"
                )


def shortage_of(replies: int, person: str) -> str:
    """What can be concluded from a few replies of a person."""
    needed = wins_needed(replies)
    if needed is None:
        conclusion = (
            "even a candidate that is better on all of them is not told from chance: read them, measure nothing"
        )
    else:
        conclusion = (
            f"a candidate is told from another only if it is better on at least {needed} of them; smaller differences "
            "stay open, and nothing can be said about slices"
        )
    return f"holds {replies} {'reply' if replies == 1 else 'replies'} only of '{person}', so {conclusion}"
