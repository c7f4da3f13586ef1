"""`rejoinder baseline` and `rejoinder history`: which run of a suite later ones are held against, and how it went over time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Name the blessed run of a suite, which gates may compare with.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Option(help="The file that names blessed runs, to be committed; baselines.json if not given.")
]


@app.command("set")
def set_baseline(run: Annotated[Path, typer.Argument(help="Folder of a finished run.")], file: File = None) -> None:
    """Name a run as the blessed one of its suite."""
    from reports.blessed import BASELINES_FILE, bless  # noqa: PLC0415

    blessed = bless(run, file or BASELINES_FILE)
    typer.echo(f"{file or BASELINES_FILE}: {blessed.run} is blessed")


@app.command("show")
def show(
    file: File = None, as_json: Annotated[bool, typer.Option("--json", help="Print the file as JSON.")] = False
) -> None:
    """Print the blessed run of each suite."""
    from reports.blessed import BASELINES_FILE, read_blessed  # noqa: PLC0415

    blessed = read_blessed(file or BASELINES_FILE)
    if as_json:
        typer.echo(json.dumps(blessed.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    for suite, run in blessed.suites.items():
        typer.echo(f"{suite}  {run.path}  {run.started}")


def history(
    suite: Annotated[
        str | None, typer.Argument(help="Name of the suite; needed where runs of several are found.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where the run folders lie.")] = Path("runs"),
    measure: Annotated[list[str] | None, typer.Option(help="Follow only this measure; may be repeated.")] = None,
    candidate: Annotated[list[str] | None, typer.Option(help="Follow only this candidate; may be repeated.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Take only so many of the newest runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the history as JSON.")] = False,
) -> None:
    """List the runs of a suite over time, with a sparkline for every measure."""
    from rich.console import Console  # noqa: PLC0415

    from reports.history import read_history  # noqa: PLC0415
    from reports.pages.history_text import history_as_json, print_history  # noqa: PLC0415

    found = read_history(runs, suite, measures=measure or (), candidates=candidate or (), last=last)
    if as_json:
        typer.echo(history_as_json(found))
        return
    print_history(found, Console())
