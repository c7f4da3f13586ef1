"""`rejoinder suite`: listing, checking, importing and exporting suites."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="List, check, import and export suites.", no_args_is_help=True)

SuiteName = Annotated[str, typer.Argument(help="A built-in name, a header file, or a folder with a suite.yaml.")]
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


@app.command("import")
def import_files(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="Format of the file: openai or trl.")],
    file: Annotated[Path, typer.Argument(help="Dialogues to test on.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder of the new suite; nothing may be there yet.")],
    train: Annotated[Path | None, typer.Option(help="Dialogues to train on.")] = None,
    language: Annotated[str, typer.Option(help="Language of the dialogues, a BCP 47 tag.")] = "en",
) -> None:
    """Make a suite of dialogues in another format."""
    from suites.exchange.formats import import_suite  # noqa: PLC0415

    suite = import_suite(format_name, file, folder, train=train, language=language)
    typer.echo(f"wrote {suite.path}")


@app.command("export")
def export(
    suite: SuiteName,
    format_name: Annotated[str, typer.Option("--format", help="Format to write: openai or trl.")] = "trl",
    half: Annotated[Literal["train", "held_out"], typer.Option(help="Which half.")] = "train",
    out: Annotated[Path | None, typer.Option(help="File to write; standard output if not given.")] = None,
) -> None:
    """Write one half of a suite in another format, for example the training half for TRL."""
    from harness.run_folder import writing  # noqa: PLC0415
    from suites.exchange.formats import export_dialogues  # noqa: PLC0415
    from suites.loading import load_suite  # noqa: PLC0415

    loaded = load_suite(suite)
    if out is None:
        export_dialogues(loaded, half, format_name, sys.stdout)
        return
    with writing(out), out.open("x", encoding="utf-8", newline="\n") as stream:
        count = export_dialogues(loaded, half, format_name, stream)
    typer.echo(f"wrote {count} dialogues to {out}")
