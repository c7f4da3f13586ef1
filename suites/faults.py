"""What is wrong with a value, in plain words: pydantic's validation errors as one sentence a fault.

Nothing here reads files or knows where a value came from (see `suites.userfile`).
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

FieldPath = tuple[str | int, ...]

MAX_SHOWN = 60
"""Characters of a name or text that a sentence shows."""


class Fault(NamedTuple):
    """One thing that is wrong."""

    problem: str
    """What is wrong and what to do."""
    field: FieldPath


class TextFault(Exception):
    """A text that cannot be read as what it should be; whoever knows the file makes a sentence of it."""

    def __init__(self, problem: str, *, line: int | None = None, field: FieldPath = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        """Line of the text, from 1, where it is known."""
        self.field = field


class _Located(NamedTuple):
    """One of pydantic's errors, with the place in the data that it leads to."""

    field: FieldPath
    value: Any
    details: ErrorDetails


def explain(error: ValidationError, model: type[BaseModel], data: Any) -> Fault:
    """The first fault of a validation.

    Args:
        error: What pydantic raised.
        model: The record that was to be made.
        data: What it was to be made from.
    """
    return explain_all(error, model, data)[0]


def explain_all(error: ValidationError, model: type[BaseModel], data: Any) -> list[Fault]:
    """All faults of a validation, one a field: unknown names first, since what is missing may be what they meant.

    Args:
        error: What pydantic raised.
        model: The record that was to be made.
        data: What it was to be made from.
    """
    by_field: dict[FieldPath, list[_Located]] = {}
    for details in error.errors(include_url=False):
        located = _locate(data, details)
        by_field.setdefault(located.field, []).append(located)
    # Where a union is meant, pydantic complains once a member. The member that got furthest is the one that was meant.
    above_others = {field[:length] for field in by_field for length in range(len(field))}
    meant = [found for field, found in by_field.items() if field not in above_others]
    meant.sort(key=lambda found: found[0].details["type"] != "extra_forbidden")
    return [Fault(_sentence(found, model), found[0].field) for found in meant]


def unknown_name(name: str, known: Sequence[str], what: str) -> str:
    """A sentence on a name that is not known, with the nearest one that is."""
    near = difflib.get_close_matches(name[:MAX_SHOWN], known, n=1)
    if near:
        return f"there is no {what} '{_cut(name)}'; did you mean '{near[0]}'?"
    return f"there is no {what} '{_cut(name)}'; known: {', '.join(known) or 'none'}"


def kind_of(value: Any) -> str:
    """What a value is, as a reader of the file would say it."""
    match value:
        case None:
            kind = "empty"
        case bool():
            kind = "true" if value else "false"
        case int() | float():
            kind = f"the number {value}" if abs(value) < 1e15 else "a huge number"
        case str():
            kind = f"the text {_cut(value)!r}" if value.strip() else "blank"
        case list() | tuple():
            kind = "a list" if value else "an empty list"
        case dict():
            kind = "a group of fields"
        case _:
            kind = "something else"
    return kind


def _locate(data: Any, details: ErrorDetails) -> _Located:
    """Follow an error's location into the data. Pydantic puts names of union members between; those lead nowhere."""
    field: list[str | int] = []
    for part in details["loc"]:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        )
        if inside:
            field.append(part)
            data = data[part]
    if details["type"] == "missing":
        field.append(details["loc"][-1])
    return _Located(tuple(field), data, details)


def _sentence(found: Sequence[_Located], model: type[BaseModel]) -> str:
    """The faults that pydantic found at one field, as one sentence."""
    field, value, details = found[0]
    if details["type"] == "missing":
        return "is missing"
    if details["type"] == "extra_forbidden":
        return unknown_name(str(field[-1]), _names_at(model, field[:-1]), "field")
    if details["loc"][-1:] == ("[key]",):
        return f"the name {_cut(str(field[-1]))!r} {_demand(details)}"
    wanted = [_WANTED[f.details["type"]] for f in found if f.details["type"] in _WANTED]
    if len(wanted) == len(found):
        alternatives = " or ".join(dict.fromkeys(wanted))
        if isinstance(value, bool | int | float):
            alternatives = alternatives.replace("text", "text in quotes")
        return f"is {kind_of(value)}; must be {alternatives}"
    # A member of the union has the right type, and something else against the value.
    demand = _demand(next(f.details for f in found if f.details["type"] not in _WANTED))
    speaks_for_itself = demand == _NOT_EMPTY or (isinstance(value, dict | list) and demand[:4] != "must")
    return demand if speaks_for_itself else f"is {kind_of(value)}; {demand}"


_NOT_EMPTY = "must not be empty"

_WANTED = {
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "dict_type": "a group of fields (`name: value`)",
    "model_type": "a group of fields (`name: value`)",
    "model_attributes_type": "a group of fields (`name: value`)",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "path_type": "a path",
}
"""What pydantic's errors of type ask for."""


def _demand(details: ErrorDetails) -> str:
    """What an error demands of the value: "must be at least 1"."""
    limits = details.get("ctx", {})
    match details["type"]:
        case "string_too_short" | "too_short" if limits["min_length"] == 1:
            return _NOT_EMPTY
        case "string_pattern_mismatch" if limits["pattern"] == r"\S":
            return _NOT_EMPTY
        case kind if kind in _DEMANDS:
            return _DEMANDS[kind].format(**limits)
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    message = message[:1].lower() + message[1:]
    return f"must{message.removeprefix('should')}" if message.startswith("should ") else message


_DEMANDS = {
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "string_pattern_mismatch": "must have the form {pattern}",
    "union_tag_invalid": "its {discriminator} must be {expected_tags}",
    "union_tag_not_found": "its {discriminator} is missing",
}


def _names_at(model: type[BaseModel], field: FieldPath) -> list[str]:
    """The names of fields that are known at `field` below `model`; of all members where that is a union."""
    annotations: list[Any] = [model]
    for part in field:
        annotations = [below for annotation in annotations for below in _below(annotation, part)]
    records = [record for annotation in annotations for record in _members(annotation) if _is_record(record)]
    return list(dict.fromkeys(info.alias or name for record in records for name, info in record.model_fields.items()))


def _below(annotation: Any, part: str | int) -> list[Any]:
    """The types that may stand under the name or index `part` of a value of type `annotation`."""
    found: list[Any] = []
    for member in _members(annotation):
        if _is_record(member):
            found += [info.annotation for name, info in member.model_fields.items() if part in (name, info.alias)]
        elif arguments := typing.get_args(member):  # the element type of a list or tuple, the value type of a dict
            found.append(arguments[-1] if isinstance(part, str) else arguments[0])
    return found


def _members(annotation: Any) -> list[Any]:
    """The members of a union, or the type itself; `Annotated` is seen through."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(annotation) for inner in _members(member)]
    return [annotation]


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and not typing.get_origin(annotation) and issubclass(annotation, BaseModel)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
