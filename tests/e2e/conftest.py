"""What the end-to-end tests share: running the command line as a user does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_server import CommandServer
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec


@pytest.fixture(scope="session")
def command_server() -> Iterator[CommandServer]:
    """Gives each command a process of its own without the time of its imports."""
    server = CommandServer()
    yield server
    server.close()


@pytest.fixture
def rejoinder(tmp_path: Path, command_server: CommandServer) -> Rejoinder:
    """The command line, in a process and a folder of its own."""

    def run(*arguments: str | Path, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return command_server.run(arguments, cwd)

    return run


@pytest.fixture
def recorded_spec(tmp_path: Path) -> Path:
    """A spec on the built-in coffee suite with recorded replies: `good` says a reference, `poor` another case's."""
    return write_recorded_spec(tmp_path, extra=QUICK_METRICS)
