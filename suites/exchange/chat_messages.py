"""Messages as chat formats write them, and their way into and out of a dialogue. What stands around them on a line is
the business of each format's module."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from suites.cases import messages_for_model, references_of, tools_for_model
from suites.dialogue import Dialogue, Message, NonBlank, Record, SuiteHeader, Target
from suites.tool_calls import ToolDefinition


class TextPart(Record):
    """Part of a message that is given in parts. Only text is read."""

    type: Literal["text"]
    text: str


class ChatMessage(Record):
    """A message in the OpenAI convention. Fields that are null count as absent: tables fill their gaps so."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[TextPart, ...] = ""
    name: str | None = None
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None
    weight: Literal[0, 1] = 1
    """0 keeps an assistant turn out of the training (OpenAI only)."""

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, fields: Any) -> Any:
        if isinstance(fields, dict):
            return {name: value for name, value in fields.items() if value is not None}
        return fields

    def as_turn(self) -> Message:
        """The message as a turn of a dialogue; an assistant turn that says something and has weight becomes a target."""
        content = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        is_target = self.role == "assistant" and self.weight == 1 and bool(content.strip())
        return Message(
            role="system" if self.role == "developer" else self.role,
            content=content,
            name=self.name,
            tool_calls=self.tool_calls,
            tool_call_id=self.tool_call_id,
            target=Target() if is_target else None,
        )


ChatMessages = Annotated[tuple[ChatMessage, ...], Field(min_length=1)]


def _refuse(value: Any) -> Any:
    if value:
        raise ValueError(
            "would change what the model sees, and suites have no place for it; take it out to import the rest"
        )
    return value


NotTakenOver = Annotated[Any, AfterValidator(_refuse)]
"""A field that must be empty, since leaving it out silently would change the dialogue."""


class ChatLine(Record):
    """What the lines of all chat formats have in common. Other fields say nothing about the dialogue and are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: NonBlank | None = None
    tools: tuple[ToolDefinition, ...] | None = None


def turns_for_model(dialogue: Dialogue, header: SuiteHeader) -> list[dict[str, Any]]:
    """The dialogue as chat formats want it: system prompt first, no target marks, and for a target turn without content
    its first reference."""
    turns = []
    for message in dialogue.messages:
        references = references_of(message)
        turns.append(message.model_copy(update={"content": references[0]}) if references else message)
    spoken = dialogue.model_copy(update={"messages": tuple(turns)})
    return [message.for_model() for message in messages_for_model(spoken, header)]


def line_with_tools(turns: list[dict[str, Any]], dialogue: Dialogue, header: SuiteHeader) -> dict[str, Any]:
    """A line of a format that has `tools` beside `messages`."""
    tools = tools_for_model(dialogue, header)
    return {"messages": turns} | ({"tools": list(tools)} if tools else {})


def write_lines(lines: Iterable[dict[str, Any]], file: Path) -> int:
    """Write one JSON object a line into a new file, and return how many."""
    count = 0
    with file.open("x", encoding="utf-8", newline="\n") as stream:
        for line in lines:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_list(values: Iterable[dict[str, Any]], file: Path) -> int:
    """Write JSON objects as one list into a new file, and return how many."""
    count = 0
    with file.open("x", encoding="utf-8", newline="\n") as stream:
        for count, value in enumerate(values, start=1):
            stream.write(("[\n" if count == 1 else ",\n") + json.dumps(value, ensure_ascii=False))
        stream.write("\n]\n" if count else "[]\n")
    return count
