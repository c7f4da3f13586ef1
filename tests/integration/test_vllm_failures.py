"""vLLM that is killed, hangs or loses the process that started it: what is said, what is left behind, and how it goes on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import STALL_TIMEOUT_S
from killed_runs import whole_lines
from recorded_runs import COMMAND, records_of
from vllm_processes import alive, processes_of_vllm

from harness.engines.engine import Completion, EngineError, Request, Sampling
from harness.engines.vllm_engine import VllmEngine

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = pytest.mark.vllm

SETTINGS = {"max_model_len": 512, "kv_cache_memory_bytes": 2**28}
LONG = Sampling(max_tokens=400)


def wait_until(condition: Callable[[], bool], limit_s: float) -> None:
    limit = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_engine_that_hangs_is_ended(vllm_engine: VllmEngine) -> None:
    """The last test that can ask the engine which all tests share."""

    async def ask(number: int) -> Completion:
        question = {"role": "user", "content": f"Tell a long story about {number} bakers."}
        return await vllm_engine.complete(Request(str(number), "base", [question], LONG))

    await ask(1)
    processes = processes_of_vllm(os.getpid())
    replies = [asyncio.create_task(ask(number)) for number in range(2, 6)]
    await asyncio.sleep(0.5)
    (core,) = (found for found in processes if found.name() == "VLLM::EngineCore")
    core.send_signal(signal.SIGSTOP)
    outcomes = await asyncio.wait_for(asyncio.gather(*replies, return_exceptions=True), 2 * STALL_TIMEOUT_S)
    (problem,) = {str(outcome) for outcome in outcomes if isinstance(outcome, EngineError)}
    assert f"did not react for {STALL_TIMEOUT_S} s" in problem
    assert "the engine's option `stall_timeout_s`" in problem
    with pytest.raises(EngineError):
        await ask(6)
    await vllm_engine.close()
    assert not [process for process in processes if alive(process)]


class VllmRun:
    """`rejoinder run` of one spec on vLLM, again and again into one folder."""

    def __init__(self, checkpoint: Path, folder: Path) -> None:
        self._folder = folder
        self.out = folder / "run"
        fields = {
            "suite": "coffee_orders",
            "max_dialogues": 6,
            "engine": {"kind": "vllm", "model": str(checkpoint), "options": SETTINGS | {"max_num_seqs": 2}},
            "candidates": {"base": {}, "prompted": {"system": "You take orders in a small cafe."}},
            "sampling": {"max_tokens": 60},
            "metrics": ["exact_match"],
        }
        (folder / "eval.yaml").write_text(yaml.safe_dump(fields), encoding="utf-8")

    def start(self) -> subprocess.Popen[str]:
        command = [*COMMAND, "run", "eval.yaml", "--out", str(self.out)]
        return subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ)
        )

    @property
    def logged(self) -> bytes:
        """The whole lines of the log of replies."""
        log = self.out / "records" / "completions.jsonl"
        return whole_lines(log.read_bytes()) if log.exists() else b""


@pytest.fixture
def run(checkpoint: Path, tmp_path: Path) -> Iterator[VllmRun]:
    yield VllmRun(checkpoint, tmp_path)


def generating(process: subprocess.Popen[str], run: VllmRun) -> set[Any]:
    """vLLM's processes once some replies more have been logged."""
    before = run.logged.count(b"\n")
    wait_until(lambda: run.logged.count(b"\n") > before + 1 or process.poll() is not None, 120)
    assert process.poll() is None, process.communicate()[0]
    found = processes_of_vllm(process.pid)
    assert found
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere vLLM's processes are not told of their parent's end")
def test_a_run_goes_on_after_a_worker_and_after_the_run_itself_were_killed(run: VllmRun) -> None:
    first = run.start()
    processes = generating(first, run)
    next(process for process in processes if "Worker" in process.name()).kill()
    printed, _ = first.communicate(timeout=60)
    assert first.returncode == 3
    assert "VllmWorker-0 died unexpectedly" in printed
    assert "gpu_memory_utilization" in printed
    assert "run the same command again" in printed
    assert "Traceback" not in printed
    wait_until(lambda: not any(map(alive, processes)), 5)
    logged = run.logged
    assert json.loads((run.out / "manifest.json").read_text())["status"] != "complete"

    second = run.start()
    processes = generating(second, run)
    second.kill()
    second.communicate()
    wait_until(lambda: not any(map(alive, processes)), 15)
    assert run.logged.startswith(logged), "a finished reply was changed or generated again"
    logged = run.logged

    third = run.start()
    printed, _ = third.communicate(timeout=120)
    assert third.returncode == 0, printed
    assert run.logged.startswith(logged), "a finished reply was changed or generated again"
    assert len(records_of(run.out)["completions.jsonl"]) > logged.count(b"\n")
    assert json.loads((run.out / "manifest.json").read_text())["status"] == "complete"
