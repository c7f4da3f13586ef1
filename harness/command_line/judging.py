"""`rejoinder judge`: rubrics and what judges make of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from harness.command_line.calibrating import calibrate, correct, drift
from harness.command_line.confusion_text import confusion_lines
from harness.command_line.judge_options import Adapter, BaseUrl, EngineKind, JudgeModel, RubricName, judge_engine
from harness.command_line.jury_fitting import fit_jury
from harness.command_line.probing import probe
from harness.command_line.review_labelling import labels

if TYPE_CHECKING:
    from harness.judging.rubric_trial import RubricTrial

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
    model: JudgeModel,
    engine: EngineKind = "auto",
    adapter: Adapter = None,
    base_url: BaseUrl = None,
    language: Annotated[str | None, typer.Option(help="Only the tests in this language.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Run the tests that a rubric brings with it: right verdicts against given ones."""
    from harness.judging.rubric_trial import try_rubric  # noqa: PLC0415

    trial = try_rubric(rubric, judge_engine(model, engine, adapter, base_url), language)
    if as_json:
        typer.echo(json.dumps(_as_data(trial), ensure_ascii=False, indent=1))
        return
    _print_confusion(trial)


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
    return {"rubric": trial.rubric.name, "judge": trial.judge, "accuracy": trial.accuracy, "tests": tests}


def _print_confusion(trial: RubricTrial) -> None:
    """The confusion matrix: a row for each right label, a column for each label given."""
    rights = sorted({right for right, _ in trial.pairs})
    givens = sorted({given for _, given in trial.pairs} | set(rights))
    typer.echo(f"{trial.rubric.name} judged by {trial.judge}")
    for line in confusion_lines(trial.pairs, rights, givens, "right \\ given"):
        typer.echo(line)
    typer.echo(f"{trial.accuracy:.0%} of {trial.pairs.total()} verdicts are right")
