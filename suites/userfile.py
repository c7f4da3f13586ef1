"""Reading the files that users write, without trusting them: text, YAML and JSONL, with the place of every fault.

Every fault becomes an `InputError`, one sentence that names file, line and field. Nothing here knows what the files are
for; the sentences themselves come from `suites.faults`, `suites.plain_yaml` and `suites.strict_json`.
"""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from suites.faults import FieldPath, TextFault, explain, explain_all, kind_of, unknown_name
from suites.plain_yaml import parse_yaml
from suites.strict_json import parse_json

__all__ = [
    "FieldPath",
    "InputError",
    "YamlDocument",
    "decode",
    "explain",
    "iterate_jsonl",
    "iterate_lines",
    "jsonl_values_or_errors",
    "parse_line",
    "parsed_or_errors",
    "read_text",
    "read_yaml",
    "reason_of",
    "unknown_name",
    "unreadable",
]

MAX_YAML_BYTES = 4 * 1024 * 1024
MAX_LINE_BYTES = 8 * 1024 * 1024
MAX_SHOWN_LENGTH = 1000
"""Characters of a part of an error's sentence."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class InputError(Exception):
    """Something the user wrote or named is wrong. Its text is one sentence: where, what, and what to do."""

    def __init__(
        self, problem: str, *, file: Path | str | None = None, line: int | None = None, field: FieldPath | str = ()
    ) -> None:
        self.problem = problem
        self.file = str(file) if file is not None else None
        self.line = line
        self.field_path: FieldPath = tuple(field.split(".")) if isinstance(field, str) and field else tuple(field)
        self.field = field if isinstance(field, str) else ".".join(map(str, field))
        place = self.file or ""
        if self.file and line is not None:
            place += f":{line}"
        super().__init__(": ".join(_one_line(part) for part in (place, self.field, problem) if part))


def _one_line(text: str) -> str:
    """`text` fit for one line of a terminal: control characters shown, not obeyed, and nothing endless."""
    shown = text if len(text) <= MAX_SHOWN_LENGTH else f"{text[: MAX_SHOWN_LENGTH - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def read_text(path: Path, *, max_bytes: int = MAX_YAML_BYTES) -> str:
    """The text of a UTF-8 file, without a byte-order mark and with `\\n` as the only line end.

    Raises:
        InputError: The file is missing, cannot be read, is larger than `max_bytes`, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)  # not the size it claims: devices and pipes have none
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if len(raw) > max_bytes:
        raise InputError(f"is longer than {max_bytes:,} bytes, which is all that is read here", file=path)
    return decode(raw, path).replace("\r\n", "\n").replace("\r", "\n")


def decode(raw: bytes, path: Path, *, first_line: int = 1) -> str:
    """Decode UTF-8, dropping a byte-order mark; `first_line` is the line number that `raw` starts on.

    Raises:
        InputError: The bytes are not UTF-8; the line is named.
    """
    body = raw.removeprefix(codecs.BOM_UTF8) if first_line == 1 else raw
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        line = first_line + body[: error.start].count(b"\n")
        raise InputError(
            f"byte 0x{body[error.start]:02x} is not UTF-8; save the file as UTF-8", file=path, line=line
        ) from None


def unreadable(path: Path, error: OSError | ValueError | RuntimeError) -> InputError:
    """What to tell the user when the system does not open `path`."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"there is no such file{_hint(path)}", file=path)
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder where a file is expected", file=path)
    return InputError(f"cannot be read ({reason_of(error)})", file=path)


def reason_of(error: Exception) -> str:
    """What the system says about a failed operation on a file, without the path."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _hint(missing: Path) -> str:
    """What may have been meant by the path of a missing file."""
    folder = missing.parent
    try:
        near = difflib.get_close_matches(missing.name, [entry.name for entry in folder.iterdir()], n=1)
    except FileNotFoundError:
        return f"; the folder '{folder}' does not exist either"
    except OSError:  # not a folder, or not ours to look into
        return ""
    return f"; did you mean '{near[0]}'?" if near else ""


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
            raise InputError(f"must hold fields (`name: value`), not {kind_of(self.data)}", file=self.path, line=1)
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            problem, field = explain(error, model, self.data)
            raise self.error(problem, field) from None


def read_yaml(path: Path) -> YamlDocument:
    """Read a YAML file as plain data.

    Raises:
        InputError: The file cannot be read, is empty, is not YAML, repeats a name, is nested too deeply, or unfolds to
            too many values (a "YAML bomb").
    """
    try:
        data, lines = parse_yaml(read_text(path))
    except TextFault as fault:
        raise InputError(fault.problem, file=path, line=fault.line, field=fault.field) from None
    if data is None:
        raise InputError("is empty", file=path)
    return YamlDocument(path, data, lines)


def iterate_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number from 1, value) for each line of a JSONL file that is not blank, one line in memory at a time.

    Raises:
        InputError: The file cannot be read, or a line is too long, not UTF-8 or not JSON.
    """
    for number, value in jsonl_values_or_errors(path):
        if isinstance(value, InputError):
            raise value
        yield number, value


def jsonl_values_or_errors(path: Path) -> Iterator[tuple[int, Any | InputError]]:
    """As `iterate_jsonl`, but a line that cannot be read yields an `InputError` and the next one follows.

    Raises:
        InputError: The file cannot be read.
    """
    for number, raw in _raw_lines(path):
        try:
            text = _line_text(raw, path, number).strip()
            if text:
                yield number, parse_json(text)
        except InputError as error:
            yield number, error
        except TextFault as fault:
            yield number, InputError(fault.problem, file=path, line=number, field=fault.field)


def iterate_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text without its line end) for each line of a text file, one in memory at a time.

    Raises:
        InputError: The file cannot be read, or a line is too long or not UTF-8.
    """
    for number, raw in _raw_lines(path):
        yield number, _line_text(raw, path, number).removesuffix("\n").removesuffix("\r")


def _raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file by number; of one longer than `MAX_LINE_BYTES`, one byte more than that."""
    number = 0
    try:
        with path.open("rb") as file:
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                yield number, raw
                while len(raw) >= MAX_LINE_BYTES and not raw.endswith(b"\n"):
                    raw = file.readline(MAX_LINE_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def _line_text(raw: bytes, path: Path, number: int) -> str:
    if len(raw) > MAX_LINE_BYTES:
        raise InputError(f"is longer than {MAX_LINE_BYTES:,} bytes; one line holds one object", file=path, line=number)
    return decode(raw, path, first_line=number)


def parse_line(model: type[ModelT], data: Any, path: Path, line: int) -> ModelT:
    """One JSONL object as a `model`.

    Raises:
        InputError: A field is unknown, missing, or of the wrong type or range.
    """
    parsed = parsed_or_errors(model, data, path, line)
    if isinstance(parsed, list):
        raise parsed[0]
    return parsed


def parsed_or_errors(model: type[ModelT], data: Any, path: Path, line: int) -> ModelT | list[InputError]:
    """As `parse_line`, but with all that is wrong with the line in place of the first error."""
    if not isinstance(data, dict):
        return [InputError(f"must be an object in curly braces, not {kind_of(data)}", file=path, line=line)]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        return [InputError(f.problem, file=path, line=line, field=f.field) for f in explain_all(error, model, data)]
