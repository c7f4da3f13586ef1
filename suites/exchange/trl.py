"""The conversational and prompt-completion data sets of TRL, as JSONL (https://huggingface.co/docs/trl/dataset_formats)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import model_validator

from suites.dialogue import Dialogue, Message, NonBlank, SuiteHeader
from suites.exchange.chat_messages import (
    ChatLine,
    ChatMessage,
    ChatMessages,
    NotTakenOver,
    line_with_tools,
    turns_for_model,
)
from suites.tool_calls import with_arguments_as_objects
from suites.userfile import iterate_jsonl, parse_line


class TrlLine(ChatLine):
    """One line: `messages`, or `prompt` and `completion`, each as text or as messages."""

    messages: ChatMessages | None = None
    prompt: NonBlank | ChatMessages | None = None
    completion: NonBlank | ChatMessages | None = None
    chat_template_kwargs: NotTakenOver = None

    @model_validator(mode="after")
    def _check_type(self) -> TrlLine:
        if not self.messages and not (self.prompt and self.completion):
            raise ValueError("holds neither `messages` nor `prompt` and `completion`; other types of data are not read")
        return self


def read(file: Path) -> Iterator[tuple[int, Dialogue]]:
    """The dialogues of a file, with their line numbers.

    Assistant turns become targets; where a line has a prompt and a completion, those of the completion only. A prompt
    that is text becomes a user turn, without white space around it.

    Raises:
        InputError: A line cannot be read, or holds what a suite has no place for (images).
    """
    for number, data in iterate_jsonl(file):
        line = parse_line(TrlLine, data, file, number)
        if line.messages:
            turns = [message.as_turn() for message in line.messages]
        else:
            prompt = [turn.model_copy(update={"target": None}) for turn in _turns(line.prompt, "user")]
            turns = [*prompt, *_turns(line.completion, "assistant")]
        name = line.id or f"{file.stem}-{number:05d}"
        yield number, Dialogue(id=name, messages=tuple(turns), tools=line.tools or ())


def _turns(part: str | tuple[ChatMessage, ...] | None, role: str) -> list[Message]:
    messages = [ChatMessage(role=role, content=part.strip())] if isinstance(part, str) else part or ()
    return [message.as_turn() for message in messages]


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One line of the `messages` type. The arguments of tool calls are objects there, as chat templates take them."""
    turns = with_arguments_as_objects(turns_for_model(dialogue, header))
    return line_with_tools(turns, dialogue, header)
