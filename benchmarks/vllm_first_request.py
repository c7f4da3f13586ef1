"""One process of `vllm-overhead`: prints a line with the time (seconds since 1970) at which its engine gets the first
request, among whatever vLLM prints."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from benchmarks.small_model import checkpoint, vllm_options

RAW, RUN = "raw", "run"
CUE = "first request at"


def raw() -> None:
    """Import vLLM, build the engine, and be about to ask it."""
    from vllm.engine.arg_utils import AsyncEngineArgs  # noqa: PLC0415 - heavy
    from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415

    arguments = AsyncEngineArgs(model=str(checkpoint()), **vllm_options())
    engine = AsyncLLM.from_engine_args(arguments)
    _tell_the_time()
    engine.shutdown()


def run() -> None:
    """Do what `rejoinder run` does up to the first request."""
    from harness.engines.vllm_engine import VllmEngine  # noqa: PLC0415 - the imports are a part of what is measured
    from harness.evaluation import RunIncomplete, evaluate_spec  # noqa: PLC0415

    async def first_request(*_: object) -> None:
        _tell_the_time()
        raise KeyboardInterrupt

    with tempfile.TemporaryDirectory() as folder, patch.object(VllmEngine, "complete", first_request):
        spec = Path(folder) / "eval.yaml"
        options = ", ".join(f"{name}: {str(value).lower()}" for name, value in vllm_options().items())
        spec.write_text(
            f"suite: coffee_orders\nengine: {{kind: vllm, model: {checkpoint()}, options: {{{options}}}}}\n"
            "candidates: {base: {}}\n"
        )
        try:
            evaluate_spec(spec, out=Path(folder) / "run")
        except (RunIncomplete, KeyboardInterrupt):
            return


def _tell_the_time() -> None:
    print(CUE, time.time(), flush=True)


if __name__ == "__main__":
    {RAW: raw, RUN: run}[sys.argv[1]]()
