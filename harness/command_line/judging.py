"""`rejoinder judge`: rubrics and what judges make of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from harness.command_line.calibrating import calibrate, correct, drift
from harness.command_line.confusion_text import confusion_lines
from harness.command_line.judge_options import (
    Adapter,
    BaseUrl,
    EngineKind,
    JudgeModel,
    JudgeOfSpec,
    JudgeOptions,
    RubricName,
)
from harness.command_line.jury_fitting import fit_jury
from harness.command_line.probing import probe
from harness.command_line.review_labelling import labels

if TYPE_CHECKING:
    from harness.judging.rubric_trial import RubricTrial
    from judges.rubrics.rubric_test import Distances
    from reports.drawn_answers import DrawnAnswers

app = typer.Typer(help="List rubrics and try them on a judge model.", no_args_is_help=True)
app.command("calibrate")(calibrate)
app.command("drift")(drift)
app.command("correct")(correct)
app.command("labels")(labels)
app.command("probe")(probe)
app.command("fit-jury")(fit_jury)


@app.command("list")
def list_rubrics(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the built-in rubrics and the installed judges."""
    from judges.loading import builtin_rubric_names, load_rubric, plugin_judge_names  # noqa: PLC0415

    rows = []
    for name in builtin_rubric_names():
        rubric = load_rubric(name)
        rows.append(
            {
                "name": name,
                "version": rubric.version,
                "scale": rubric.scale.kind,
                "languages": list(rubric.languages),
                "description": rubric.description,
            }
        )
    plugins = plugin_judge_names()
    if as_json:
        typer.echo(json.dumps({"rubrics": rows, "installed": plugins}, ensure_ascii=False, indent=1))
        return
    for row in rows:
        typer.echo(
            f"{row['name']:<20} v{row['version']:<3} {row['scale']:<9} {', '.join(row['languages']):<8} {row['description']}"
        )
    for name in plugins:
        typer.echo(f"{name:<20} installed judge")


@app.command("test")
def test_rubric(
    rubric: RubricName,
    model: JudgeModel = None,
    engine: EngineKind = None,
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    spec: JudgeOfSpec = None,
    language: Annotated[str | None, typer.Option(help="Only the tests in this language.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Run the tests that a rubric brings with it: right verdicts against given ones."""
    from harness.judging.rubric_trial import try_rubric  # noqa: PLC0415

    judge, asked = JudgeOptions(model, engine, adapter, base_url, spec).asked(rubric)
    with judge.naming_fields():
        trial = try_rubric(asked, judge.engine, language)
    if as_json:
        typer.echo(json.dumps(_as_data(trial), ensure_ascii=False, indent=1))
        return
    typer.echo(f"{trial.rubric.name} judged by {trial.judge}")
    if trial.distances is None:
        _print_confusion(trial)
    else:
        _print_distances(trial, trial.distances)
    if trial.drawn is not None:
        _print_drawn(trial.drawn)


def _as_data(trial: RubricTrial) -> dict[str, object]:
    tests = [
        {
            "case": t.case.id,
            "reply": t.reply,
            **({} if t.other is None else {"other": t.other}),
            "expected": t.expected,
            "verdict": t.verdict.model_dump(mode="json"),
        }
        for t in trial.tested
    ]
    found = {"accuracy": trial.accuracy} if trial.distances is None else {"distances": asdict(trial.distances)}
    return {"rubric": trial.rubric.name, "judge": trial.judge, **found, "tests": tests}


def _print_confusion(trial: RubricTrial) -> None:
    """The confusion matrix: a row for each right label, a column for each label given."""
    rights = sorted({right for right, _ in trial.pairs})
    givens = sorted({given for _, given in trial.pairs} | set(rights))
    for line in confusion_lines(trial.pairs, rights, givens, "right \\ given"):
        typer.echo(line)
    typer.echo(f"{trial.accuracy:.0%} of {trial.pairs.total()} verdicts are right")


def _print_drawn(found: DrawnAnswers) -> None:
    """How far the answers that were drawn agree, and how many could not be read."""
    if found.agreement is not None:
        typer.echo(f"{found.agreement:.0%} of the answers drawn for a verdict agree with it, on average")
    typer.echo(f"{found.unread} of {found.drawn} drawn answers could not be read")


def _print_distances(trial: RubricTrial, found: Distances) -> None:
    """The right and the given score of each test, and how far they are apart."""
    typer.echo(f"{'right':<12}{'given':<12}test")
    for tested in trial.tested:
        given = tested.verdict.status if tested.score is None else f"{tested.score:g}"
        typer.echo(f"{tested.expected!s:<12}{given:<12}{tested.case.id}")
    low, high = trial.rubric.scale.bounds
    if found.mean is not None and found.worst is not None:
        apart = f"{found.mean:.3g} on average and {found.worst:.3g} at worst"
        typer.echo(f"scores are {apart} from the right ones, on a scale from {low:g} to {high:g}")
    if found.without_score:
        typer.echo(f"{found.without_score} of {len(trial.tested)} tests have no score")
