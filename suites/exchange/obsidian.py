"""Chat transcripts kept as Obsidian notes: one note a conversation, one callout a message.

>[!nexus_user] **User** - 17.07.2025 at 22:01
> What the message says, each line quoted.
> > Quotes, tables, code and callouts inside a message stay as they are.
<!-- UID: 5c1f -->
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange.chat_messages import turns_for_model
from suites.exchange.encoding_damage import repair
from suites.exchange.reading import Found, ReadingOptions, TargetRole, files_below, name_below
from suites.exchange.utterances import Utterance, cut_at_pauses, date_of, in_order, turns_of
from suites.userfile import InputError, iterate_lines, unknown_name

DATE_FORMAT = "%d.%m.%Y at %H:%M"

_CALLOUT = re.compile(r">(?P<space> ?)\[!(?P<name>[^\]]+)\][+-]?\s*(?P<title>.*)")
_TITLE = re.compile(
    r"\**(?P<speaker>.*?)\**\s*(?:[-–—]\s*(?P<date>\d{1,2}\.\d{1,2}\.\d{4})\s+at\s+(?P<time>\d{1,2}:\d{2}(?::\d{2})?))?\s*"
)
_UID = re.compile(r"<!--\s*UID:.*-->\s*")
_DECORATION = re.compile(r"\s*(?:#{1,6}\s.*|<!--.*-->\s*|[-*_]{3,}\s*)?")
"""What may stand between messages: blank lines, headings, comments, rules."""


class _Callout(NamedTuple):
    """A callout at the outermost level of a note: its head and the lines below it, one level of quoting taken off."""

    name: str
    title: str
    line: int
    body: list[str]


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of a note, or of all notes below a folder; a note is one dialogue unless a pause is given.

    Raises:
        InputError: A callout is unknown, a line stands outside of every message, or a message is undated or out of order.
    """
    for file in files_below(path, {".md"}):
        callouts = list(_callouts(file, options.code_page))
        utterances: Iterable[Utterance] = _utterances(callouts, file, options)
        if not options.any_order:
            utterances = in_order(utterances, file)
        participants = tuple(dict.fromkeys(filter(None, (_speaker(callout) for callout in callouts))))
        name = name_below(path, file)
        runs = [run for run in cut_at_pauses(utterances, options.pause) if run]
        for number, run in enumerate(runs, start=1):
            dialogue = Dialogue(
                id=name if len(runs) == 1 else f"{name}-{number:03d}",
                messages=turns_of(run, options.target_role),
                date=date_of(run),
            )
            yield Found(file, run[0].line, dialogue, participants)


def texts(path: Path) -> Iterator[str]:
    """All lines of a note, or of all notes below a folder.

    Raises:
        InputError: A file cannot be read.
    """
    for file in files_below(path, {".md"}):
        yield from (text for _, text in iterate_lines(file))


def _speaker(callout: _Callout) -> str | None:
    title = _TITLE.fullmatch(callout.title)
    speaker = title["speaker"].strip() if title else ""
    return None if speaker in ("", "User", "Assistant") else speaker


def _utterances(callouts: Iterable[_Callout], file: Path, options: ReadingOptions) -> Iterator[Utterance]:
    roles: dict[str, TargetRole] = {name.lower(): "user" for name in options.user_callouts}
    roles |= {name.lower(): "assistant" for name in options.assistant_callouts}
    ignored = {name.lower() for name in options.ignored_callouts}
    for callout in callouts:
        if callout.name.lower() in ignored:
            continue
        role = roles.get(callout.name.lower())
        if role is None:
            problem = unknown_name(callout.name, list(roles), "callout")
            remedy = "say what it holds with --user-callout, --assistant-callout or --ignored-callout"
            raise InputError(f"{problem}; {remedy}", file=file, line=callout.line, field="callout")
        text = "\n".join(callout.body).strip("\n")
        if text.strip():
            date = _date(callout, file)
            yield Utterance(role, text, callout.line, date, "date")


def _date(callout: _Callout, file: Path) -> datetime | None:
    title = _TITLE.fullmatch(callout.title)
    if title is None or title["date"] is None:
        return None
    day, month, year = map(int, title["date"].split("."))
    hour, minute, second = map(int, f"{title['time']}:0".split(":")[:3])
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        problem = f"'{title['date']} at {title['time']}' is no date; write day.month.year, as in 17.07.2025 at 22:01"
        raise InputError(problem, file=file, line=callout.line, field="date") from None


def _callouts(file: Path, code_page: str | None) -> Iterator[_Callout]:
    """The callouts of a note in order.

    A line that begins `>[!` opens one; `> [!` does so only where none is open, since it is part of the message there.
    """
    current: _Callout | None = None
    is_open = False
    for number, line in _lines_after_front_matter(file):
        text = repair(line, code_page) if code_page else line
        head = _CALLOUT.fullmatch(text)
        if head and not (is_open and head["space"]):
            if current is not None:
                yield _without_uid(current)
            current, is_open = _Callout(head["name"].strip(), head["title"], number, []), True
        elif is_open and current is not None and text.startswith(">"):
            current.body.append(text[1:].removeprefix(" "))
        else:
            is_open = False
            if _UID.fullmatch(text) and current is not None:
                yield current
                current = None
            elif text.startswith(">") or (current is not None and not _DECORATION.fullmatch(text)):
                problem = "stands outside of every message; quote it with '> ' below the message's head, or take it out"
                raise InputError(problem, file=file, line=number, field="message")
    if current is not None:
        yield _without_uid(current)


def _without_uid(callout: _Callout) -> _Callout:
    """A callout that no comment with its UID followed, without the one that may be quoted as its last line."""
    while callout.body and not callout.body[-1].strip():
        callout.body.pop()
    if callout.body and _UID.fullmatch(callout.body[-1]):
        callout.body.pop()
    return callout


def _lines_after_front_matter(file: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a note below its properties, which stand between two lines `---` at its top."""
    is_inside = False
    for number, text in iterate_lines(file):
        if number == 1 and text.rstrip() == "---":
            is_inside = True
        elif is_inside:
            is_inside = text.rstrip() != "---"
        else:
            yield number, text


def write(dialogues: Iterable[Dialogue], header: SuiteHeader, folder: Path) -> int:
    """Write each dialogue as a note of its own into a new folder, and return how many.

    Raises:
        OSError: The folder is there already, or cannot be written.
    """
    folder.mkdir()
    count = 0
    for count, dialogue in enumerate(dialogues, start=1):
        file = folder / f"{_UNSAFE.sub('_', dialogue.id)}.md"
        if file.exists():
            file = folder / f"{file.stem}-{count:05d}.md"
        file.write_text(note_of(dialogue, header), encoding="utf-8", newline="\n")
    return count


def note_of(dialogue: Dialogue, header: SuiteHeader) -> str:
    """A note that holds the dialogue as the model sees it, without its system prompt and tools.

    All messages bear the date of the dialogue; of one without a date they are undated.
    """
    date = f" - {dialogue.date:{DATE_FORMAT}}" if dialogue.date else ""
    blocks = []
    for number, turn in enumerate(turns_for_model(dialogue, header), start=1):
        if turn["role"] not in _HEADS or not turn["content"].strip():
            continue
        quoted = "\n".join(f"> {line}" if line else ">" for line in turn["content"].split("\n"))
        blocks.append(f"{_HEADS[turn['role']]}{date}\n{quoted}\n<!-- UID: {dialogue.id}-{number} -->\n")
    return "\n".join(blocks)


_UNSAFE = re.compile(r"[^\w.-]+|^\.")
"""What is not fit for the name of a file everywhere."""

_HEADS = {"user": ">[!nexus_user] **User**", "assistant": ">[!nexus_agent] **Assistant**"}
