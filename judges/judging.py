"""Judging many replies, a bounded number of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from judges.judge import Verdictor
from judges.verdict import Verdict
from suites.cases import Case

MAX_CONCURRENT = 64
"""Replies under way at a time; engines batch them and have bounds of their own."""


async def verdicts_on(replies: Iterable[tuple[Case, str]], judge: Verdictor) -> list[Verdict]:
    """A judge's verdict on each reply to its case, in the order of the replies."""
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def verdict_on(case: Case, reply: str) -> Verdict:
        async with free:
            return await judge.judge(case, reply)

    return await asyncio.gather(*(verdict_on(case, reply) for case, reply in replies))
