"""Telling the user how far a run is: a bar with rate and time left on a terminal, plain lines every ten seconds elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

PLAIN_INTERVAL_S = 10.0
MIN_SHARE_FOR_FORECAST = 0.1
"""Before so much is done, the first batch's latency would be taken for the rate."""


class RunProgress:
    """Counts finished replies or verdicts. A context manager; prints nothing to standard output, which belongs to results.

    Without a total it tells how many are done and how fast, and forecasts nothing.
    """

    def __init__(self, total: int | None, *, doing: str = "replies", console: Console | None = None) -> None:
        self._doing = doing
        self._console = console or Console(stderr=True)
        self._total = total
        self._done = 0
        self._reused = 0
        self._errors = 0
        self._started = self._last_line = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("[progress.description]{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task(self._doing, total=self._total, rate="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._done:
            self._print_line(time.monotonic())

    def advance(self, *, failed: bool = False, reused: bool = False) -> None:
        """One more reply has been generated, measured and judged (or found finished in the log)."""
        self._done += 1
        self._errors += failed
        self._reused += reused
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, advance=1, rate=self._rate(now))
        elif now - self._last_line >= PLAIN_INTERVAL_S:
            self._print_line(now)

    def _rate(self, now: float) -> str:
        per_second = (self._done - self._reused) / max(now - self._started, 1e-9)
        errors = f", {self._errors} failed" if self._errors else ""
        return f"{per_second:.1f}/s{errors}"

    def _print_line(self, now: float) -> None:
        self._last_line = now
        fresh = self._done - self._reused
        left = ""
        if self._total and fresh > MIN_SHARE_FOR_FORECAST * self._total and self._done < self._total:
            seconds = (self._total - self._done) * (now - self._started) / fresh
            left = f", about {_duration(seconds)} left"
        of_total = f" of {self._total}" if self._total else ""
        reused = f" ({self._reused} from the log)" if self._reused else ""
        self._console.print(
            f"{self._done}{of_total} {self._doing}{reused}, {self._rate(now)}{left}",
            highlight=False,
            markup=False,
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
