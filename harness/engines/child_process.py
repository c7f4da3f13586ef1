"""A calculation in a Python process of its own, whose memory is given back when it ends: JSON goes in, JSON comes out."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

_KILLED_FOR_MEMORY = -9


class ChildFailed(Exception):
    """Why there is no answer, fit to be quoted in a sentence."""


class ChildProcess:
    """A module of this package that reads a job from its standard input and writes the answer to its standard output."""

    def __init__(self, module: str, job: str, *, environment: Mapping[str, str] | None = None) -> None:
        """Start the process.

        Args:
            module: The module's full name.
            job: What it is to do, in JSON.
            environment: Variables that it gets beside those of this process.
        """
        self._process = subprocess.Popen(
            # -P: a folder called `harness` where the user happens to be must not be taken for this package.
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | dict(environment or {}),
        )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as process_input:
            process_input.write(job.encode())
        self._process.stdin = None

    def answer(self) -> bytes:
        """Wait for the answer.

        Raises:
            ChildFailed: The process failed, or was ended.
        """
        printed, complaints = self._process.communicate()
        code = self._process.returncode
        if code == 0:
            return printed
        if code == _KILLED_FOR_MEMORY:
            raise ChildFailed("its process was ended from outside, perhaps for want of memory")
        lines = complaints.decode(errors="replace").strip().splitlines() or [f"its process ended with code {code}"]
        raise ChildFailed(lines[-1].strip())

    def kill(self) -> None:
        """End the process if it still runs. May be called twice."""
        self._process.kill()
        self._process.wait()


def read_job() -> bytes:
    """The job, in the child."""
    return sys.stdin.buffer.read()


@contextlib.contextmanager
def printing_aside() -> Iterator[None]:
    """What libraries print meanwhile does not get into the answer."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def write_answer(answer: bytes) -> None:
    """Give the answer, in the child."""
    sys.stdout.buffer.write(answer)
