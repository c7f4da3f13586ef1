"""What the harness costs on top of vLLM: output tokens a second of a run against `LLM.chat`, and the seconds before the
first request.

Both engines are loaded in this process and warm; one works while the other waits, five times in turn. The run logs every
reply and takes all metrics, and has no judge. Both are measured with the log-probabilities of the replies, which runs ask
for unless told not to, and without.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.small_model import MAX_TOKENS, checkpoint, coffee_cases, vllm_options
from benchmarks.vllm_first_request import CUE
from harness.engines.engine import Candidate, Engine, Sampling
from harness.engines.selection import make_engine
from harness.metrics.selection import make_metrics
from harness.pipeline import ErrorBudget, Panel, Pipeline, Serving
from harness.progress import RunProgress
from harness.replay import ReplayPlan
from harness.run_folder import RunFolder
from harness.spec import METRIC_NAMES, EngineSpec
from suites.cases import Case

CONTEXTS = 128
PAIRS = 5
LEAST_SHARE = 0.98
MOST_SECONDS = 1.0


class _Pair(NamedTuple):
    """Output tokens a second, measured one after the other."""

    run: float
    chat: float


def run() -> list[Figure]:
    """Measure both."""
    return [*_throughput(), *_first_request()]


def _throughput() -> list[Figure]:
    from vllm import LLM, SamplingParams  # noqa: PLC0415 - heavy

    cases = coffee_cases(CONTEXTS)
    raw = LLM(model=str(checkpoint()), dtype="bfloat16", **vllm_options())
    engine = make_engine("vllm", _engine_spec(), {"base": Candidate()})
    pairs: dict[bool, list[_Pair]] = {True: [], False: []}
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        runner.run(engine.start())
        for number, logprobs in product(range(PAIRS + 1), (True, False)):
            chat = _chat_rate(
                raw, cases, SamplingParams(temperature=0, max_tokens=MAX_TOKENS, logprobs=0 if logprobs else None)
            )
            sampling = Sampling(max_tokens=MAX_TOKENS, logprobs=logprobs)
            ours = runner.run(_run_rate(engine, cases, sampling, Path(folder) / f"{number}-{logprobs}"))
            if number:  # the first round warms up
                pairs[logprobs].append(_Pair(ours, chat))
        runner.run(engine.close())
    return [figure for logprobs, measured in pairs.items() for figure in _shares(logprobs, measured)]


def _engine_spec() -> EngineSpec:
    return EngineSpec(model=str(checkpoint()), options={"dtype": "bfloat16", **vllm_options()})


def _shares(logprobs: bool, pairs: Sequence[_Pair]) -> list[Figure]:
    settings = "with log-probabilities" if logprobs else "without log-probabilities"
    share = statistics.median(pair.run / pair.chat for pair in pairs)
    what = f"output tokens/s of a run over those of LLM.chat, {settings}, median of {len(pairs)} pairs"
    return [
        Figure(f"run, {settings}", statistics.median(pair.run for pair in pairs), "tokens/s"),
        Figure(f"LLM.chat, {settings}", statistics.median(pair.chat for pair in pairs), "tokens/s"),
        Figure(what, share, "", f"at least {LEAST_SHARE}", share >= LEAST_SHARE),
    ]


def _chat_rate(llm: Any, cases: Sequence[Case], sampling: Any) -> float:
    """Output tokens a second of raw vLLM."""
    began = time.perf_counter()
    answers = llm.chat([case.messages_for_model() for case in cases], sampling, use_tqdm=False)
    return sum(len(answer.outputs[0].token_ids) for answer in answers) / (time.perf_counter() - began)


async def _run_rate(engine: Engine, cases: Sequence[Case], sampling: Sampling, path: Path) -> float:
    """Output tokens a second of a run with log and metrics on."""
    plan = ReplayPlan({"base": Candidate()}, sampling, (0,), {})
    folder = RunFolder(path)
    (path / "records").mkdir(parents=True)
    metrics = make_metrics(METRIC_NAMES, "en")
    serving = Serving({"base": engine}, {"base": engine.identity("base")}, engine.concurrency)
    pipeline = Pipeline(serving, lambda language: metrics, Panel(), folder, ErrorBudget(0.0))
    with RunProgress(len(cases), console=Console(file=io.StringIO())) as progress:
        began = time.perf_counter()
        await pipeline.run(plan.work_items(cases, plan.candidates), progress)
        seconds = time.perf_counter() - began
    return sum(record.completion_tokens or 0 for record in folder.completions.records()) / seconds


def _first_request() -> list[Figure]:
    """Seconds from the command to the first request, beyond what importing vLLM and building its engine takes."""
    beyond = []
    for _ in range(3):
        ours, raw = _seconds_in_process("run"), _seconds_in_process("raw")
        beyond.append(ours - raw)
    seconds = statistics.median(beyond)
    what = "from the command to the first request, beyond importing vLLM and building its engine"
    return [Figure(what, seconds, "s", f"under {MOST_SECONDS:g} s", seconds < MOST_SECONDS)]


def _seconds_in_process(what: str) -> float:
    """Seconds from the start of a process until its engine gets the first request."""
    began = time.time()
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.vllm_first_request", what], check=True, stdout=subprocess.PIPE, text=True
    )
    told = next(line for line in answer.stdout.splitlines() if line.startswith(CUE))
    return float(told.removeprefix(CUE)) - began
