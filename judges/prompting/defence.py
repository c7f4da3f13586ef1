"""How a judge's prompt is defended against what the judged text says. A rubric names the level as `defence`."""

from __future__ import annotations

from enum import StrEnum


class Defence(StrEnum):
    """Which defences a prompt has. All but `full` are there to measure what each defence gains."""

    FULL = "full"
    """Text is neutralised, and stands between tags with a code."""
    NEUTRALISED = "neutralised"
    """Text is neutralised: it holds no special token, no tag, nothing invisible, and begins no line."""
    MARKED = "marked"
    """Tags carry a code that the text does not hold, and the judge is told that what is inside is material."""
    PLAIN = "plain"
    """None: text as it was written, between tags that anybody can write."""

    @property
    def neutralises(self) -> bool:
        """Whether text is neutralised."""
        return self in (Defence.FULL, Defence.NEUTRALISED)

    @property
    def marks(self) -> bool:
        """Whether tags carry a code."""
        return self in (Defence.FULL, Defence.MARKED)
