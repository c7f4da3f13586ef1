"""An engine that serves one judge and nothing else, for commands that try judges outside a run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from harness.engines.engine import Candidate, Engine, EngineError
from harness.engines.selection import make_engine, resolved_kind
from harness.judging.judge_models import JUDGE, EngineJudgeModel
from harness.progress import RunProgress
from harness.spec import JudgeEngineSpec
from suites.userfile import InputError


@asynccontextmanager
async def serving_judge(spec: JudgeEngineSpec) -> AsyncIterator[EngineJudgeModel]:
    """The judge model, from the start of its engine to the engine's end; how far it is is told on standard error.

    Raises:
        InputError: The engine is wrong, or failed: there is no run that could be resumed.
    """
    engine = make_engine(resolved_kind(spec), spec, {JUDGE: Candidate(adapter=spec.adapter)})
    try:
        await engine.start()
        with RunProgress(None, doing="answers of the judge") as progress:
            yield _CountedJudgeModel(engine, progress)
    except EngineError as error:
        raise InputError(str(error), field=error.field) from error
    finally:
        await engine.close()


class _CountedJudgeModel(EngineJudgeModel):
    """Tells of each answer."""

    def __init__(self, engine: Engine, progress: RunProgress) -> None:
        super().__init__(engine)
        self._progress = progress

    async def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> str:
        answer = await super().complete(messages, **options)
        self._progress.advance()
        return answer

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        logprobs = await super().label_logprobs(messages, labels)
        self._progress.advance()
        return logprobs
