"""`rejoinder suite import | split | export`: suites made of other people's files, halved, and written for others."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from suites.exchange.importing import Imported
    from suites.splitting import Split

SuiteName = Annotated[str, typer.Argument(help="A built-in name, a header file, or a folder with a suite.yaml.")]
AllowLeak = Annotated[
    bool, typer.Option("--allow-leak", help="Make the suite even if its halves share replies; every report says so.")
]


def import_files(
    format_name: Annotated[
        str,
        typer.Argument(metavar="FORMAT", help="openai, trl, sharegpt, datasets, obsidian, telegram or chatgpt."),
    ],
    file: Annotated[Path, typer.Argument(help="A file or a folder of files: dialogues to test on, or to split.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder of the new suite; nothing may be there yet.")],
    train: Annotated[Path | None, typer.Option(help="Dialogues to train on.")] = None,
    language: Annotated[str, typer.Option(help="Language of the dialogues, a BCP 47 tag.")] = "en",
    target_role: Annotated[
        Literal["assistant", "user"], typer.Option(help="Whose turns candidates have to produce.")
    ] = "assistant",
    persona: Annotated[
        Path | None, typer.Option(help="Card of who speaks in these turns, a YAML file named after the persona.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(help="telegram: whose messages candidates have to produce; the card's name if not given."),
    ] = None,
    redact: Annotated[
        bool | None,
        typer.Option(
            "--redact/--no-redact",
            help="Replace names, phone, e-mail and card numbers by placeholders; on for telegram if not given.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="A further name to replace; may be given several times.")
    ] = None,
    repair_encoding: Annotated[
        bool | None,
        typer.Option(
            "--repair-encoding/--keep-encoding",
            help="What to do with text whose UTF-8 was once read in another code page; such files are refused if not given.",
            show_default=False,
        ),
    ] = None,
    pause: Annotated[
        float | None, typer.Option(min=0, help="Hours of silence after which a new dialogue begins; telegram: 6.")
    ] = None,
    any_order: Annotated[
        bool, typer.Option("--any-order", help="Take undated messages and those out of order as they stand.")
    ] = False,
    user_callout: Annotated[list[str] | None, typer.Option(help="obsidian: a callout of the human's messages.")] = None,
    assistant_callout: Annotated[
        list[str] | None, typer.Option(help="obsidian: a callout of the assistant's messages.")
    ] = None,
    ignored_callout: Annotated[list[str] | None, typer.Option(help="obsidian: a callout to leave out.")] = None,
    allow_leak: AllowLeak = False,
) -> None:
    """Make a suite of dialogues in another format."""
    from suites.exchange.importing import ImportOptions, import_suite  # noqa: PLC0415
    from suites.exchange.reading import ReadingOptions  # noqa: PLC0415

    usual = ReadingOptions()
    reading = ReadingOptions(
        target_role=target_role,
        person=person,
        pause=None if pause is None else timedelta(hours=pause),
        any_order=any_order,
        user_callouts=(*usual.user_callouts, *(user_callout or ())),
        assistant_callouts=(*usual.assistant_callouts, *(assistant_callout or ())),
        ignored_callouts=tuple(ignored_callout or ()),
    )
    options = ImportOptions(
        language=language,
        reading=reading,
        card=persona,
        redact=redact,
        names=tuple(name or ()),
        repair_encoding=repair_encoding,
        allow_leak=allow_leak,
    )
    for line in _import_text(import_suite(format_name, file, folder, train=train, options=options)):
        typer.echo(line)


def _count(number: int, what: str) -> str:
    """A number of things, in English."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else plural}"


_KINDS = {"NAME": "names", "PHONE": "phone numbers", "EMAIL": "e-mail addresses", "CARD": "card numbers"}


def _import_text(imported: Imported) -> Iterator[str]:
    halves = ", ".join(f"{half}.jsonl with {_count(count, 'dialogue')}" for half, count in imported.dialogues.items())
    yield f"wrote {imported.suite.path}: {halves}"
    if not imported.targets:
        role = imported.suite.header.target_role
        yield f"warning: no turn of the role '{role}' answers another, so nothing can be tested; is --target-role right?"
    if imported.repaired is not None:
        yield (
            f"repaired {imported.repaired.places:,} places where UTF-8 was once read as {imported.repaired.title}: "
            f"'{imported.repaired.before}' is '{imported.repaired.after}' again"
        )
    if imported.redacted is None:
        yield "nothing was redacted; --redact replaces names, phone, e-mail and card numbers by placeholders"
    else:
        kinds = ", ".join(f"{title} {imported.redacted.get(kind, 0):,}" for kind, title in _KINDS.items())
        yield f"redacted (--no-redact keeps them): {kinds}; names are found by lists, so look through the file"
    if imported.suite.header.allow_leak:
        yield "the halves share replies; the suite is marked for it, and every report will say so"


def split(
    suite: SuiteName,
    folder: Annotated[Path, typer.Option("--out", help="Folder of the new suite; nothing may be there yet.")],
    held_out: Annotated[float, typer.Option(help="Share of each person's dialogues to hold out.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of the draw, where dialogues are not dated.")] = 0,
    allow_leak: AllowLeak = False,
) -> None:
    """Split a suite into a training and a held-out half: by dialogue, the latest held out, without leaks."""
    from suites.loading import load_suite  # noqa: PLC0415
    from suites.splitting import split_suite  # noqa: PLC0415

    for line in _split_text(
        split_suite(load_suite(suite), folder, held_out=held_out, seed=seed, allow_leak=allow_leak)
    ):
        typer.echo(line)


def _split_text(done: Split) -> Iterator[str]:
    from suites.sufficiency import ENOUGH, shortage_of  # noqa: PLC0415

    yield f"wrote {done.suite.path}"
    for person, share in done.shares.items():
        yield (
            f"{person or 'all'}: train {_count(share.train_dialogues, 'dialogue')}, {_count(share.train_replies, 'reply')}; "
            f"held out {_count(share.held_out_dialogues, 'dialogue')}, {_count(share.held_out_replies, 'reply')}"
            f"{_way(done.by_time.get(person))}"
        )
    if done.kept_together:
        yield f"kept together, as they share replies: {_count(done.kept_together, 'dialogue')}"
    if done.sharing_runs:
        dialogues = _count(done.sharing_runs, "held-out dialogue")
        yield f"share eight words in a row with the training half: {dialogues}; `rejoinder suite check` lists them"
    if done.leaks:
        yield f"{_count(done.leaks, 'leak')} allowed; the suite is marked, and every report will say so"
    else:
        yield "no dialogue or reply stands in both halves"
    for person, share in done.shares.items():
        if 0 < share.held_out_replies < ENOUGH:
            yield f"warning: the held-out half {shortage_of(share.held_out_replies, person or 'all')}"


def _way(by_time: bool | None) -> str:
    """How somebody's held-out dialogues were chosen; nothing where nobody replies."""
    if by_time is None:
        return ""
    return " (the latest)" if by_time else " (drawn, as not all are dated)"


def export(
    suite: SuiteName,
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            help="openai, trl, trl-prompt-completion, sharegpt, datasets (by the file's suffix), obsidian or chatgpt.",
        ),
    ] = "trl",
    half: Annotated[Literal["train", "held_out"], typer.Option(help="Which half.")] = "train",
    out: Annotated[Path | None, typer.Option(help="File or folder to write; standard output if not given.")] = None,
) -> None:
    """Write one half of a suite in another format, for example the training half for TRL."""
    from suites.exchange.exporting import export_file, export_lines  # noqa: PLC0415
    from suites.loading import load_suite  # noqa: PLC0415

    loaded = load_suite(suite)
    if out is None:
        export_lines(loaded, half, format_name, sys.stdout)
        return
    count = export_file(loaded, half, format_name, out)
    typer.echo(f"wrote {_count(count, 'line' if format_name == 'trl-prompt-completion' else 'dialogue')} to {out}")
