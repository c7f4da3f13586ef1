"""ChatGPT's data export, `conversations.json`: a list of conversations, each a tree of messages with a current leaf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from suites.dialogue import Dialogue, Record, SuiteHeader
from suites.exchange.chat_messages import turns_for_model, write_list
from suites.exchange.json_stream import json_items
from suites.exchange.reading import Found, ReadingOptions, TargetRole, files_below, name_below
from suites.exchange.utterances import Utterance, turns_of
from suites.userfile import InputError, parse_line

_SPOKEN = ("text", "multimodal_text")
"""Types of content that the two said to each other; the others are reasoning, tools and settings."""


class _Lenient(Record):
    """Part of an export. Its other fields say nothing about the dialogue and are ignored."""

    model_config = ConfigDict(extra="ignore")


class Author(_Lenient):
    """Who wrote a message."""

    role: str


class Content(_Lenient):
    """What a message holds: texts, and objects that stand for images and sound."""

    content_type: str
    parts: tuple[str | dict[str, Any], ...] | None = None


class TreeMessage(_Lenient):
    """One message."""

    author: Author
    content: Content
    create_time: float | None = None
    recipient: str | None = "all"
    """`all`, or the tool that an assistant calls."""
    metadata: dict[str, Any] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the two see it as said by one to the other."""
        is_hidden = bool((self.metadata or {}).get("is_visually_hidden_from_conversation"))
        is_said = self.content.content_type in _SPOKEN and self.recipient in ("all", None)
        return self.author.role in ("user", "assistant") and is_said and not is_hidden

    @property
    def text(self) -> str:
        """Its text, with placeholders for images and sound."""
        return "\n".join(
            part if isinstance(part, str) else _placeholder(part) for part in self.content.parts or ()
        ).strip()

    @property
    def has_words(self) -> bool:
        """Whether it holds more than placeholders."""
        return any(isinstance(part, str) and part.strip() for part in self.content.parts or ())


class Node(_Lenient):
    """A place in the tree."""

    message: TreeMessage | None = None
    parent: str | None = None


class Conversation(_Lenient):
    """One conversation."""

    id: str | None = None
    conversation_id: str | None = None
    create_time: float | None = None
    mapping: dict[str, Node]
    current_node: str


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of an export, each along the branch that was current: what was edited or answered anew is left out.

    Raises:
        InputError: A conversation cannot be read, or its tree does not hang together.
    """
    for file in files_below(path, {".json"}):
        for number, (line, data) in enumerate(json_items(file, "item"), start=1):
            conversation = parse_line(Conversation, data, file, line)
            place = f"{number - 1}"
            said = [m for m in _branch(conversation, file, line, place) if m.is_shown and m.text]
            utterances = [_utterance(message, line) for message in said]
            if utterances:
                began = next((m.create_time for m in said if m.create_time), conversation.create_time)
                dialogue = Dialogue(
                    id=conversation.id or conversation.conversation_id or f"{name_below(path, file)}-{number:05d}",
                    messages=turns_of(utterances, options.target_role),
                    date=datetime.fromtimestamp(began, UTC) if began else None,
                )
                yield Found(file, line, dialogue)


def _branch(conversation: Conversation, file: Path, line: int, place: str) -> list[TreeMessage]:
    """The messages from the root to the current leaf.

    Raises:
        InputError: The leaf or a parent is not there, or the way leads in a circle.
    """
    messages: list[TreeMessage] = []
    name: str | None = conversation.current_node
    seen: set[str] = set()
    while name is not None:
        node = conversation.mapping.get(name)
        if node is None or name in seen:
            fault = "is not in the conversation" if node is None else "is its own ancestor"
            field = f"{place}.mapping" if seen else f"{place}.current_node"
            raise InputError(f"the message '{name}' {fault}; export the data anew", file=file, line=line, field=field)
        seen.add(name)
        if node.message is not None:
            messages.append(node.message)
        name = node.parent
    return messages[::-1]


def _utterance(message: TreeMessage, line: int) -> Utterance:
    role: TargetRole = "user" if message.author.role == "user" else "assistant"
    return Utterance(role, message.text, line, None, "create_time", message.has_words)


def _placeholder(part: dict[str, Any]) -> str:
    kind = str(part.get("content_type", ""))
    if "audio_transcription" in kind:
        return str(part.get("text", ""))
    return f"[{next((name for name in ('image', 'audio', 'video') if name in kind), 'file')}]"


def write(dialogues: Iterable[Dialogue], header: SuiteHeader, file: Path) -> int:
    """Write dialogues as conversations without branches, as the model sees them, and return how many."""
    return write_list((_conversation(dialogue, header) for dialogue in dialogues), file)


def _conversation(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    date = dialogue.date
    began = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() if date else None
    mapping: dict[str, Any] = {}
    parent: str | None = None
    for number, turn in enumerate(turns_for_model(dialogue, header)):
        name = f"{dialogue.id}#{number}"
        message = {
            "id": name,
            "author": {"role": turn["role"]},
            "create_time": began,
            "content": {"content_type": "text", "parts": [turn["content"]]},
            "recipient": "all",
        }
        mapping[name] = {"id": name, "message": message, "parent": parent, "children": []}
        if parent is not None:
            mapping[parent]["children"].append(name)
        parent = name
    return {"id": dialogue.id, "title": "", "create_time": began, "mapping": mapping, "current_node": parent}
