"""What readers of all formats share: what they are told, what they give, where they look, and which turns become targets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from suites.dialogue import Dialogue, Message, Target
from suites.userfile import InputError, unreadable

TargetRole = Literal["assistant", "user"]

OTHER_ROLE: Mapping[TargetRole, TargetRole] = {"assistant": "user", "user": "assistant"}


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is read. Each format looks at what concerns it."""

    target_role: TargetRole = "assistant"
    """Whose turns become targets."""
    person: str | None = None
    """In messengers: the participant whose messages are the targets."""
    pause: timedelta | None = None
    """A silence after which a new dialogue begins; None leaves it to the format."""
    any_order: bool = False
    """Whether messages may be undated or out of order; they are taken as they stand then."""
    code_page: str | None = None
    """In notes and messengers, where names and dates decide what is read: the code page that UTF-8 was once read in, so that
    all text is repaired before it is looked at."""
    user_callouts: tuple[str, ...] = ("nexus_user",)
    """In notes: callouts that hold the human's messages."""
    assistant_callouts: tuple[str, ...] = ("nexus_agent",)
    """In notes: callouts that hold the assistant's messages."""
    ignored_callouts: tuple[str, ...] = ()
    """In notes: callouts that are left out."""


class Found(NamedTuple):
    """A dialogue and where it was found."""

    file: Path
    line: int
    """Line on which it begins, from 1; in tables the row."""
    dialogue: Dialogue
    participants: tuple[str, ...] = ()
    """Names of those who speak in it, as far as the format tells."""


def files_below(path: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """`path` itself if it is a file, else the files below it with one of the suffixes, in the order of their paths.

    Hidden files and folders, such as an editor's settings, are left out.

    Raises:
        InputError: There is no such path, or no file with these suffixes below it.
    """
    try:
        if not path.is_dir():
            yield path
            return
        found = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    visible = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
    if not visible:
        raise InputError(f"holds no file that ends in {' or '.join(sorted(suffixes))}", file=path)
    yield from visible


def name_below(path: Path, file: Path) -> str:
    """What to call a file in ids: its path below the folder that is read, without its suffix."""
    return file.stem if file == path else file.relative_to(path).with_suffix("").as_posix()


def without_opening_target(turns: Sequence[Message]) -> tuple[Message, ...]:
    """The turns, of which the first is no target: nothing that it could answer is there."""
    return (turns[0].model_copy(update={"target": None}), *turns[1:])


def with_targets(turns: Sequence[Message], role: TargetRole) -> tuple[Message, ...]:
    """The turns, with those of `role` that say something and have a turn before them marked as targets."""
    return tuple(
        turn.model_copy(update={"target": Target() if number and turn.role == role and turn.content.strip() else None})
        for number, turn in enumerate(turns)
    )
