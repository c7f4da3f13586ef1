"""Starting vLLM: its environment, its engine arguments, and keeping what its processes print until it is needed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.engines.adapters import Adapter
from harness.engines.checkpoints import Checkpoint
from harness.engines.local_options import VllmOptions
from suites.userfile import InputError, unknown_name

OPTIONS_FIELD = ("engine", "options")

_OWN_ARGUMENTS = {
    "model": "engine.model",
    "tokenizer": "engine.model",
    "served_model_name": "engine.model",
    "revision": "engine.options.revision",
    "enable_lora": "the candidates' `adapter`",
    "skip_tokenizer_init": "Rejoinder, which needs the tokenizer",
    "runner": "Rejoinder, which generates",
}
"""vLLM's arguments that are not for the user to pass on, and what sets them instead."""

_CHANGING_REPLIES = ("quantization", "kv_cache_dtype", "hf_overrides", "model_impl", "load_format")
"""Arguments that change what is replied beyond rounding."""

_CPU_CACHE_BYTES = 2 * 1024**3
_MAX_ADAPTERS_AT_A_TIME = 8

_ERROR_LINE = re.compile(r"(?:^|\s)((?:\w+\.)*\w*(?:Error|Exception)\w*): (.+)$")
_terminal = threading.Lock()


def prepare_environment() -> None:
    """Set vLLM's environment variables, where the user has not. To be called before vLLM is imported first."""
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")  # forking a process with threads can hang
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    # Standard output is for results; the dunder is the stream that ProcessOutput leaves as it is.
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.__stderr__")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "INFO" if is_debugging() else "WARNING")


@contextlib.contextmanager
def without_hub() -> Iterator[None]:
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


def is_debugging() -> bool:
    """Whether the user wants to see everything that vLLM prints."""
    return bool(os.environ.get("REJOINDER_DEBUG"))


def engine_arguments(
    options: VllmOptions, checkpoint: Checkpoint, adapters: Sequence[Adapter], *, on_cpu: bool
) -> dict[str, Any]:
    """vLLM's engine arguments: Rejoinder's own, with the user's put over them.

    Raises:
        InputError: vLLM has no argument of a name that the user gave, or it is not for the user to set.
    """
    from vllm.engine.arg_utils import AsyncEngineArgs  # noqa: PLC0415 - heavy

    known = [field.name for field in dataclasses.fields(AsyncEngineArgs)]
    for name in options.options:
        if name in _OWN_ARGUMENTS:
            raise InputError(f"is set by {_OWN_ARGUMENTS[name]}; leave it out here", field=(*OPTIONS_FIELD, name))
        if name not in known:
            raise InputError(unknown_name(name, known, "engine argument of vLLM"), field=(*OPTIONS_FIELD, name))
    arguments: dict[str, Any] = {
        "model": str(checkpoint.folder),
        "dtype": options.dtype,
        "trust_remote_code": options.trust_remote_code,
        "load_format": "safetensors" if checkpoint.safetensors else "auto",
        "disable_log_stats": True,
    }
    if adapters:
        arguments |= _lora_arguments(adapters)
    if on_cpu:
        arguments["enforce_eager"] = True  # compiling takes longer there than most runs gain by it
        if not os.environ.get("VLLM_CPU_KVCACHE_SPACE"):
            arguments["kv_cache_memory_bytes"] = _CPU_CACHE_BYTES
    return arguments | options.options


def _lora_arguments(adapters: Sequence[Adapter]) -> dict[str, Any]:
    from typing import get_args  # noqa: PLC0415

    from vllm.config.lora import MaxLoRARanks  # noqa: PLC0415 - heavy

    largest = max(adapter.max_rank for adapter in adapters)
    possible = sorted(rank for rank in get_args(MaxLoRARanks) if rank >= largest)
    if not possible:
        adapter = max(adapters, key=lambda a: a.max_rank)
        raise InputError(
            f"is {largest}; vLLM serves ranks up to {max(get_args(MaxLoRARanks))}", file=adapter.config_file, field="r"
        )
    return {
        "enable_lora": True,
        "max_lora_rank": possible[0],
        "max_loras": min(len(adapters), _MAX_ADAPTERS_AT_A_TIME),
        "max_cpu_loras": len(adapters),
    }


def changes_of_replies(options: Mapping[str, Any]) -> str:
    """The user's arguments that change replies, for the identity of the model."""
    return " ".join(f"{name}={options[name]}" for name in _CHANGING_REPLIES if name in options)


class ProcessOutput:
    """A file with what vLLM's processes print, so that a failure can be explained and the terminal stays clean."""

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(prefix="rejoinder-vllm-", suffix=".log")
        os.close(handle)
        self._file = Path(name)

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Processes that are started meanwhile print into the file for as long as they live; Python code here does not.

        Nothing is collected where the user is debugging.
        """
        if is_debugging():
            yield
            return
        with _terminal, contextlib.ExitStack() as undo:
            into = undo.enter_context(self._file.open("ab"))
            for descriptor, stream in ((1, "stdout"), (2, "stderr")):
                undo.enter_context(_processes_print_into(into.fileno(), descriptor, stream))
            yield

    def cause(self) -> str | None:
        """The last error that was printed, as "kind: what"."""
        try:
            lines = self._file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        errors = [match for line in lines if (match := _ERROR_LINE.search(line))]
        return f"{errors[-1][1].rpartition('.')[2]}: {errors[-1][2].strip()}" if errors else None

    def discard(self) -> None:
        """Remove the file."""
        self._file.unlink(missing_ok=True)


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
