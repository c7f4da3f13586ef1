"""Data sets of Hugging Face's `datasets` on disk: JSONL, Parquet, CSV and Arrow files, one dialogue a row.

The columns are those of TRL (`messages`, or `prompt` and `completion`) or of ShareGPT (`conversations`). The files are
read as they are, without the library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange import openai_chat, sharegpt, trl
from suites.exchange.chat_messages import write_lines
from suites.exchange.reading import Found, ReadingOptions, files_below, name_below
from suites.faults import TextFault
from suites.strict_json import parse_json
from suites.userfile import InputError, iterate_jsonl, parse_line, unreadable

_SUFFIXES = {".jsonl", ".parquet", ".csv", ".arrow"}
_BATCH = 1024
_MAY_BE_JSON = ("messages", "prompt", "completion", "conversations", "tools")


def read(path: Path, options: ReadingOptions) -> Iterator[Found]:
    """The dialogues of a file, or of all files of a folder such as `save_to_disk` writes.

    Raises:
        InputError: A file cannot be read, or a row does not fit a known format.
    """
    for file in files_below(path, _SUFFIXES):
        for number, row in _rows(file):
            name = f"{name_below(path, file)}-{number:05d}"
            yield Found(file, number, _dialogue(row, name, file, number, options))


def _dialogue(row: dict[str, Any], name: str, file: Path, number: int, options: ReadingOptions) -> Dialogue:
    if "conversations" in row:
        conversation = parse_line(sharegpt.ShareGptLine, row, file, number)
        return sharegpt.dialogue_of(conversation, conversation.id or name, options)
    line = parse_line(trl.TrlLine, row, file, number)
    return trl.dialogue_of(line, line.id or name, options)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file, numbered from 1 (a JSONL file's by its lines), without the columns that are empty in them."""
    if file.suffix.lower() == ".jsonl":
        yield from iterate_jsonl(file)
        return
    import pyarrow as pa  # noqa: PLC0415

    number = 0
    try:
        for batch in _batches(file):
            for row in batch.to_pylist():
                number += 1
                yield number, _without_gaps(row, file, number)
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(file, error) from error
        reason = str(error).partition("\n")[0]
        raise InputError(f"cannot be read as {file.suffix[1:].lower()} ({reason})", file=file) from None


def _batches(file: Path) -> Iterable[Any]:
    """A table's batches of rows, one in memory at a time."""
    match file.suffix.lower():
        case ".parquet":
            from pyarrow.parquet import ParquetFile  # noqa: PLC0415

            with ParquetFile(file) as table:
                yield from table.iter_batches(batch_size=_BATCH)
        case ".csv":
            from pyarrow import csv  # noqa: PLC0415

            with csv.open_csv(file, parse_options=csv.ParseOptions(newlines_in_values=True)) as table:
                yield from table
        case _:
            import pyarrow as pa  # noqa: PLC0415

            with pa.memory_map(str(file)) as source, pa.ipc.open_stream(source) as table:
                yield from table


def _without_gaps(row: dict[str, Any], file: Path, number: int) -> dict[str, Any]:
    """The columns that hold something. Messages and tools may be JSON text, as they are in CSV files."""
    filled = {name: value for name, value in row.items() if value not in (None, "")}
    for name in _MAY_BE_JSON:
        value = filled.get(name)
        if isinstance(value, str) and value.lstrip().startswith(("[{", "[ {")):
            try:
                filled[name] = parse_json(value)
            except TextFault as fault:
                raise InputError(fault.problem, file=file, line=number, field=name) from None
    if isinstance(filled.get("id"), int):
        filled["id"] = str(filled["id"])
    return filled


def write(dialogues: Iterable[Dialogue], header: SuiteHeader, file: Path) -> int:
    """Write dialogues as rows with a column `messages` (and `tools`), in the format that the file's suffix names.

    Raises:
        InputError: The suffix is none of `.jsonl`, `.parquet` and `.csv`.
    """
    suffix = file.suffix.lower()
    if suffix not in (".jsonl", ".parquet", ".csv"):
        problem = f"ends in '{suffix}'; a data set is written as .jsonl, .parquet or .csv"
        raise InputError(problem, file=file, field="--out")
    if suffix == ".jsonl":
        return write_lines((trl.line_of(dialogue, header) for dialogue in dialogues), file)
    lines = [openai_chat.line_of(dialogue, header) for dialogue in dialogues]
    _write_table(lines, file, suffix)
    return len(lines)


def _write_table(lines: Sequence[dict[str, Any]], file: Path, suffix: str) -> None:
    """Columns have one type each, so arguments of calls and definitions of tools, which have many, are JSON text."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import csv, parquet  # noqa: PLC0415

    columns = {"messages": [line["messages"] for line in lines]}
    if any("tools" in line for line in lines):
        columns["tools"] = [_text(line["tools"]) if "tools" in line else None for line in lines]
    if suffix == ".csv":
        csv.write_csv(pa.table(columns | {"messages": [_text(line["messages"]) for line in lines]}), file)
    else:
        parquet.write_table(pa.table(columns), file)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
