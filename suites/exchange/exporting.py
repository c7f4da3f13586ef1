"""Writing one half of a suite in another format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from suites.exchange.chat_messages import write_lines
from suites.exchange.formats import FILE_FORMATS, LINE_FORMATS
from suites.loading import Half, Suite
from suites.userfile import InputError, reason_of, unknown_name


def check_format(format_name: str) -> None:
    """See that something can be written in this format.

    Raises:
        InputError: There is no such format.
    """
    known = [*LINE_FORMATS, *FILE_FORMATS]
    if format_name not in known:
        raise InputError(unknown_name(format_name, known, "format"), field="format")


def export_lines(suite: Suite, half: Half, format_name: str, stream: TextIO) -> int:
    """Write one half of a suite, one JSON object a line, and return how many.

    Every line opens with the system prompt; the roles are as a model sees them, swapped if the suite says so.

    Raises:
        InputError: The format is not one of lines, or a line of the suite cannot be read.
    """
    check_format(format_name)
    if format_name not in LINE_FORMATS:
        raise InputError(f"'{format_name}' is not written in lines; name a file or folder with --out", field="format")
    count = 0
    for dialogue in suite.dialogues(half):
        for line in LINE_FORMATS[format_name](dialogue, suite.header):
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def export_file(suite: Suite, half: Half, format_name: str, out: Path) -> int:
    """Write one half of a suite into a new file, or a folder of notes, and return how many lines, rows or dialogues.

    Raises:
        InputError: There is no such format, the file is there already or cannot be written, or a line of the suite cannot
            be read.
    """
    check_format(format_name)
    try:
        if out.exists():
            raise InputError("is there already and is not overwritten; name a file that is not", file=out)
        out.parent.mkdir(parents=True, exist_ok=True)
        if format_name in FILE_FORMATS:
            return FILE_FORMATS[format_name](suite.dialogues(half), suite.header, out)
        lines = LINE_FORMATS[format_name]
        return write_lines((line for d in suite.dialogues(half) for line in lines(d, suite.header)), out)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be written ({reason_of(error)})", file=out) from error
