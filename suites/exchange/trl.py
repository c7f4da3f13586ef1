"""The conversational and prompt-completion data sets of TRL, as JSONL (https://huggingface.co/docs/trl/dataset_formats)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import model_validator

from suites.cases import cases_of_dialogue, tools_for_model
from suites.dialogue import Dialogue, Message, NonBlank, SuiteHeader
from suites.exchange.chat_messages import (
    ChatLine,
    ChatMessage,
    ChatMessages,
    NotTakenOver,
    line_with_tools,
    turns_for_model,
)
from suites.exchange.reading import Found, ReadingOptions, files_below, name_below, with_targets, without_opening_target
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


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of a file, or of all files below a folder.

    Assistant turns become targets; where a line has a prompt and a completion, those of the completion only. A prompt
    that is text becomes a user turn, without white space around it.

    Raises:
        InputError: A line cannot be read, or holds what a suite has no place for (images).
    """
    for file in files_below(path, {".jsonl"}):
        for number, data in iterate_jsonl(file):
            line = parse_line(TrlLine, data, file, number)
            yield Found(file, number, dialogue_of(line, line.id or f"{name_below(path, file)}-{number:05d}", options))


def dialogue_of(line: TrlLine, name: str, options: ReadingOptions) -> Dialogue:
    """The dialogue that a line is, with the id `name`."""
    if line.messages:
        turns = [message.as_turn() for message in line.messages]
    else:
        prompt = [turn.model_copy(update={"target": None}) for turn in _turns(line.prompt, "user")]
        turns = [*prompt, *_turns(line.completion, "assistant")]
    messages = with_targets(turns, "user") if options.target_role == "user" else without_opening_target(turns)
    return Dialogue(id=name, messages=messages, tools=line.tools or ())


def _turns(part: str | tuple[ChatMessage, ...] | None, role: str) -> list[Message]:
    messages = [ChatMessage(role=role, content=part.strip())] if isinstance(part, str) else part or ()
    return [message.as_turn() for message in messages]


def line_of(dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """One line of the `messages` type. The arguments of tool calls are objects there, as chat templates take them."""
    turns = with_arguments_as_objects(turns_for_model(dialogue, header))
    return line_with_tools(turns, dialogue, header)


def completions_of(dialogue: Dialogue, header: SuiteHeader) -> Iterator[dict[str, Any]]:
    """One line of the prompt-completion type for each target: what comes before it, and its first reference."""
    tools = tools_for_model(dialogue, header)
    for case in cases_of_dialogue(dialogue, header):
        if case.references:
            prompt = with_arguments_as_objects(case.messages_for_model())
            completion = [{"role": "assistant", "content": case.references[0]}]
            yield {"prompt": prompt, "completion": completion} | ({"tools": list(tools)} if tools else {})
