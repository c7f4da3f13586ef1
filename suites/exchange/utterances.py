"""Messages as people wrote them, one after the other, and how they become dialogues: checked for their order, cut at long
pauses, several in a row joined to one turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from suites.dialogue import Message, Target
from suites.exchange.reading import TargetRole
from suites.userfile import InputError


class Utterance(NamedTuple):
    """One message of a transcript."""

    role: TargetRole
    text: str
    line: int
    date: datetime | None
    field: str
    """Where its date stands, or should."""
    is_own: bool = True
    """Whether it is the speaker's own words, not a placeholder or something forwarded."""


def in_order(utterances: Iterable[Utterance], file: Path) -> Iterator[Utterance]:
    """The utterances as they come.

    Raises:
        InputError: One bears no date, or an earlier one than the one before it.
    """
    before: Utterance | None = None
    for utterance in utterances:
        if utterance.date is None:
            raise InputError(
                "bears no date, so its place in the dialogue cannot be checked; date it (`17.07.2025 at 22:01`), or take "
                "the messages as they stand with --any-order",
                file=file,
                line=utterance.line,
                field=utterance.field,
            )
        if before is not None and before.date is not None and utterance.date < before.date:
            raise InputError(
                f"is {utterance.date:%Y-%m-%d %H:%M}, earlier than the message before it in line {before.line} "
                f"({before.date:%Y-%m-%d %H:%M}); put them in order, or take them as they stand with --any-order",
                file=file,
                line=utterance.line,
                field=utterance.field,
            )
        before = utterance
        yield utterance


def cut_at_pauses(utterances: Iterable[Utterance], pause: timedelta | None) -> Iterator[list[Utterance]]:
    """Runs of utterances with no silence longer than `pause` inside."""
    run: list[Utterance] = []
    for utterance in utterances:
        last = run[-1].date if run else None
        if pause is not None and last is not None and utterance.date is not None and utterance.date - last > pause:
            yield run
            run = []
        run.append(utterance)
    if run:
        yield run


def turns_of(utterances: Iterable[Utterance], target_role: TargetRole) -> tuple[Message, ...]:
    """One turn for each run of utterances of the same role, in lines of their own.

    Turns of the target role that hold somebody's own words and have a turn before them become targets.
    """
    turns: list[Message] = []
    for role, run in groupby(utterances, key=lambda utterance: utterance.role):
        said = list(run)
        is_target = bool(turns) and role == target_role and any(utterance.is_own for utterance in said)
        text = "\n".join(utterance.text for utterance in said)
        turns.append(Message(role=role, content=text, target=Target() if is_target else None))
    return tuple(turns)


def date_of(utterances: Iterable[Utterance]) -> datetime | None:
    """The first date among utterances."""
    return next((utterance.date for utterance in utterances if utterance.date is not None), None)
