"""Judging many replies, a bounded number of them at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from judges.judge import Verdictor
from judges.pair_verdict import PairVerdict
from judges.pairs import PairVerdictor
from judges.verdict import Verdict
from suites.cases import Case

T = TypeVar("T")

MAX_CONCURRENT = 64
"""Replies under way at a time; engines batch them and have bounds of their own."""


async def verdicts_on(replies: Iterable[tuple[Case, str]], judge: Verdictor) -> list[Verdict]:
    """A judge's verdict on each reply to its case, in the order of the replies."""
    return await _all_of(judge.judge(case, reply) for case, reply in replies)


async def comparisons_of(pairs: Iterable[tuple[Case, str, str]], judge: PairVerdictor) -> list[PairVerdict]:
    """A judge's verdict on each two replies to a case, in the order of the pairs."""
    return await _all_of(judge.compare(case, first, second) for case, first, second in pairs)


async def _all_of(asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def in_turn(verdict: Coroutine[Any, Any, T]) -> T:
        async with free:
            return await verdict

    return await asyncio.gather(*map(in_turn, asked))
