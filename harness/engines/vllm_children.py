"""The processes that vLLM starts: what they print goes into a file, and none of them outlives its engine or this process.

They are started through `vllm_child.sh`, so this process's own streams and logging are left alone: others may be holding
them or putting their own in place meanwhile.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.spawn
import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_LAUNCHER = Path(__file__).with_name("vllm_child.sh")
_SECONDS_TO_DIE = 5.0
"""How long the kernel may need to clear away processes that were killed; gigabytes of memory take a while."""

_LONGEST_SOCKET_FOLDER = 66
"""Bytes. The path of a socket may have 103 on all systems, and vLLM puts a slash and a UUID after it."""

_ERROR_LINE = re.compile(r"(?:^|\s)((?:\w+\.)*\w*(?:Error|Exception)\w*): (.+)$")
_DEATH_LINE = re.compile(r"Worker proc \S+ died unexpectedly")
_ONLY_POINTS_TO_ANOTHER = re.compile(r"root cause above|stack trace above", re.IGNORECASE)
_starting = threading.Lock()


class ChildProcesses:
    """The processes of one engine, from before they are started until none is left."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        """For the file that they print to, and for vLLM's sockets."""
        self._output: Path | None = None
        self._printed_while_starting = 0
        """Bytes of the file that a successful start has printed: what they tell is not why it failed later."""
        self._others: frozenset[BaseProcess] | None = None
        """Those that were there before; None unless this engine is being started."""
        self._children: set[BaseProcess] = set()
        """Those that this process has started."""
        self._grandchildren: set[Any] = set()
        """Those that they have started, such as the workers of tensor parallelism; as `psutil.Process`."""

    @contextlib.contextmanager
    def starting(self, *, visible: bool) -> Iterator[None]:
        """Processes that `multiprocessing` spawns meanwhile are this engine's; one engine starts at a time.

        Args:
            visible: Let them print to the terminal instead of the file.
        """
        with _starting:
            self._others = frozenset(multiprocessing.active_children())
            self._folder = tempfile.TemporaryDirectory(prefix=f"rejoinder-vllm-{os.getpid()}-")
            if not visible:
                self._output = Path(self._folder.name) / "output.log"
                self._output.touch()
            python = os.fsdecode(multiprocessing.spawn.get_executable() or "")
            settings = {
                "REJOINDER_VLLM_PARENT": str(os.getpid()),
                "REJOINDER_VLLM_PYTHON": python,
                "REJOINDER_VLLM_OUTPUT": str(self._output or ""),
            }
            if len(os.fsencode(self._folder.name)) <= _LONGEST_SOCKET_FOLDER:  # else vLLM puts them where it wants to
                settings["VLLM_RPC_BASE_PATH"] = self._folder.name
            multiprocessing.spawn.set_executable(str(_LAUNCHER))
            try:
                with environment(settings):
                    yield
                self._printed_while_starting = self._output.stat().st_size if self._output else 0
            finally:
                multiprocessing.spawn.set_executable(python)
                self._find()
                self._others = None

    def _find(self) -> None:
        """Note all that there are by now: once its parent has ended, a process can no longer be told to be ours."""
        import psutil  # noqa: PLC0415 - comes with vLLM

        if (others := self._others) is not None:
            self._children |= {*multiprocessing.active_children()} - others
        for child in self._children:
            with contextlib.suppress(psutil.Error):
                self._grandchildren |= {*psutil.Process(child.pid).children(recursive=True)}

    def kill(self) -> None:
        """End all that are left, at once, those that are stopped or hang too."""
        import psutil  # noqa: PLC0415 - comes with vLLM

        self._find()
        for process in (*self._children, *self._grandchildren):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for child in self._children:  # only `multiprocessing` may reap these
            child.join(_SECONDS_TO_DIE)
        psutil.wait_procs(self._grandchildren, timeout=_SECONDS_TO_DIE)

    def killed_by(self) -> str | None:
        """The signal that ended one of them, if one did and none failed by itself: "SIGKILL"."""
        codes = [child.exitcode for child in self._children if child.exitcode]
        return signal.Signals(-codes[0]).name if codes and max(codes) < 0 else None

    def cause(self) -> str | None:
        """The last error that was printed, as "kind: what", or that a worker died: errors after that are its consequences."""
        if self._output is None:
            return None
        printed = self._output.read_bytes()[self._printed_while_starting :].decode(errors="replace")
        death = _DEATH_LINE.search(printed)
        before_death = printed[: death.start()] if death else printed
        errors = [match for line in before_death.splitlines() if (match := _ERROR_LINE.search(line))]
        told = [match for match in errors if not _ONLY_POINTS_TO_ANOTHER.search(match[2])] or errors
        if told:
            return f"{told[-1][1].rpartition('.')[2]}: {told[-1][2].strip()}"
        return death[0] if death else None

    def discard_output(self) -> None:
        """Remove the file and the sockets."""
        self._output = None
        if self._folder is not None:
            self._folder.cleanup()


@contextlib.contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for this process and those that it starts meanwhile."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
