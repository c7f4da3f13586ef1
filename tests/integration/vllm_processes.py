"""Finding vLLM's processes, to end them or to see that none is left."""

from __future__ import annotations

from typing import Any

import pytest

psutil = pytest.importorskip("psutil", reason="comes with vLLM")


def processes_of_vllm(parent: int) -> set[Any]:
    """vLLM's processes below another, which are not yet ended."""
    try:
        below = psutil.Process(parent).children(recursive=True)
        return {process for process in below if alive(process) and "VLLM" in process.name()}
    except psutil.NoSuchProcess:
        return set()


def alive(process: Any) -> bool:
    """Whether it runs, or is stopped."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
