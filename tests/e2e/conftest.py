"""What the end-to-end tests share: running the command line as a user does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from recorded_runs import COMMAND, Rejoinder, write_recorded_spec


@pytest.fixture
def rejoinder(tmp_path: Path) -> Rejoinder:
    """The command line, started as a user starts it, in a folder of its own."""

    def run(*arguments: str | Path, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=240)

    return run


@pytest.fixture
def recorded_spec(tmp_path: Path) -> Path:
    """A spec on the built-in coffee suite with recorded replies: `good` says a reference, `poor` another case's."""
    return write_recorded_spec(tmp_path)
