"""YAML text as plain data, with the line of every field, and without trusting the text.

Nothing here reads files (see `suites.userfile`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import yaml

from suites.faults import FieldPath, TextFault, kind_of

MAX_NODES = 200_000
"""Values in a text, those that aliases repeat counted."""
MAX_DEPTH = 100
"""Levels of lists and groups inside each other."""
MAX_NUMBER_LENGTH = 40
"""Characters of a number."""

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("str", "int", "float", "bool", "null")}
_TEXT_TAGS = {_TAG + name for name in ("timestamp", "value", "merge")}
"""Dates, `=` and `<<` stay as they were written."""


def parse_yaml(text: str) -> tuple[Any, Mapping[FieldPath, int]]:
    """The data of a YAML text, and the line from 1 of each of its fields. An empty text is None.

    Raises:
        TextFault: The text is not YAML, has tags, repeats a name, is nested too deeply, unfolds to too many values (a
            "YAML bomb"), or holds a number that cannot be kept exactly.
    """
    try:
        _refuse_excess(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except yaml.reader.ReaderError as error:
        before = text.encode()[: error.position].decode()
        problem = f"holds the character U+{ord(text[len(before)]):04X}, which YAML does not allow"
        raise TextFault(problem, line=before.count("\n") + 1) from None
    reader = _Reader()
    return (reader.value(root) if root is not None else None), reader.lines


def _not_yaml(error: yaml.MarkedYAMLError) -> TextFault:
    begun, mark = error.context_mark, error.problem_mark or error.context_mark
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    if begun and mark and begun.line != mark.line:
        problem += f" (begun in line {begun.line + 1})"
    if "mapping values are not allowed" in problem:
        problem += "; put text that holds a colon in quotes"
    return TextFault(f"is not YAML: {problem}", line=mark.line + 1 if mark else 1)


def _refuse_excess(text: str) -> None:
    """Look at the text without building anything from it: composing what is nested deeply would crash the process."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        nodes += isinstance(event, yaml.NodeEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep(event)
        if nodes > 2 * MAX_NODES:  # a value and its name
            raise _too_many_values(event)


def _too_deep(place: yaml.Node | yaml.Event) -> TextFault:
    return TextFault(f"is nested more than {MAX_DEPTH} levels deep", line=_line(place))


def _too_many_values(place: yaml.Node | yaml.Event) -> TextFault:
    return TextFault(f"holds more than {MAX_NODES:,} values, counting what aliases repeat", line=_line(place))


def _line(place: yaml.Node | yaml.Event) -> int:
    return place.start_mark.line + 1 if place.start_mark else 1


class _Reader:
    """Turns a composed tree into plain data, counting, so that aliases cannot unfold without end."""

    def __init__(self) -> None:
        self.lines: dict[FieldPath, int] = {}
        self._nodes = 0
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, field: FieldPath = ()) -> Any:
        """The data below `node`."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _too_many_values(node)
        if len(field) > MAX_DEPTH:  # an alias that stands inside what it names
            raise _too_deep(node)
        self.lines.setdefault(field, _line(node))
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, field)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(child, (*field, index)) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _TEXT_TAGS:
            return node.value
        if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN_TAGS:
            return self._scalar(node, field)
        raise TextFault(f"the tag '{node.tag.replace(_TAG, '!!')}' is not allowed", line=_line(node), field=field)

    def _mapping(self, node: yaml.MappingNode, field: FieldPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise TextFault("the name of a field must be plain text", line=_line(key), field=field)
            place = (*field, key.value)
            if key.value in mapping:
                raise TextFault("is given twice", line=_line(key), field=place)
            self.lines[place] = _line(key)
            mapping[key.value] = self.value(value, place)
        return mapping

    def _scalar(self, node: yaml.ScalarNode, field: FieldPath) -> Any:
        is_number = node.tag in (f"{_TAG}int", f"{_TAG}float")
        try:
            if is_number and len(node.value) > MAX_NUMBER_LENGTH:
                raise ValueError
            value = self._scalars.construct_object(node)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError
        except (ValueError, LookupError):  # `!!int x`, `.nan`, `1e999`, digits without end
            wanted = "a number of ordinary size; put it in quotes if it is text" if is_number else "true or false"
            raise TextFault(f"is {kind_of(node.value)}; must be {wanted}", line=_line(node), field=field) from None
        return value
