"""What the harness's own process holds in memory: a long run with recorded replies, stage by stage, and beside vLLM.

The replies of the long run are all different, so that no cache stays small because they repeat.

Every figure is the peak of the resident memory of a process of its own, as Linux counts it (`VmHWM`). A run on vLLM has its
engine in a process of its own; the harness's share there is what its process holds more than one that uses the same engine
without the harness. Reports are made when all engines have been shut down and their memory is free, so their figure has no
target here: `report-scale` has it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.harness_cost import write_run_files

CASES = 100_000
LIMIT_MB = 500
VLLM_DIALOGUES = 20
MAX_TOKENS = 48


def run() -> list[Figure]:
    """The stages of a long run; with vLLM also the harness's share of a process that serves a model."""
    stages = _in_own_process("long-run", CASES)
    target = f"under {LIMIT_MB} MB"
    figures = [Figure("the interpreter and the command's imports", stages.pop("imports"), "MB")]
    after_engines = Figure(f"{CASES:,} cases: reports, when the engines are gone", stages.pop("reports"), "MB")
    figures += [Figure(f"{CASES:,} cases: {name}", mb, "MB", target, mb < LIMIT_MB) for name, mb in stages.items()]
    figures.append(after_engines)
    if importlib.util.find_spec("vllm") is None:
        return figures
    imports = _in_own_process("vllm-imports")["peak"]
    engine, whole = _in_own_process("vllm-engine")["peak"], _in_own_process("vllm-run")["peak"]
    share = whole - engine
    return [
        *figures,
        Figure("importing vLLM's asynchronous engine", imports, "MB"),
        Figure("a process with a vLLM engine, without the harness", engine, "MB"),
        Figure("a run's process with the same engine", whole, "MB"),
        Figure("the harness's share of it", share, "MB", target, share < LIMIT_MB),
    ]


def _in_own_process(what: str, *arguments: object) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", what, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def long_run(cases: int) -> dict[str, float]:
    """A run with recorded replies and all metrics: the peak while it replays, builds its tables and writes its reports."""
    from harness.evaluation import rebuild_tables  # noqa: PLC0415 - what is imported is measured
    from harness.execution import Execution  # noqa: PLC0415
    from harness.preparation import prepare  # noqa: PLC0415
    from harness.run_folder import RunFolder  # noqa: PLC0415
    from harness.spec import read_spec  # noqa: PLC0415
    from reports.reporting import write_reports  # noqa: PLC0415

    peaks = {"imports": _peak_mb()}
    with tempfile.TemporaryDirectory() as place:
        spec = write_run_files(Path(place), cases, numbered=True)
        folder = RunFolder(Path(place) / "run")
        stages: dict[str, Callable[[], object]] = {
            "replay": lambda: asyncio.run(Execution(prepare(read_spec(spec)), folder).run()),
            "tables": lambda: rebuild_tables(folder),
            "reports": lambda: write_reports(folder.path),
        }
        with folder.locked():
            for name, stage in stages.items():
                _forget_peak()
                stage()
                peaks[name] = _peak_mb()
    return peaks


def vllm_imports() -> dict[str, float]:
    """What a program needs to import for an asynchronous engine."""
    from vllm import AsyncEngineArgs  # noqa: F401, PLC0415 - importing is what is measured
    from vllm.v1.engine.async_llm import AsyncLLM  # noqa: F401, PLC0415

    return {"peak": _peak_mb()}


def vllm_engine() -> dict[str, float]:
    """An engine that answers the first dialogues of the suite, without the harness."""
    asyncio.run(_answer())
    return {"peak": _peak_mb()}


async def _answer() -> None:
    from vllm import AsyncEngineArgs, SamplingParams  # noqa: PLC0415 - heavy
    from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415
    from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415

    sampling = SamplingParams(temperature=0, max_tokens=MAX_TOKENS, output_kind=RequestOutputKind.FINAL_ONLY)
    engine = AsyncLLM.from_engine_args(AsyncEngineArgs(**_engine_arguments()))

    async def ask(number: int, text: str) -> None:
        async for _ in engine.generate(text, sampling, str(number)):
            pass

    try:
        await asyncio.gather(*(ask(number, text) for number, text in enumerate(_prompts())))
    finally:
        engine.shutdown()


def _prompts() -> list[str]:
    from benchmarks.small_model import coffee_cases  # noqa: PLC0415

    return [json.dumps(case.messages_for_model()) for case in coffee_cases(5 * VLLM_DIALOGUES)]


def _engine_arguments() -> Mapping[str, Any]:
    from benchmarks.small_model import checkpoint, vllm_options  # noqa: PLC0415

    return {"model": str(checkpoint()), **vllm_options()}


def vllm_run() -> dict[str, float]:
    """A whole run of the first dialogues of the suite on the same engine, with all metrics, to its reports."""
    from harness.evaluation import evaluate_spec  # noqa: PLC0415 - what is imported is measured

    options = dict(_engine_arguments())
    engine = {"kind": "vllm", "model": options.pop("model"), "options": options}
    with tempfile.TemporaryDirectory() as place:
        spec = Path(place) / "eval.yaml"
        written = {
            "suite": "coffee_orders",
            "engine": engine,
            "sampling": {"max_tokens": MAX_TOKENS},
            "max_dialogues": VLLM_DIALOGUES,
        }
        spec.write_text(json.dumps(written))
        evaluate_spec(spec, out=Path(place) / "run")
    return {"peak": _peak_mb()}


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _forget_peak() -> None:
    """Let the peak start anew from what is held now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


MEASURED_ALONE: Mapping[str, Callable[[], dict[str, float]]] = {
    "long-run": lambda: long_run(int(sys.argv[2])),
    "vllm-imports": vllm_imports,
    "vllm-engine": vllm_engine,
    "vllm-run": vllm_run,
}

if __name__ == "__main__":
    print(json.dumps(MEASURED_ALONE[sys.argv[1]]()))
