"""Runs the command line in processes of their own that need not import anything: each is forked from one that has.

Most of the time of a short command goes into importing libraries, and the end-to-end tests run hundreds of them. This file is
also the program of that process: it reads one command a line and answers each with its exit code.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


class CommandServer:
    """A process that has imported the command line and whatever a run with recorded replies needs."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run `rejoinder` with these arguments, in this environment as it is now, and wait for its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with TemporaryDirectory() as name:
            out, err = Path(name) / "out", Path(name) / "err"
            job = {"arguments": arguments, "cwd": str(cwd), "environment": dict(os.environ)}
            self._process.stdin.write(json.dumps(job | {"out": str(out), "err": str(err)}) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return subprocess.CompletedProcess(["rejoinder", *arguments], code, out.read_text(), err.read_text())

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=10)


def serve() -> None:
    """Answer commands until there are no more."""
    import harness.command_line.main
    import harness.evaluation
    import harness.metrics.stemmers
    import reports.reporting  # noqa: F401 - imported for the processes to come

    harness.metrics.stemmers.stemmer_for("en")
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _become(json.loads(line))
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(job: Mapping[str, Any]) -> None:
    """Be the command: in its folder and environment, with its own streams, until its end."""
    from harness.command_line.main import main

    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))  # as Python does when it starts
    importlib.invalidate_caches()
    for stream, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, job["out"], os.O_WRONLY | os.O_CREAT),
        (2, job["err"], os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags, 0o600), stream)
    sys.argv = ["rejoinder", *job["arguments"]]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
