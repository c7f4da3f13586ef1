"""Plain progress lines: one at the end, a forecast only when there is something to go by."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness import progress
from harness.progress import RunProgress


def lines_of(
    total: int | None, done: int, monkeypatch: pytest.MonkeyPatch, *, failed: int = 0, reused: int = 0
) -> list[str]:
    clock = iter(range(0, 100_000, 11))  # every look at the clock is eleven seconds later
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    stream = io.StringIO()
    with RunProgress(total, console=Console(file=stream, width=200)) as shown:
        for number in range(done):
            shown.advance(failed=number < failed, reused=number < reused)
    return stream.getvalue().splitlines()


def test_a_line_every_ten_seconds_and_one_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(100, 5, monkeypatch)
    assert len(lines) == 6
    assert lines[0].startswith("1 of 100 replies")


def test_no_forecast_from_the_first_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(100, 20, monkeypatch)
    assert "left" not in lines[4]
    assert "left" in lines[15]


def test_failed_and_reused_replies_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    last = lines_of(10, 10, monkeypatch, failed=2, reused=3)[-1]
    assert "10 of 10 replies (3 from the log)" in last
    assert "2 failed" in last


def test_without_a_total_it_counts_and_forecasts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(None, 20, monkeypatch)
    assert lines[15].startswith("16 replies, 0.1/s")
    assert not any("left" in line or " of " in line for line in lines)


def test_nothing_is_printed_for_a_run_without_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(0, 0, monkeypatch) == []
