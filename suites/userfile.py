"""Reading the files that users write, and saying in one sentence what is wrong with them.

Every fault becomes an `InputError` that names file, line and field. Nothing here knows what the files are for.
"""

from __future__ import annotations

import difflib
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

MAX_YAML_BYTES = 4 * 1024 * 1024
MAX_YAML_NODES = 200_000
MAX_LINE_BYTES = 8 * 1024 * 1024

FieldPath = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


class InputError(Exception):
    """Something the user wrote or named is wrong. Its text is one sentence: where, what, and what to do."""

    def __init__(
        self, problem: str, *, file: Path | str | None = None, line: int | None = None, field: FieldPath | str = ()
    ) -> None:
        self.problem = problem
        self.file = str(file) if file is not None else None
        self.line = line
        self.field = field if isinstance(field, str) else ".".join(map(str, field))
        place = self.file or ""
        if self.file and line is not None:
            place += f":{line}"
        super().__init__(": ".join(_one_line(part) for part in (place, self.field, problem) if part))


def _one_line(text: str) -> str:
    """`text` fit for one line of a terminal: control characters shown, not obeyed."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def read_text(path: Path, *, max_bytes: int = MAX_YAML_BYTES) -> str:
    """The text of a UTF-8 file, without a byte-order mark and with `\\n` as the only line end.

    Raises:
        InputError: The file is missing, cannot be read, is larger than `max_bytes`, or is not UTF-8.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError("is a folder where a file is expected", file=path)
        if size > max_bytes:
            raise InputError(f"is {size:,} bytes long; at most {max_bytes:,} are read here", file=path)
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return decode(raw, path).replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes, path: Path, *, first_line: int = 1) -> str:
    """Decode UTF-8, dropping a byte-order mark; `first_line` is the line number that `raw` starts on.

    Raises:
        InputError: The bytes are not UTF-8; the line is named.
    """
    try:
        return raw.decode("utf-8-sig" if first_line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        line = first_line + raw[: error.start].count(b"\n")
        raise InputError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8", file=path, line=line
        ) from error


def _unreadable(path: Path, error: OSError | ValueError) -> InputError:
    if isinstance(error, FileNotFoundError):
        parent = path.parent
        if parent.is_dir():
            near = difflib.get_close_matches(path.name, [entry.name for entry in parent.iterdir()], n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
        else:
            hint = f"; the folder '{parent}' does not exist either"
        return InputError(f"there is no such file{hint}", file=path)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot be read ({reason})", file=path)


class YamlDocument:
    """A parsed YAML file that remembers on which line each field stands."""

    def __init__(self, path: Path, data: Any, lines: Mapping[FieldPath, int]) -> None:
        self.path = path
        self.data = data
        self._lines = lines

    def line_of(self, field: FieldPath) -> int:
        """The line of `field`, or of its nearest ancestor that is there."""
        while field not in self._lines and field:
            field = field[:-1]
        return self._lines.get(field, 1)

    def error(self, problem: str, field: FieldPath) -> InputError:
        """An `InputError` at the place of `field` in this file."""
        return InputError(problem, file=self.path, line=self.line_of(field), field=field)

    def parse(self, model: type[ModelT]) -> ModelT:
        """The document as a `model`.

        Raises:
            InputError: A field is unknown, missing, or of the wrong type or range.
        """
        if not isinstance(self.data, dict):
            raise InputError(f"must hold fields (`name: value`), not {_kind(self.data)}", file=self.path, line=1)
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            problem, field = explain(error, model, self.data)
            raise self.error(problem, field) from None


def read_yaml(path: Path) -> YamlDocument:
    """Parse a YAML file with plain types only.

    Raises:
        InputError: The file cannot be read, is not YAML, repeats a key, or unfolds to too many nodes (a "YAML bomb").
    """
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        if node is None:
            raise InputError("is empty", file=path)
        return YamlDocument(path, *_YamlReader(path).read(node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            f"is not YAML: {error.problem or error.context}", file=path, line=mark.line + 1 if mark else 1
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"is not YAML: {str(error).splitlines()[0]}", file=path) from None
    except RecursionError:
        raise InputError("is nested too deeply", file=path) from None


class _YamlReader:
    """Turns a composed YAML tree into plain data, counting nodes, so that aliases cannot unfold without end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = 0
        self._lines: dict[FieldPath, int] = {}
        self._scalars = yaml.SafeLoader("")

    def read(self, root: yaml.Node) -> tuple[Any, Mapping[FieldPath, int]]:
        return self._value(root, ()), self._lines

    def _value(self, node: yaml.Node, field: FieldPath) -> Any:
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > MAX_YAML_NODES:
            raise InputError(
                f"unfolds to more than {MAX_YAML_NODES:,} values; write out its aliases", file=self._path, line=line
            )
        self._lines.setdefault(field, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, field)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*field, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, field: FieldPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise InputError("a field's name must be plain text", file=self._path, line=line, field=field)
            key = key_node.value
            if key in mapping:
                raise InputError("is given twice", file=self._path, line=line, field=(*field, key))
            self._lines[(*field, key)] = line
            mapping[key] = self._value(value_node, (*field, key))
        return mapping

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _PLAIN_TAGS:
            if node.tag == "tag:yaml.org,2002:timestamp":  # dates stay as they were written
                return node.value
            raise InputError(
                f"the tag '{node.tag}' is not allowed", file=self._path, line=node.start_mark.line + 1
            )
        return self._scalars.construct_object(node)  # type: ignore[no-untyped-call]


_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}


def iterate_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number from 1, value) for each line of a JSONL file that is not blank, one line in memory at a time.

    Raises:
        InputError: The file cannot be read, or a line is too long, not UTF-8 or not JSON.
    """
    number = 0
    try:
        with path.open("rb") as lines:
            while raw := lines.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(raw) > MAX_LINE_BYTES:
                    raise InputError(
                        f"is longer than {MAX_LINE_BYTES:,} bytes; one line holds one object", file=path, line=number
                    )
                text = decode(raw, path, first_line=number).strip()
                if text:
                    yield number, _parse_json(text, path, number)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _parse_json(text: str, path: Path, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg} at column {error.colno}", file=path, line=line) from None
    except RecursionError:
        raise InputError("is nested too deeply", file=path, line=line) from None
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", file=path, line=line) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def parse_line(model: type[ModelT], data: Any, path: Path, line: int) -> ModelT:
    """One JSONL object as a `model`.

    Raises:
        InputError: A field is unknown, missing, or of the wrong type or range.
    """
    if not isinstance(data, dict):
        raise InputError(f"must be an object, not {_kind(data)}", file=path, line=line)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problem, field = explain(error, model, data)
        raise InputError(problem, file=path, line=line, field=field) from None


def explain(error: ValidationError, model: type[BaseModel], data: Any) -> tuple[str, FieldPath]:
    """The first fault of a validation as (sentence, field)."""
    fault = error.errors(include_url=False)[0]
    # Pydantic puts the names of union members into the location; only what leads into the data is kept.
    field, value = _walk(data, fault["loc"])
    kind = fault["type"]
    if kind == "missing":
        return "is missing", (*field, fault["loc"][-1])
    if kind == "extra_forbidden":
        return unknown_name(str(field[-1]), _fields_at(model, field[:-1]), "field"), field
    if kind in ("enum", "literal_error"):
        return f"is {value!r}; must be {fault['ctx']['expected']}", field
    message = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"is {_kind(value)}; {message[:1].lower()}{message[1:]}", field


def unknown_name(name: str, known: Sequence[str], what: str) -> str:
    """A sentence on a name that is not known, with the nearest one that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"there is no {what} '{name}'; did you mean '{near[0]}'?"
    return f"there is no {what} '{name}'; known: {', '.join(known)}"


def _walk(data: Any, location: tuple[str | int, ...]) -> tuple[FieldPath, Any]:
    field: list[str | int] = []
    for part in location:
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            field.append(part)
            data = data[part]
    return tuple(field), data


def _fields_at(model: type[BaseModel], field: FieldPath) -> list[str]:
    """The names that are known at `field` below `model`."""
    annotation: Any = model
    for part in field:
        record = _record_in(annotation)
        if record is not None:
            info = next((f for n, f in record.model_fields.items() if part in (n, f.alias)), None)
            annotation = info.annotation if info else None
        else:  # inside a tuple, list or dict: go on with the type of its elements
            arguments = [a for a in _flatten(annotation) if _record_in(a)]
            annotation = arguments[0] if arguments else None
    record = _record_in(annotation)
    return [info.alias or name for name, info in record.model_fields.items()] if record else []


def _record_in(annotation: Any) -> type[BaseModel] | None:
    """The one record type that `annotation` is or may be, not looking inside containers."""
    if isinstance(annotation, type) and not typing.get_origin(annotation) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated):
        return next((r for a in typing.get_args(annotation) if (r := _record_in(a))), None)
    return None


def _flatten(annotation: Any) -> list[Any]:
    """All type arguments below `annotation`, containers included."""
    below = [inner for a in typing.get_args(annotation) for inner in (a, *_flatten(a))]
    return below


def _kind(value: Any) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true/false"
        case int() | float():
            return f"the number {value}" if len(str(value)) < 30 else "a number"
        case str():
            return f"the text {value[:40]!r}"
        case list():
            return "a list"
        case _:
            return "a group of fields"
