"""The small real model that benchmarks run on, and the contexts that they ask it for."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.environment import is_installed
from harness.spec import JudgeEngineSpec
from suites.cases import Case, cases_of
from suites.loading import load_suite

ROOT = Path(__file__).parents[1]
ADAPTERS = {name: ROOT / "examples" / "adapters" / name for name in ("order_taker", "june")}
JUDGES = {"zero-shot judge": None, "trained judge": ROOT / "examples" / "adapters" / "judge"}
"""The small model as a judge, by the adapter on it."""
MAX_TOKENS = 48


def checkpoint() -> Path:
    """Folder of SmolLM2-135M-Instruct, made where it is not there yet."""
    folder = ROOT / ".cache" / "checkpoints" / "SmolLM2-135M-Instruct"
    subprocess.run([sys.executable, ROOT / "examples" / "prepare_smollm2.py", folder], check=True, capture_output=True)
    return folder


def judge_engine(adapter: Path | None) -> JudgeEngineSpec:
    """The small model as a judge: on vLLM where it is installed, since that reads what prompts have in common once."""
    kind = "vllm" if is_installed("vllm") else "auto"
    return JudgeEngineSpec(kind=kind, model=str(checkpoint()), adapter=adapter)


def coffee_cases(count: int) -> list[Case]:
    """The first held-out cases of `coffee_orders`."""
    return list(itertools.islice(cases_of(load_suite("coffee_orders")), count))


def on_gpu() -> bool:
    """Whether there is a CUDA device."""
    import torch  # noqa: PLC0415 - heavy

    return bool(torch.cuda.is_available())


def vllm_options() -> dict[str, Any]:
    """Arguments of vLLM that both sides of a comparison get. Two engines find room on one GPU.

    On a CPU the size of the key-value cache has to be said, and the rest is as `harness.engines.vllm_arguments` has it.
    """
    if on_gpu():
        return {"max_model_len": 2048, "gpu_memory_utilization": 0.4}
    as_rejoinder_does = {"enforce_eager": True, "enable_chunked_prefill": False, "block_size": 32}
    return {"max_model_len": 2048, "kv_cache_memory_bytes": 2 * 1024**3, **as_rejoinder_does}
