"""Writing a new suite: its folder appears when all is written, or not at all."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from suites.dialogue import Dialogue, SuiteHeader
from suites.userfile import InputError, explain, reason_of


def header_of(fields: dict[str, Any]) -> SuiteHeader:
    """A header from its fields.

    Raises:
        InputError: One of them is wrong.
    """
    try:
        return SuiteHeader.model_validate(fields)
    except ValidationError as error:
        problem, field = explain(error, SuiteHeader, fields)
        raise InputError(problem, field=field) from None


def name_of_folder(folder: Path) -> str:
    """The name of a suite that lies in `folder`."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", folder.absolute().name) or "suite"


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the name `folder` once all is written, and is gone if anything fails.

    Raises:
        InputError: There is such a folder already, or it cannot be written.
    """
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


def write_header(header: SuiteHeader, folder: Path) -> None:
    """Write the `suite.yaml` of a suite, without what is as it is by default."""
    fields = {"schema": 1, **header.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=120)
    (folder / "suite.yaml").write_text(text, encoding="utf-8")


def write_dialogues(dialogues: Iterable[Dialogue], file: Path) -> int:
    """Write one half of a suite into a new file, and return how many dialogues."""
    count = 0
    with file.open("x", encoding="utf-8", newline="\n") as stream:
        for dialogue in dialogues:
            stream.write(dialogue.model_dump_json(exclude_defaults=True) + "\n")
            count += 1
    return count
