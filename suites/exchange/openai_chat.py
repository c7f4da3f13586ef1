"""OpenAI's fine-tuning format for chat models: JSONL with `messages`
(https://platform.openai.com/docs/guides/supervised-fine-tuning)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange.chat_messages import ChatLine, ChatMessages, NotTakenOver, line_with_tools, turns_for_model
from suites.tool_calls import with_arguments_as_text
from suites.userfile import iterate_jsonl, parse_line


class OpenAILine(ChatLine):
    """One line of the file."""

    messages: ChatMessages
    functions: NotTakenOver = None


def read(file: Path) -> Iterator[tuple[int, Dialogue]]:
    """The dialogues of a file, with their line numbers. Assistant turns become targets, unless their weight is 0.

    Raises:
        InputError: A line cannot be read, or holds what a suite has no place for (images).
    """
    for number, data in iterate_jsonl(file):
        line = parse_line(OpenAILine, data, file, number)
        turns = tuple(message.as_turn() for message in line.messages)
        name = line.id or f"{file.stem}-{number:05d}"
        yield number, Dialogue(id=name, messages=turns, tools=line.tools or ())


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One line of the format. The arguments of tool calls are JSON text there."""
    turns = with_arguments_as_text(turns_for_model(dialogue, header))
    return line_with_tools(turns, dialogue, header)
