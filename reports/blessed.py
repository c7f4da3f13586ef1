"""Blessed runs: for each suite the run that later ones are held against, named in a small JSON file that a team commits.

Reading the run itself is the business of `reports.tables`.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from reports.errors import ReportError, unknown_name
from reports.records import Manifest, Record
from reports.tables import read_tables

BASELINES_FILE: Final = Path("baselines.json")
"""Where blessed runs are named if no other file is."""

BLESSED: Final = "blessed"
"""Stands for the blessed run where a gate's rule says whom it is `against`."""


class BlessedRun(Record):
    """One run, and by what it is known again."""

    path: str
    """Of its folder, from the folder of the file that names it; with `/` on every system."""
    run: str
    started: str
    signature: str
    """The manifest's, so that another run in the same folder is noticed."""


class BlessedRuns(Record):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    suites: dict[str, BlessedRun] = {}
    """By the suite's name."""


def bless(run_folder: Path, file: Path = BASELINES_FILE) -> BlessedRun:
    """Name a run as the one of its suite; what the file says of other suites stays.

    Raises:
        ReportError: The run cannot be read or is incomplete, or the file cannot be read or written.
    """
    manifest = read_tables(run_folder).manifest
    if manifest.status != "complete":
        raise ReportError("is incomplete and cannot be blessed; finish the run first", file=run_folder)
    path = _path_from(file.parent, run_folder)
    blessed = BlessedRun(path=path, run=manifest.run, started=manifest.started, signature=manifest.signature)
    named = read_blessed(file).suites if file.exists() else {}
    suites = dict(sorted({**named, manifest.suite.name: blessed}.items()))
    text = BlessedRuns(suites=suites).model_dump_json(indent=2, by_alias=True)
    try:
        file.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportError(f"cannot be written ({error.strerror}); name another file", file=file) from error
    return blessed


def read_blessed(file: Path = BASELINES_FILE) -> BlessedRuns:
    """All blessed runs that a file names.

    Raises:
        ReportError: The file is missing or torn.
    """
    try:
        return BlessedRuns.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise ReportError("is missing; name a blessed run with `rejoinder baseline set RUN`", file=file) from None
    except OSError as error:
        raise ReportError(f"cannot be read ({error.strerror}); check its permissions", file=file) from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ReportError(
            f"is no file of blessed runs ({f'{place}: ' if place else ''}{fault['msg']}); write it anew with "
            "`rejoinder baseline set RUN`",
            file=file,
        ) from None


def blessed_run(suite: str, file: Path = BASELINES_FILE) -> Path:
    """The folder of a suite's blessed run.

    Raises:
        ReportError: No run of the suite is blessed, its folder is not here, or another run lies there.
    """
    named = read_blessed(file).suites
    if suite not in named:
        problem = f"names no blessed run of the suite: {unknown_name(suite, list(named), 'suite')}"
        raise ReportError(f"{problem}; name one with `rejoinder baseline set RUN`", file=file)
    blessed = named[suite]
    folder = file.parent / PurePosixPath(blessed.path)
    if not folder.is_dir():
        raise ReportError(
            f"says that the blessed run of {suite} lies in {folder}, where there is none; bring it there or bless another",
            file=file,
        )
    manifest = read_tables(folder).manifest
    if not _is_same(manifest, blessed):
        raise ReportError(
            f"says that {folder} holds {blessed.run} of {blessed.started}, but it holds {manifest.run} of {manifest.started}; "
            "bring the blessed run back or bless this one with `rejoinder baseline set RUN`",
            file=file,
        )
    return folder


def names_blessed_runs(path: Path) -> bool:
    """Whether a path of a rule is that of a file which names blessed runs, and not of a run folder."""
    return path.suffix == BASELINES_FILE.suffix


def _is_same(manifest: Manifest, blessed: BlessedRun) -> bool:
    found = manifest.run, manifest.started, manifest.signature
    return found == (blessed.run, blessed.started, blessed.signature)


def _path_from(folder: Path, run_folder: Path) -> str:
    """The way from one folder to another, so that the file holds wherever both are checked out."""
    try:
        return PurePath(os.path.relpath(run_folder.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return run_folder.resolve().as_posix()
