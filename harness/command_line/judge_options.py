"""Options of the commands that ask a judge model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.spec import JudgeEngineSpec

RubricName = Annotated[str, typer.Argument(metavar="RUBRIC", help="A built-in name or a rubric file.")]
JudgeModel = Annotated[
    str, typer.Option("--model", help="The judge: folder or hub name of a model, or an endpoint's name for it.")
]
EngineKind = Annotated[str, typer.Option("--engine", help="Engine that runs the judge.")]
Adapter = Annotated[Path | None, typer.Option("--adapter", help="Judge adapter on the model.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="Address of the endpoint (engine openai).")]


def judge_engine(model: str, engine: str, adapter: Path | None, base_url: str | None) -> JudgeEngineSpec:
    """The options as a spec's `judge_engine`."""
    from harness.spec import JudgeEngineSpec  # noqa: PLC0415

    options = {"base_url": base_url} if base_url else {}
    return JudgeEngineSpec(kind=engine, model=model, adapter=adapter, options=options)
