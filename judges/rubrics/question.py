"""One thing that is asked of a judge model, in one language: a rubric's question, or one item of a checklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from judges.prompting.defence import Defence
from judges.readouts.answers import Answers
from suites.cases import Case


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A reply with the label that is right for it, shown to the judge before the reply it has to judge."""

    case: Case
    reply: str
    label: str
    reason: str | None
    other: str | None = None
    """The second reply, where two are compared."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with all the texts that decide how it is asked."""

    item: str | None
    """Of a checklist; None elsewhere."""
    text: str
    anchors: Mapping[str, str]
    """What each answer, band or end of the scale means: its name as the judge knows it, and its text."""
    answers: Answers
    instruction: str | None
    """The rubric's own words on how to answer, with `{answers}`; the language's default if None."""
    sees: frozenset[str]
    examples: tuple[ShownExample, ...]
    defence: Defence = Defence.FULL
    special_tokens: frozenset[str] = frozenset()
    """Of the judge's own tokenizer, where it names them: broken in what others wrote."""
