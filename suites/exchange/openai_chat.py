"""OpenAI's fine-tuning format for chat models: JSONL with `messages`
(https://platform.openai.com/docs/guides/supervised-fine-tuning)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange.chat_messages import ChatLine, ChatMessages, NotTakenOver, called_functions, turns_for_model
from suites.userfile import iterate_jsonl, parse_line


class OpenAILine(ChatLine):
    """One line of the file."""

    messages: ChatMessages
    functions: NotTakenOver = None


def read(file: Path) -> Iterator[tuple[int, Dialogue]]:
    """The dialogues of a file, with their line numbers. Assistant turns become targets, unless their weight is 0.

    Raises:
        InputError: A line cannot be read, or holds what a suite has no place for (tools, images).
    """
    for number, data in iterate_jsonl(file):
        line = parse_line(OpenAILine, data, file, number)
        turns = tuple(message.as_turn() for message in line.messages)
        yield number, Dialogue(id=line.id or f"{file.stem}-{number:05d}", messages=turns)


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One line of the format. The arguments of tool calls are JSON text there."""
    turns = turns_for_model(dialogue, header)
    for function in called_functions(turns):
        if not isinstance(function["arguments"], str):
            function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False)
    return {"messages": turns}
