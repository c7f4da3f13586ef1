"""The `rejoinder` command: its groups, and turning every failure into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from harness.command_line import (
    baselines,
    blind_testing,
    gating,
    judging,
    publishing,
    reporting,
    running,
    setup,
    suite_files,
    viewing,
)

HELP = """Replay held-out dialogues through chat models, score and judge the replies, compare, and gate releases.

Exit codes: 0 fine or gate passed; 1 gate failed; 2 the input is wrong; 3 the run is incomplete and can be resumed;
4 gate inconclusive."""

WRONG_INPUT = 2
INCOMPLETE = 3
INTERNAL_ERROR = 70

app = typer.Typer(
    name="rejoinder", help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)
app.command("run")(running.run)
app.command("report")(reporting.report)
app.command("compare")(reporting.compare)
app.command("view")(viewing.view)
app.command("gate")(gating.gate)
app.add_typer(baselines.app, name="baseline")
app.command("history")(baselines.history)
app.add_typer(publishing.app, name="publish")
app.add_typer(suite_files.app, name="suite")
app.add_typer(judging.app, name="judge")
app.add_typer(blind_testing.app, name="blind")
app.command("doctor")(setup.doctor)
app.command("init")(setup.init)
app.command("schema")(setup.schema)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"rejoinder {version('rejoinder')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command and leave with its exit code; no failure shows a traceback unless REJOINDER_DEBUG is set."""
    try:
        app()
    except Exception as failure:
        if os.environ.get("REJOINDER_DEBUG"):
            raise
        sys.exit(_report(failure))


def _report(failure: Exception) -> int:
    """Print one sentence about a failure and give its exit code.

    What is no error of the user's input may quote what a server or a suite said, so it is made fit for a terminal here.
    """
    from harness.evaluation import RunIncomplete  # noqa: PLC0415
    from reports.errors import ReportError  # noqa: PLC0415
    from reports.pages.text import one_line  # noqa: PLC0415
    from suites.userfile import InputError  # noqa: PLC0415

    match failure:
        case InputError() | ReportError():
            typer.echo(f"error: {failure}", err=True)
            return WRONG_INPUT
        case RunIncomplete():
            typer.echo(f"incomplete: {one_line(str(failure))}", err=True)
            return INCOMPLETE
        case _:
            typer.echo(
                f"internal error: {type(failure).__name__}: {one_line(str(failure))} (a fault of Rejoinder; set "
                "REJOINDER_DEBUG=1 for its traceback)",
                err=True,
            )
            return INTERNAL_ERROR
