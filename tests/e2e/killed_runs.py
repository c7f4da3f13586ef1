"""Killing `rejoinder run` in mid-run, for tests of resuming."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from command_server import CommandServer, StartedCommand


def start_and_kill(
    server: CommandServer, spec: Path, out: Path, wait_for_bytes: int, pause_s: float, *options: str
) -> None:
    """Start a run, wait until so many bytes of completions are logged and a pause longer, and kill it before its end."""
    process = server.start(["run", spec, "--out", out, *options], spec.parent)
    completions = out / "records" / "completions.jsonl"
    if wait_for_bytes:
        wait_until(lambda: completions.exists() and completions.stat().st_size >= wait_for_bytes, process)
    time.sleep(pause_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes] | StartedCommand) -> None:
    """Wait for a condition, or for the process to end well without it."""
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None or process.returncode == 0, "the run failed by itself"
        if process.returncode == 0:
            return
        assert time.monotonic() < deadline
        time.sleep(0.001)


def whole_lines(log: bytes) -> bytes:
    """A log without a torn last line."""
    return log[: log.rfind(b"\n") + 1]
