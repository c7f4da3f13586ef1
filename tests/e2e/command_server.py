"""Runs the command line in processes of their own that need not import anything: each is forked from one that has.

Most of the time of a short command goes into importing libraries, and the end-to-end tests run hundreds of them. This file is
also the program of that process: it reads one command a line.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

REJOINDER = "harness.command_line.main:main"

RECORDED_RUNS = ("harness.evaluation", "reports.reporting", "nltk.translate.meteor_score")
"""What a run with recorded replies imports when it needs it."""

LOCAL_MODELS = ("torch", "harness.engines.transformers_engine", "transformers.models.llama.modeling_llama")
"""What a run with the small checkpoint imports beside that."""


class StartedCommand:
    """A command that is under way, with as much of `subprocess.Popen` as tests need."""

    def __init__(self, answers: IO[bytes], streams: TemporaryDirectory[str]) -> None:
        self._answers = answers
        self._streams = streams
        self.pid = int(answers.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        ready, _, _ = select.select([self._answers], [], [], 0)
        return self.wait() if ready and self.returncode is None else self.returncode

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = int(self._answers.readline())
        return self.returncode

    def printed(self) -> str:
        """What it has printed so far."""
        file = Path(self._streams.name) / "out"
        return file.read_text() if file.exists() else ""

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self) -> tuple[str, str]:
        """What it printed to both streams, once it has ended. Only once."""
        self.wait()
        with self._streams as folder:
            return (Path(folder) / "out").read_text(), (Path(folder) / "err").read_text()


class CommandServer:
    """A process that has imported the command line and whatever its commands will need. It does one at a time."""

    def __init__(self, modules: Sequence[str] = RECORDED_RUNS) -> None:
        command = [sys.executable, "-P", __file__, *modules]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def start(self, arguments: Sequence[str | Path], cwd: Path, program: str = REJOINDER) -> StartedCommand:
        """Start `rejoinder`, or another Python program, with these arguments, in this environment as it is now."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        streams = TemporaryDirectory()
        job = {
            "arguments": [*map(str, arguments)],
            "cwd": str(cwd),
            "environment": dict(os.environ),
            "program": program,
        }
        self._process.stdin.write(json.dumps(job | {"streams": streams.name}).encode() + b"\n")
        return StartedCommand(self._process.stdout, streams)

    def run(
        self, arguments: Sequence[str | Path], cwd: Path, program: str = REJOINDER
    ) -> subprocess.CompletedProcess[str]:
        """The same, and wait for its end."""
        command = self.start(arguments, cwd, program)
        printed, errors = command.communicate()
        return subprocess.CompletedProcess(["rejoinder", *map(str, arguments)], command.wait(), printed, errors)

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


def serve(modules: Sequence[str]) -> None:
    """Answer each command with the number of its process, and with its exit code when it has ended."""
    for module in ("harness.command_line.main", *modules):
        importlib.import_module(module)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _become(json.loads(line))
        print(process, flush=True)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(job: Mapping[str, Any]) -> None:
    """Be the command: in its folder and environment, with its own streams, until its end."""
    module, _, name = job["program"].partition(":")
    main = getattr(importlib.import_module(module), name)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))  # as Python does when it starts
    importlib.invalidate_caches()
    for stream, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, f"{job['streams']}/out", os.O_WRONLY | os.O_CREAT),
        (2, f"{job['streams']}/err", os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags, 0o600), stream)
    sys.argv = ["rejoinder", *job["arguments"]]
    code = 0
    try:
        code = main() or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1:])
