"""`rejoinder blind`: people, and judges, say which of two replies is the person's."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from harness.command_line.judge_options import Adapter, BaseUrl, EngineKind, JudgeModel, JudgeOfSpec, JudgeOptions

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
Candidates = Annotated[
    list[str] | None,
    typer.Option("--candidate", help="Whose replies to show; again for more; all but the controls if not given."),
]
Against = Annotated[
    str | None, typer.Option(help="Show this candidate's replies in place of the person's own.", metavar="CANDIDATE")
]
Persons = Annotated[
    list[str] | None,
    typer.Option("--person", help="In whose contexts; again for more; of all who are imitated if not given."),
]


class _ServedByDefault(TyperGroup):
    """`rejoinder blind RUN` is `rejoinder blind serve RUN`."""

    # Which click a context comes from depends on typer's version.

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["serve", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ServedByDefault,
    no_args_is_help=True,
    help="Blind test: which of two replies is the person's? `rejoinder blind RUN` serves it to raters.",
)


@app.command("serve")
def serve(
    run: Run,
    candidate: Candidates = None,
    against: Against = None,
    person: Persons = None,
    questions: Annotated[int, typer.Option(min=1, help="Questions a rater, at most.")] = 40,
    per_dialogue: Annotated[int, typer.Option(min=1, help="Questions a rater gets about one dialogue.")] = 1,
    about: Annotated[
        Path | None, typer.Option(help="A text file on the person, shown to the raters in place of the card.")
    ] = None,
    language: Annotated[Literal["en", "ru"] | None, typer.Option(help="Of the page; the suite's if not given.")] = None,
    host: Annotated[
        str, typer.Option(help="Address to serve on; others than this machine's must be asked for.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8421,
) -> None:
    """Serve the test to raters until it is stopped with Ctrl+C. Every answer is on the disk when the page says so."""
    from harness.blind_test.contests import Wanted  # noqa: PLC0415
    from harness.blind_test.plan import Extent  # noqa: PLC0415
    from harness.blind_test.serving import BlindTest, serving  # noqa: PLC0415

    wanted = Wanted(candidate or (), against, person or ())
    test = BlindTest(run, Extent(questions, per_dialogue), wanted, language, about, host, port)
    with serving(test) as test_served:
        material = test_served.material
        typer.echo(f"{material.run}: {len(material.pairs)} pairs of replies; left out: {material.told_left_out}")
        if not _is_loopback(host):
            typer.echo("Whoever has the link can read these dialogues, and the connection is not encrypted.", err=True)
        typer.echo(f"Raters open  {test_served.server.link}")
        typer.echo("Ctrl+C stops it; raters go on later with the same link.")
        try:
            test_served.server.serve_forever()
        except KeyboardInterrupt:
            typer.echo(f"\n{test_served.sittings.answers} answers so far; see them with `rejoinder blind report {run}`")


@app.command("report")
def report(
    run: Run,
    language: Annotated[Literal["en", "ru"], typer.Option(help="Of the report.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Say how often the person was found, against chance: together, by rater, by candidate, and by judges."""
    from harness.blind_test.sheets import read_results  # noqa: PLC0415
    from reports.pages.blind_text import blind_lines  # noqa: PLC0415

    results = read_results(run)
    if as_json:
        typer.echo(results.model_dump_json(indent=1))
        return
    for line in blind_lines(results, language):
        typer.echo(line)


@app.command("judge")
def judge(
    run: Run,
    model: JudgeModel = None,
    engine: EngineKind = None,
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    spec: JudgeOfSpec = None,
    rubric: Annotated[
        str | None,
        typer.Option(help="A built-in name or a rubric file that compares pairs; which_is_the_person if not given."),
    ] = None,
    candidate: Candidates = None,
    against: Against = None,
    person: Persons = None,
    questions: Annotated[int, typer.Option(min=1, help="Pairs at most: first those that raters have answered.")] = 200,
) -> None:
    """Have a judge model take the same test, each pair in both orders."""
    from harness.blind_test.contests import Wanted  # noqa: PLC0415
    from harness.blind_test.judge_of_run import WHICH_IS_THE_PERSON  # noqa: PLC0415
    from harness.blind_test.judging import JudgeTest, take_test  # noqa: PLC0415

    asked_of, asked = JudgeOptions(model, engine, adapter, base_url, spec).asked(rubric or WHICH_IS_THE_PERSON)
    test = JudgeTest(run, Wanted(candidate or (), against, person or ()), asked, questions)
    with asked_of.naming_fields():
        name = take_test(test, asked_of.engine)
    typer.echo(f"{name} has taken the test; see `rejoinder blind report {run}`")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
