"""Keeping what vLLM's processes print, with other processes in vLLM's place: vLLM itself is not needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.engines.vllm_process import ProcessOutput

FAILS = (
    "import sys; print('loading'); sys.stderr.write('(Core pid=7) ERROR 11-21 vllm.errors.CacheError: too small\\n')"
)


@pytest.fixture(autouse=True)
def not_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REJOINDER_DEBUG", raising=False)


def test_what_processes_print_is_kept_and_python_still_prints(capfd: pytest.CaptureFixture[str]) -> None:
    output = ProcessOutput()
    with output.collecting():
        subprocess.run([sys.executable, "-c", FAILS], check=True)
        print("still here")
    print("afterwards")
    subprocess.run([sys.executable, "-c", "print('a later process')"], check=True)
    assert output.cause() == "CacheError: too small"
    printed = capfd.readouterr()
    assert "still here" in printed.out
    assert "afterwards" in printed.out
    assert "a later process" in printed.out
    assert "loading" not in printed.out
    assert "CacheError" not in printed.err
    output.discard()
    assert output.cause() is None


def test_nothing_is_kept_where_the_user_is_debugging(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REJOINDER_DEBUG", "1")
    output = ProcessOutput()
    with output.collecting():
        subprocess.run([sys.executable, "-c", FAILS], check=True)
    assert output.cause() is None
    assert "CacheError" in capfd.readouterr().err
