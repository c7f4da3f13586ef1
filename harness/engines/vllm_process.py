"""vLLM's engine with its processes: its environment, starting and ending it, and what to say when it fails."""

from __future__ import annotations

import gc
import logging
import os
import re
import shutil
from collections.abc import Callable
from typing import Any

from harness.engines.checkpoints import first_line
from harness.engines.engine import EngineError
from harness.engines.vllm_children import ChildProcesses, environment

_SECONDS_TO_END = 0.5
"""How long vLLM's processes have to end by themselves. They need several, for nothing that anybody waits for."""

_SHORT_OF_MEMORY = re.compile(r"memory|KV cache|cache blocks", re.IGNORECASE)
_ENDED_FROM_OUTSIDE = re.compile(r"died unexpectedly|SIGKILL")
_MORE_MEMORY = (
    "give it more memory (gpu_memory_utilization; kv_cache_memory_bytes on the CPU) or let it need less (max_model_len, "
    "max_num_seqs) under the engine's options"
)


class VllmProcess:
    """vLLM's `AsyncLLM`. The only reference to it is kept here, so that ending it ends it whole."""

    def __init__(self) -> None:
        self._llm: Any = None
        self._children = ChildProcesses()
        self._ended = False
        self._given_up_after_s: float | None = None

    def start(self, configure: Callable[[], Any]) -> None:
        """Start vLLM and load the model; takes half a minute and more.

        Args:
            configure: Gives vLLM's configuration. vLLM is imported only there, once its environment is set.

        Raises:
            EngineError: vLLM could not be started, its own words are quoted; or it was ended meanwhile.
        """
        _silence()
        with self._children.starting(visible=_is_debugging()), environment(_settings()):
            configuration = configure()
            from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415 - heavy

            try:
                with environment(_compilation()):
                    self._llm = AsyncLLM.from_vllm_config(configuration, disable_log_stats=True)
            except Exception as error:  # vLLM tells only that its process failed; what happened was printed there
                raise EngineError(self._failure("could not be started", first_line(error))) from error
        _silence()
        if self._ended:
            self.end()
            raise EngineError("vLLM was ended while it started")

    @property
    def llm(self) -> Any:
        """The running `AsyncLLM`.

        Raises:
            EngineError: It was not started, or was ended.
        """
        if self._llm is None:
            raise EngineError("the engine was not started, or was closed")
        return self._llm

    async def ping(self) -> None:
        """Return once vLLM's loop, which looks at questions between two steps, has answered one."""
        await self.llm.is_sleeping()

    def give_up(self, after_s: float) -> None:
        """End vLLM at once because it hangs. Whoever waits for an answer is told by vLLM that it is gone."""
        self._given_up_after_s = after_s
        self._children.kill()

    def gone(self) -> EngineError:
        """What to raise when the processes have died."""
        if self._given_up_after_s is not None:
            return EngineError(
                f"vLLM gave no token and did not react for {self._given_up_after_s:g} s, so it was ended; if it only needs "
                "longer, raise the engine's option `stall_timeout_s`"
            )
        if (name := self._children.killed_by()) is not None:
            return EngineError(f"vLLM failed: a process of it was ended by {name}; {_advice(name)}")
        return EngineError(self._failure("failed", "its process has ended"))

    def _failure(self, what: str, otherwise: str) -> str:
        cause = (self._children.cause() or otherwise).rstrip(".")
        return f"vLLM {what}: {cause}; {_advice(cause)}"

    def end(self) -> None:
        """End vLLM's processes, also while it is still being started. May be called twice."""
        self._ended = True
        if self._llm is not None:
            self._llm.shutdown(_SECONDS_TO_END)
            self._llm = None
            gc.collect()  # it lies in a cycle, and complains when the interpreter ends before it
        self._children.kill()
        self._children.discard_output()


def _advice(cause: str) -> str:
    """What to change."""
    if _SHORT_OF_MEMORY.search(cause):
        return _MORE_MEMORY
    if _ENDED_FROM_OUTSIDE.search(cause):
        return f"if the machine ran out of memory, {_MORE_MEMORY}"
    return "set the environment variable REJOINDER_DEBUG=1 to see everything that it prints"


def _settings() -> dict[str, str]:
    """Environment variables that vLLM and its processes read while they start."""
    settings = {
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # forking a process with threads can hang
        "VLLM_NO_USAGE_STATS": "1",
    }
    if not _is_debugging():
        settings["VLLM_LOGGING_LEVEL"] = "WARNING"
        if "VLLM_LOGGING_CONFIG_PATH" not in os.environ:
            settings["VLLM_CONFIGURE_LOGGING"] = "0"  # this process's log is its own; those of the others go to a file
    chosen = {name: os.environ.get(name, value) for name, value in settings.items()}
    return chosen | {"HF_HUB_OFFLINE": "1"}  # the model lies in a folder by now


def _compilation() -> dict[str, str]:
    """On the CPU log-probabilities are the work of two small compiled functions, 12 % faster in all; without a compiler,
    vLLM would end at the first of them.
    """
    from vllm.platforms import current_platform  # noqa: PLC0415 - heavy

    if current_platform.is_cpu() and shutil.which(os.environ.get("CXX", "g++")) is None:
        return {"TORCH_COMPILE_DISABLE": "1"}
    return {}


def _is_debugging() -> bool:
    """Whether the user wants to see everything that vLLM prints."""
    return bool(os.environ.get("REJOINDER_DEBUG"))


def _silence() -> None:
    """Keep vLLM's log of this process off the terminal, unless the user is debugging: what matters is raised as well.

    vLLM sets its logger up on starting, so this has to be called before and after.
    """
    if not _is_debugging():
        logging.getLogger("vllm").setLevel(logging.CRITICAL)
