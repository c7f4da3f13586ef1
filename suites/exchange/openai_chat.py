"""OpenAI's fine-tuning format for chat models: JSONL with `messages`
(https://platform.openai.com/docs/guides/supervised-fine-tuning)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange.chat_messages import ChatLine, ChatMessages, NotTakenOver, line_with_tools, turns_for_model
from suites.exchange.reading import Found, ReadingOptions, files_below, name_below, with_targets, without_opening_target
from suites.tool_calls import with_arguments_as_text
from suites.userfile import iterate_jsonl, parse_line


class OpenAILine(ChatLine):
    """One line of the file."""

    messages: ChatMessages
    functions: NotTakenOver = None


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of a file, or of all files below a folder. Assistant turns become targets, unless their weight is 0.

    Raises:
        InputError: A line cannot be read, or holds what a suite has no place for (images).
    """
    for file in files_below(path, {".jsonl"}):
        for number, data in iterate_jsonl(file):
            line = parse_line(OpenAILine, data, file, number)
            turns = without_opening_target([message.as_turn() for message in line.messages])
            if options.target_role == "user":
                turns = with_targets(turns, "user")
            name = line.id or f"{name_below(path, file)}-{number:05d}"
            yield Found(file, number, Dialogue(id=name, messages=turns, tools=line.tools or ()))


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One line of the format. The arguments of tool calls are JSON text there."""
    turns = with_arguments_as_text(turns_for_model(dialogue, header))
    return line_with_tools(turns, dialogue, header)
