"""`rejoinder doctor`, `rejoinder init` and `rejoinder schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Say what is installed, what works with it, and how to get what is missing."""
    from harness.doctor import diagnoses  # noqa: PLC0415

    found = list(diagnoses())
    if as_json:
        typer.echo(json.dumps([diagnosis._asdict() for diagnosis in found], ensure_ascii=False, indent=1))
        return
    width = max(len(diagnosis.what) for diagnosis in found)
    for diagnosis in found:
        typer.echo(f"{diagnosis.state:<8} {diagnosis.what:<{width}}  {diagnosis.detail}")


def init(
    what: Annotated[Literal["spec", "rubric", "suite"], typer.Argument(help="Which file to begin.")] = "spec",
    path: Annotated[Path | None, typer.Argument(help="File (or, for a suite, folder) to write.")] = None,
) -> None:
    """Write a commented file to begin with: a spec, a rubric or a suite. Overwrites nothing."""
    from harness.starters import write_starter  # noqa: PLC0415

    for written in write_starter(what, path):
        typer.echo(f"wrote {written}")


def schema(
    kind: Annotated[
        Literal["spec", "suite", "dialogue", "rubric", "labels"],
        typer.Argument(help="Kind of file; `dialogue` and `labels` are one line of theirs."),
    ],
) -> None:
    """Print the JSON Schema of a kind of file, so that an editor can complete and check it."""
    from harness.json_schemas import json_schema_of_kind  # noqa: PLC0415

    typer.echo(json.dumps(json_schema_of_kind(kind), ensure_ascii=False, indent=1))
