"""Tools in dialogues: how definitions look, and the two ways of writing a call's arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from suites.faults import TextFault
from suites.strict_json import parse_json


def name_of_tool(tool: Mapping[str, Any]) -> str | None:
    """The name in a tool's definition or in a call of it, where it has one."""
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) and name.strip() else None


def _check_definition(tool: dict[str, Any]) -> dict[str, Any]:
    if name_of_tool(tool) is None:
        raise ValueError('must be a tool\'s definition: {"type": "function", "function": {"name": ..., ...}}')
    return tool


ToolDefinition = Annotated[
    dict[str, Any],
    AfterValidator(_check_definition),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                "type": {"const": "function"},
                "function": {
                    "type": "object",
                    "properties": {"name": {"type": "string", "pattern": r"\S"}},
                    "required": ["name"],
                },
            },
            "required": ["function"],
        }
    ),
]
"""A tool that an assistant may call, as the OpenAI convention has it, with a JSON Schema of its `parameters`."""


def with_arguments_as_text(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages in which the arguments of tool calls are JSON text, as the OpenAI protocol wants them."""
    return _with_arguments(messages, _as_text)


def with_arguments_as_objects(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Messages in which the arguments of tool calls are objects, as chat templates want them."""
    return _with_arguments(messages, _as_object)


def with_strings_changed(
    calls: Sequence[Mapping[str, Any]], change: Callable[[str], str]
) -> tuple[dict[str, Any], ...]:
    """Tool calls in whose arguments each string is changed; keys and numbers stay, and text stays text."""

    def convert(arguments: Any) -> Any:
        if not isinstance(arguments, str):
            return _changed(arguments, change)
        try:
            return json.dumps(_changed(parse_json(arguments), change), ensure_ascii=False)
        except TextFault:  # what is not JSON is one string
            return change(arguments)

    return tuple(_call(call, convert) for call in calls)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _changed(own, change) for key, own in value.items()}
    return [_changed(own, change) for own in value] if isinstance(value, list | tuple) else value


def _as_text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def _as_object(arguments: Any) -> Any:
    if isinstance(arguments, str):
        with suppress(TextFault):  # what is not JSON stays text: the templates print it as it is
            return parse_json(arguments)
    return arguments


def _with_arguments(messages: Sequence[Mapping[str, Any]], convert: Callable[[Any], Any]) -> list[dict[str, Any]]:
    converted = []
    for message in messages:
        calls = message.get("tool_calls")
        given = {"tool_calls": [_call(call, convert) for call in calls]} if calls else {}
        converted.append({**message, **given})
    return converted


def _call(call: Mapping[str, Any], convert: Callable[[Any], Any]) -> dict[str, Any]:
    function = call.get("function")
    if not isinstance(function, Mapping) or "arguments" not in function:
        return dict(call)
    return {**call, "function": {**function, "arguments": convert(function["arguments"])}}
