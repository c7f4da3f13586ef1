"""Noticing an engine that hangs: somebody waits for an answer, none comes, and the engine does not react either."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator


class StallWatch:
    """Calls `give_up` once there has been no sign of life for too long while somebody was waiting.

    A sign of life is an answer, or that the engine reacts to a ping. An engine that generates reacts between two steps,
    that is, between two tokens, so it costs nothing while answers come, and long replies are not taken for a stall.
    """

    def __init__(self, limit_s: float, ping: Callable[[], Awaitable[object]], give_up: Callable[[], None]) -> None:
        """Prepare the watch.

        Args:
            limit_s: How many seconds may go by without a sign of life. The engine is pinged after half of them.
            ping: Asks the engine for something that it answers at once if it works.
            give_up: Ends the engine. Whoever waits for it has to be told by the engine itself.
        """
        self._limit_s = limit_s
        self._ping = ping
        self._give_up = give_up
        self._waiting = 0
        self._last_sign = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Watch from now on, in the running event loop."""
        self._task = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Watch no longer. May be called twice."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for an answer meanwhile."""
        if not self._waiting:
            self._last_sign = time.monotonic()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._last_sign = time.monotonic()

    async def _watch(self) -> None:
        half = self._limit_s / 2
        while True:
            if (left := half - self._quiet_s()) > 0:
                await asyncio.sleep(left)
                continue
            try:
                await asyncio.wait_for(self._ping(), half)
            except TimeoutError:
                if self._quiet_s() >= self._limit_s:
                    self._give_up()
                    return
            except Exception:  # the engine has ended, and tells those who wait by itself
                return
            else:
                self._last_sign = time.monotonic()

    def _quiet_s(self) -> float:
        return time.monotonic() - self._last_sign if self._waiting else 0.0
