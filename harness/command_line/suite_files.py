"""`rejoinder suite`: its commands, and listing and checking suites. Those that make suites are in `suite_making`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from harness.command_line import suite_making
from harness.command_line.suite_making import SuiteName

app = typer.Typer(help="List, check, import, split and export suites.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command("list")
def list_suites(as_json: AsJson = False) -> None:
    """List the built-in suites with their dialogues and targets."""
    from suites.loading import builtin_names, load_suite  # noqa: PLC0415
    from suites.summary import summarise  # noqa: PLC0415

    summaries = [summarise(load_suite(name)) for name in builtin_names()]
    if as_json:
        typer.echo(json.dumps([s.model_dump(mode="json") for s in summaries], ensure_ascii=False, indent=1))
        return
    for summary in summaries:
        typer.echo(f"{summary.name}  version {summary.version}, language {summary.language}")
        for title, half in (("held out", summary.held_out), ("train", summary.train)):
            if half is not None:
                acts = ", ".join(f"{act} {count}" for act, count in half.acts.items())
                typer.echo(f"  {title:<9} {half.dialogues:>4} dialogues  {half.targets:>4} targets: {acts}")


@app.command("check")
def check(suite: SuiteName, as_json: AsJson = False) -> None:
    """Look for mistakes in a suite and for leaks between its halves. Exit code 2 if there is an error."""
    from suites.checking import check_suite  # noqa: PLC0415
    from suites.loading import load_suite  # noqa: PLC0415

    findings = check_suite(load_suite(suite))
    if as_json:
        typer.echo(json.dumps([f.model_dump(mode="json") for f in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(f"{suite}: {len(findings) or 'no'} {'finding' if len(findings) == 1 else 'findings'}")
    raise typer.Exit(2 if any(finding.severity == "error" for finding in findings) else 0)


app.command("import")(suite_making.import_files)
app.command("split")(suite_making.split)
app.command("export")(suite_making.export)
