"""`rejoinder judge`: rubrics and what judges make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.rubric_trial import RubricTrial

app = typer.Typer(help="List rubrics and try them on a judge model.", no_args_is_help=True)


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
            f"{row['name']:<20} v{row['version']:<3} {row['scale']:<8} {', '.join(row['languages']):<8} {row['description']}"
        )
    for name in plugins:
        typer.echo(f"{name:<20} installed judge")


@app.command("test")
def test_rubric(
    rubric: Annotated[str, typer.Argument(help="A built-in name or a rubric file.")],
    model: Annotated[str, typer.Option(help="The judge: folder or hub name of a model, or an endpoint's name for it.")],
    engine: Annotated[str, typer.Option(help="Engine that runs the judge.")] = "auto",
    adapter: Annotated[Path | None, typer.Option(help="Judge adapter on the model.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of the endpoint (engine openai).")] = None,
    language: Annotated[str | None, typer.Option(help="Only the tests in this language.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> None:
    """Run the tests that a rubric brings with it: right verdicts against given ones."""
    from harness.rubric_trial import try_rubric  # noqa: PLC0415
    from harness.spec import JudgeEngineSpec  # noqa: PLC0415

    options = {"base_url": base_url} if base_url else {}
    trial = try_rubric(rubric, JudgeEngineSpec(kind=engine, model=model, adapter=adapter, options=options), language)
    if as_json:
        typer.echo(json.dumps(_as_data(trial), ensure_ascii=False, indent=1))
        return
    _print_confusion(trial)


def _as_data(trial: RubricTrial) -> dict[str, object]:
    tests = [
        {"case": t.case.id, "reply": t.reply, "expected": t.expected, "verdict": t.verdict.model_dump(mode="json")}
        for t in trial.tested
    ]
    return {"rubric": trial.rubric.name, "judge": trial.judge, "accuracy": trial.accuracy, "tests": tests}


def _print_confusion(trial: RubricTrial) -> None:
    """The confusion matrix: a row for each right label, a column for each label given."""
    rights = sorted({right for right, _ in trial.pairs})
    givens = sorted({given for _, given in trial.pairs} | set(rights))
    width = max(map(len, [*rights, *givens, "right \\ given"])) + 2
    typer.echo(f"{trial.rubric.name} judged by {trial.judge}")
    typer.echo("".join(name.ljust(width) for name in ("right \\ given", *givens)))
    for right in rights:
        typer.echo(right.ljust(width) + "".join(str(trial.pairs[right, given]).ljust(width) for given in givens))
    typer.echo(f"{trial.accuracy:.0%} of {trial.pairs.total()} verdicts are right")
