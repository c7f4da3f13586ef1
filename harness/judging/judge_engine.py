"""An engine that serves one judge and nothing else, for commands that try judges outside a run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.engines.engine import Candidate, EngineError
from harness.engines.selection import make_engine, resolved_kind
from harness.judging.judge_models import JUDGE, EngineJudgeModel
from harness.spec import JudgeEngineSpec
from suites.userfile import InputError


@asynccontextmanager
async def serving_judge(spec: JudgeEngineSpec) -> AsyncIterator[EngineJudgeModel]:
    """The judge model, from the start of its engine to the engine's end.

    Raises:
        InputError: The engine is wrong, or failed: there is no run that could be resumed.
    """
    engine = make_engine(resolved_kind(spec), spec, {JUDGE: Candidate(adapter=spec.adapter)})
    try:
        await engine.start()
        yield EngineJudgeModel(engine)
    except EngineError as error:
        raise InputError(str(error)) from error
    finally:
        await engine.close()
