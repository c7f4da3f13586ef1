"""Importing and exporting by the name of a format. The formats themselves have a module each."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import yaml
from pydantic import ValidationError

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange import openai_chat, trl
from suites.loading import Half, Suite, load_suite
from suites.userfile import InputError, explain, reason_of, unknown_name

READERS: Mapping[str, Callable[[Path], Iterator[tuple[int, Dialogue]]]] = {
    "openai": openai_chat.read,
    "trl": trl.read,
}
"""What reads a file of each format: dialogues with their line numbers."""

WRITERS: Mapping[str, Callable[[Dialogue, SuiteHeader], dict[str, Any]]] = {
    "openai": openai_chat.line_of,
    "trl": trl.line_of,
}
"""What makes a JSON object of a dialogue for each format."""


def import_dialogues(format_name: str, file: Path) -> Iterator[Dialogue]:
    """The dialogues of a file in another format, one in memory at a time.

    Raises:
        InputError: There is no such format, a line cannot be read, or an id stands twice.
    """
    if format_name not in READERS:
        raise InputError(unknown_name(format_name, list(READERS), "format"), field="format")
    first_line_of: dict[str, int] = {}
    for line, dialogue in READERS[format_name](file):
        first_line = first_line_of.setdefault(dialogue.id, line)
        if first_line != line:
            raise InputError(
                f"'{dialogue.id}' stands in line {first_line} already; give every line an id of its own, or none",
                file=file,
                line=line,
                field="id",
            )
        yield dialogue


def import_suite(
    format_name: str, held_out: Path, folder: Path, *, train: Path | None = None, language: str = "en"
) -> Suite:
    """Make a suite of a file in another format, or of two.

    Args:
        format_name: One of `READERS`.
        held_out: Dialogues to test on.
        folder: Where the suite is to be, and what it is called; nothing may be there yet.
        train: Dialogues to train on.
        language: BCP 47 tag of the dialogues' language.

    Raises:
        InputError: A file cannot be read, the folder is there already or cannot be written, or the language is none.
            Nothing is left behind then.
    """
    sources = {"held_out": held_out, **({"train": train} if train else {})}
    fields = {
        "schema": 1,
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", folder.name),
        "language": language,
        **{half: f"{half}.jsonl" for half in sources},
    }
    try:
        SuiteHeader.model_validate(fields)
    except ValidationError as error:
        problem, field = explain(error, SuiteHeader, fields)
        raise InputError(problem, field=field) from None
    with _new_folder(folder) as draft:
        (draft / "suite.yaml").write_text(yaml.safe_dump(fields, sort_keys=False), encoding="utf-8")
        for half, source in sources.items():
            _write_dialogues(import_dialogues(format_name, source), draft / f"{half}.jsonl", source)
    return load_suite(folder)


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the name `folder` once all is written, and is gone if anything fails."""
    try:
        if folder.exists():
            raise InputError("is there already and is not overwritten; name a folder that is not", file=folder)
        draft = folder.parent / f".{folder.name}.{secrets.token_hex(4)}"
        draft.mkdir(parents=True)
        try:
            yield draft
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be written ({reason_of(error)})", file=folder) from error


def _write_dialogues(dialogues: Iterable[Dialogue], file: Path, source: Path) -> None:
    count = 0
    with file.open("x", encoding="utf-8", newline="\n") as stream:
        for dialogue in dialogues:
            stream.write(dialogue.model_dump_json(exclude_defaults=True) + "\n")
            count += 1
    if not count:
        raise InputError("holds no dialogue", file=source)


def export_dialogues(suite: Suite, half: Half, format_name: str, stream: TextIO) -> int:
    """Write one half of a suite in another format, one JSON object a line, and return how many.

    Every line opens with the system prompt; the roles are as a model sees them, swapped if the suite says so.

    Raises:
        InputError: There is no such format, or a line of the suite cannot be read.
    """
    if format_name not in WRITERS:
        raise InputError(unknown_name(format_name, list(WRITERS), "format"), field="format")
    count = 0
    for dialogue in suite.dialogues(half):
        line = WRITERS[format_name](dialogue, suite.header)
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count
