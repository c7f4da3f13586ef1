"""What a verdict costs: by label probabilities against generated JSON, beside generation against after it, and how much of
the prompts comes from the prefix cache. One vLLM engine does it all; each comparison is the median of alternating pairs.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.small_model import ADAPTERS, MAX_TOKENS, checkpoint, coffee_cases, on_gpu, vllm_options
from harness.engines.engine import Candidate, Sampling
from harness.engines.vllm_engine import VllmEngine, VllmOptions
from harness.judging.judge_models import JUDGE, EngineJudgeModel
from harness.metrics.selection import make_metrics
from harness.pipeline import ErrorBudget, Panel, Pipeline, Serving
from harness.progress import RunProgress
from harness.replay import ReplayPlan
from harness.run_folder import RunFolder
from harness.spec import METRIC_NAMES
from judges.judge import Judge, Verdictor
from judges.judging import verdicts_on
from judges.loading import load_rubric
from judges.readouts.readout import JsonObject, LabelProbabilities
from judges.rubrics.rubric import Rubric
from suites.cases import Case

VERDICTS = 200
REPLIES_A_CASE = 4
PAIRS = 2
JSON_TOKENS = 64
RUBRICS = ("correctness", "appropriateness", "style", "leads_dialogue")
CONTEXTS = 20
LEAST_SHARE_CACHED = 0.6
CANDIDATES = {"base": Candidate()} | {name: Candidate(adapter=folder) for name, folder in ADAPTERS.items()}


def run() -> list[Figure]:
    """Measure all three on one engine."""
    options = VllmOptions(model=str(checkpoint()), dtype="bfloat16", options=vllm_options())
    engine = VllmEngine(options, {**CANDIDATES, JUDGE: Candidate()})

    async def measure() -> list[Figure]:
        await engine.start()
        try:
            return [*await _readouts(engine), *await _prefix_cache(engine), *await _beside_and_after(engine)]
        finally:
            await engine.close()

    return asyncio.run(measure())


async def _readouts(engine: VllmEngine) -> list[Figure]:
    """Seconds of the same verdicts by both readouts."""
    rubric = load_rubric("appropriateness")
    model = EngineJudgeModel(engine)
    judges = {
        "label probabilities": Judge(_with_readout(rubric, LabelProbabilities(minimum_mass=0)), model),
        "generated JSON": Judge(_with_readout(rubric, JsonObject(kind="json", max_tokens=JSON_TOKENS)), model),
    }
    replies = list(_replies(coffee_cases(VERDICTS // REPLIES_A_CASE)))
    seconds: dict[str, list[float]] = {name: [] for name in judges}
    for number in range(PAIRS + 1):
        for name, judge in judges.items():
            await engine.forget_prompts()
            began = time.perf_counter()
            await verdicts_on(replies, judge)
            if number:  # the first round compiles
                seconds[name].append(time.perf_counter() - began)
    by_labels, by_json = seconds.values()
    times = statistics.median(generated / read for read, generated in zip(by_labels, by_json, strict=True))
    least = 5 if on_gpu() else 3
    figures = [Figure(f"{len(replies)} verdicts by {name}", statistics.median(s), "s") for name, s in seconds.items()]
    target = f"at least {least} times"
    return [*figures, Figure("generated JSON over label probabilities", times, "times", target, times >= least)]


def _with_readout(rubric: Rubric, readout: LabelProbabilities | JsonObject) -> Rubric:
    return rubric.model_copy(update={"readout": readout})


def _replies(cases: Sequence[Case]) -> Iterable[tuple[Case, str]]:
    """Each case with a few replies: good ones to itself and to its neighbours."""
    texts = [reference for case in cases for reference in case.references]
    for index, case in enumerate(cases):
        for text in itertools.islice(itertools.cycle(texts), index, index + REPLIES_A_CASE):
            yield case, text


async def _prefix_cache(engine: VllmEngine) -> list[Figure]:
    """Share of prompt tokens that a judge pass takes from the prefix cache: three candidates, four rubrics."""
    model = EngineJudgeModel(engine)
    judges = [Judge(load_rubric(name), model) for name in RUBRICS]
    replies = list(itertools.islice(_replies(coffee_cases(CONTEXTS)), CONTEXTS * len(CANDIDATES)))
    await engine.forget_prompts()
    before = engine.prompt_tokens
    await asyncio.gather(*(verdicts_on(replies, judge) for judge in judges))
    asked = engine.prompt_tokens - before
    share = asked.cached / asked.total
    what = f"prompt tokens from the prefix cache, {len(replies)} replies x {len(judges)} rubrics"
    target = f"at least {LEAST_SHARE_CACHED:.0%}"
    return [Figure(what, 100 * share, "%", target, share >= LEAST_SHARE_CACHED)]


async def _beside_and_after(engine: VllmEngine) -> list[Figure]:
    """Seconds of generating and judging the same replies together, and one after the other."""
    judge = Judge(load_rubric("appropriateness"), EngineJudgeModel(engine))
    cases = coffee_cases(CONTEXTS)
    seconds: dict[str, list[float]] = {"beside": [], "after": []}
    with tempfile.TemporaryDirectory() as name:
        for number in range(PAIRS + 1):
            for order, passes in {"beside": ([judge],), "after": ([], [judge])}.items():
                await engine.forget_prompts()
                taken = await _seconds(engine, cases, Path(name) / f"{order}-{number}", passes)
                if number:
                    seconds[order].append(taken)
    times = statistics.median(after / beside for beside, after in zip(*seconds.values(), strict=True))
    figures = [
        Figure(f"generating and judging {len(cases) * len(CANDIDATES)} replies, judging {order} generation", m, "s")
        for order, m in ((order, statistics.median(values)) for order, values in seconds.items())
    ]
    target, reached = ("at least 1.2 times", times >= 1.2) if on_gpu() else (None, None)
    return [*figures, Figure("judging after generation over judging beside it", times, "times", target, reached)]


async def _seconds(
    engine: VllmEngine, cases: Sequence[Case], path: Path, passes: Iterable[Sequence[Verdictor]]
) -> float:
    """Seconds of one run, its passes one after the other on the same log."""
    plan = ReplayPlan(CANDIDATES, Sampling(max_tokens=MAX_TOKENS), (0,), {})
    (path / "records").mkdir(parents=True)
    identities = {name: engine.identity(name) for name in CANDIDATES}
    serving = Serving(dict.fromkeys(CANDIDATES, engine), identities, engine.concurrency)
    metrics = make_metrics(METRIC_NAMES, "en")
    began = time.perf_counter()
    for judges in passes:
        pipeline = Pipeline(serving, lambda language: metrics, Panel(judges), RunFolder(path), ErrorBudget(0.0))
        with RunProgress(len(cases) * len(CANDIDATES), console=Console(file=io.StringIO())) as progress:
            await pipeline.run(plan.work_items(cases, CANDIDATES), progress)
    return time.perf_counter() - began
