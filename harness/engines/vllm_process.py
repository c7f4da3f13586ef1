"""vLLM's engine with its processes: its environment, starting and ending it, and what its processes print meanwhile."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.engines.checkpoints import first_line
from harness.engines.engine import EngineError

_SECONDS_TO_END = 20.0
"""How long vLLM's processes have to end by themselves before they are ended."""

_ERROR_LINE = re.compile(r"(?:^|\s)((?:\w+\.)*\w*(?:Error|Exception)\w*): (.+)$")
_descriptors = threading.Lock()


class VllmProcess:
    """vLLM's `AsyncLLM`. The only reference to it is kept here, so that ending it ends it whole."""

    def __init__(self) -> None:
        self._llm: Any = None
        self._output = ProcessOutput()

    def start(self, configure: Callable[[], Any]) -> None:
        """Start vLLM and load the model; takes half a minute and more.

        Args:
            configure: Gives vLLM's configuration. vLLM is imported only there, once its environment is set.

        Raises:
            EngineError: vLLM could not be started; its own words are quoted.
        """
        _set_environment()
        _silence()
        with self._output.collecting(), _without_hub():
            configuration = configure()
            from vllm.v1.engine.async_llm import AsyncLLM  # noqa: PLC0415 - heavy

            try:
                self._llm = AsyncLLM.from_vllm_config(configuration, disable_log_stats=True)
            except Exception as error:  # vLLM tells only that its process failed; what happened was printed there
                cause = self._output.cause() or first_line(error)
                raise EngineError(f"vLLM could not be started: {cause}") from error
        _silence()

    @property
    def llm(self) -> Any:
        """The running `AsyncLLM`.

        Raises:
            EngineError: It was not started, or was ended.
        """
        if self._llm is None:
            raise EngineError("the engine was not started, or was closed")
        return self._llm

    def gone(self) -> EngineError:
        """What to raise when the process has died."""
        return EngineError(f"vLLM's process is gone ({self._output.cause() or 'it was ended from outside'})")

    def end(self) -> None:
        """End vLLM's processes. May be called twice."""
        if self._llm is not None:
            self._llm.shutdown(_SECONDS_TO_END)
            self._llm = None
            gc.collect()  # it lies in a cycle, and complains when the interpreter ends before it
        self._output.discard()


def _set_environment() -> None:
    """Set the environment variables that vLLM and its processes read, where the user has not."""
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")  # forking a process with threads can hang
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # Standard output is for results; the dunder is the stream that ProcessOutput leaves as it is.
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.__stderr__")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "INFO" if _is_debugging() else "WARNING")


def _is_debugging() -> bool:
    """Whether the user wants to see everything that vLLM prints."""
    return bool(os.environ.get("REJOINDER_DEBUG"))


def _silence() -> None:
    """Keep vLLM's log of this process off the terminal, unless the user is debugging: what matters is raised as well.

    vLLM sets its logger up on starting, so this has to be called before and after.
    """
    if not _is_debugging():
        logging.getLogger("vllm").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def _without_hub() -> Iterator[None]:
    """Processes that are started meanwhile never ask the hub: the model lies in a folder by now."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before


class ProcessOutput:
    """A file with what vLLM's processes print, so that a failure can be explained and the terminal stays clean."""

    def __init__(self) -> None:
        self._file: Path | None = None

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Processes that are started meanwhile print into the file for as long as they live; Python code here does not.

        Nothing is collected where the user is debugging.
        """
        if _is_debugging():
            yield
            return
        handle, name = tempfile.mkstemp(prefix="rejoinder-vllm-", suffix=".log")
        self._file = Path(name)
        with _descriptors, contextlib.ExitStack() as undo:
            into = undo.enter_context(os.fdopen(handle, "ab"))
            for descriptor, stream in ((1, "stdout"), (2, "stderr")):
                undo.enter_context(_processes_print_into(into.fileno(), descriptor, stream))
            yield

    def cause(self) -> str | None:
        """The last error that was printed, as "kind: what"."""
        if self._file is None:
            return None
        lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [match for line in lines if (match := _ERROR_LINE.search(line))]
        return f"{errors[-1][1].rpartition('.')[2]}: {errors[-1][2].strip()}" if errors else None

    def discard(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)
            self._file = None


@contextlib.contextmanager
def _processes_print_into(file: int, descriptor: int, stream: str) -> Iterator[None]:
    """Point a standard descriptor, which new processes inherit, to a file, and Python's own stream past it."""
    python_stream = getattr(sys, stream)
    python_stream.flush()
    terminal = os.dup(descriptor)
    # Not closed here: loggers that are set up meanwhile keep it.
    setattr(sys, stream, os.fdopen(os.dup(descriptor), "w", buffering=1, encoding="utf-8", errors="replace"))
    os.dup2(file, descriptor)
    try:
        yield
    finally:
        os.dup2(terminal, descriptor)
        os.close(terminal)
        setattr(sys, stream, python_stream)
