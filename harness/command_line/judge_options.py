"""Options of the commands that ask a judge model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.judging.asked_judge import AskedJudge, AskedRubric

RubricName = Annotated[
    str,
    typer.Argument(
        metavar="RUBRIC", help="A built-in name or a rubric file; with --spec also the name of one of its judges."
    ),
]
JudgeModel = Annotated[
    str | None, typer.Option("--model", help="The judge: folder or hub name of a model, or an endpoint's name for it.")
]
EngineKind = Annotated[str | None, typer.Option("--engine", help="Engine that runs the judge.", show_default="auto")]
Adapter = Annotated[Path | None, typer.Option("--adapter", help="Judge adapter on the model.")]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="Address of the endpoint (engine openai).")]
JudgeOfSpec = Annotated[
    Path | None,
    typer.Option("--spec", help="In place of --model and the options of its engine: the judge of this spec."),
]


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What was given of them."""

    model: str | None
    engine: str | None
    adapter: Path | None
    base_url: str | None
    spec: Path | None = None

    def asked(self, rubric: str) -> tuple[AskedJudge, AskedRubric]:
        """The judge, and a rubric as it is to be asked.

        Raises:
            InputError: Not exactly one of `--model` and `--spec` is given, or the spec has no such judge.
        """
        from harness.judging.asked_judge import AskedJudge, AskedRubric, judge_of_spec  # noqa: PLC0415
        from harness.spec import JudgeEngineSpec, read_spec  # noqa: PLC0415
        from suites.userfile import InputError  # noqa: PLC0415

        if self.spec is not None:
            self._check_nothing_beside()
            return judge_of_spec(read_spec(self.spec), rubric)
        if self.model is None:
            raise InputError("name the judge: either --model NAME or --spec FILE")
        options = {"base_url": self.base_url} if self.base_url else {}
        engine = JudgeEngineSpec(kind=self.engine or "auto", model=self.model, adapter=self.adapter, options=options)
        return AskedJudge(engine), AskedRubric(rubric)

    def _check_nothing_beside(self) -> None:
        from suites.userfile import InputError  # noqa: PLC0415

        given = {
            "--model": self.model,
            "--engine": self.engine,
            "--adapter": self.adapter,
            "--base-url": self.base_url,
        }
        for option, value in given.items():
            if value is not None:
                raise InputError("is what the spec says; leave it out, or leave out --spec", field=option)
