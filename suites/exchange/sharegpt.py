"""ShareGPT's format: `conversations` of `from` and `value`, as JSONL or as one JSON list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator

from suites.dialogue import Dialogue, Message, NonBlank, Record, Role, SuiteHeader
from suites.exchange.chat_messages import turns_for_model
from suites.exchange.json_stream import json_items
from suites.exchange.reading import Found, ReadingOptions, files_below, name_below, with_targets
from suites.userfile import iterate_jsonl, parse_line

ROLES: dict[str, Role] = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "assistant": "assistant",
    "tool": "tool",
    "observation": "tool",
}
"""Speakers that data sets of this format name."""

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt", "tool": "tool"}


class ShareGptTurn(Record):
    """One turn. Other fields, such as a rating, say nothing about the dialogue and are ignored."""

    model_config = ConfigDict(extra="ignore")

    speaker: Annotated[str, Field(alias="from")]
    value: str

    @field_validator("speaker")
    @classmethod
    def _known(cls, speaker: str) -> str:
        if speaker not in ROLES:
            raise ValueError(f"must be {', '.join(ROLES)}; others have no place in a suite")
        return speaker


class ShareGptLine(Record):
    """One conversation."""

    model_config = ConfigDict(extra="ignore")

    id: NonBlank | None = None
    system: str | None = None
    conversations: Annotated[tuple[ShareGptTurn, ...], Field(min_length=1)]


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of a file, or of all files below a folder.

    Raises:
        InputError: A conversation cannot be read.
    """
    for file in files_below(path, {".jsonl", ".json"}):
        objects = json_items(file, "item") if _is_list(file) else iterate_jsonl(file)
        for number, (line, data) in enumerate(objects, start=1):
            conversation = parse_line(ShareGptLine, data, file, line)
            name = conversation.id or f"{name_below(path, file)}-{number:05d}"
            yield Found(file, line, dialogue_of(conversation, name, options))


def dialogue_of(conversation: ShareGptLine, name: str, options: ReadingOptions) -> Dialogue:
    """The dialogue that a conversation is, with the id `name`."""
    turns = [Message(role=ROLES[turn.speaker], content=turn.value) for turn in conversation.conversations]
    if conversation.system:
        turns.insert(0, Message(role="system", content=conversation.system))
    return Dialogue(id=name, messages=with_targets(turns, options.target_role))


def _is_list(file: Path) -> bool:
    """Whether a file is one JSON list."""
    try:
        with file.open("rb") as stream:
            return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["
    except (OSError, ValueError):
        return False  # whoever reads it says why it cannot be read


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One conversation in the format, as a model sees it."""
    turns = [turn for turn in turns_for_model(dialogue, header) if turn["content"]]
    return {"conversations": [{"from": _SPEAKERS[turn["role"]], "value": turn["content"]} for turn in turns]}
