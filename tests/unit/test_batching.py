"""Gathering jobs into batches: which go together, and what happens when a batch fails, is given up, or is closed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines.batching import BatchLimits, BatchWorker, choose_batch, common_beginning
from harness.engines.engine import EngineError

LIMITS = BatchLimits(jobs=4, tokens=10_000)


@dataclass(frozen=True)
class NumberJob:
    """A job as the worker sees it."""

    tokens: list[int]
    new_tokens: int = 0
    group: str = "a"
    batches: list[int] = field(default_factory=list, compare=False)


token_lists = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=8)


@given(token_lists)
def test_the_common_beginning_is_common_and_cannot_be_longer(sequences: list[list[int]]) -> None:
    length = common_beginning(sequences)
    assert len({tuple(sequence[:length]) for sequence in sequences}) == 1
    longer = {tuple(sequence[: length + 1]) for sequence in sequences}
    assert len(longer) > 1 or any(len(sequence) == length for sequence in sequences)


@given(token_lists, st.integers(0, 5), st.integers(1, 60))
def test_a_batch_holds_the_oldest_job_and_keeps_the_limits(tokens: list[list[int]], new: int, bound: int) -> None:
    queue = [NumberJob(sequence, new, group="ab"[len(sequence) % 2]) for sequence in tokens]
    chosen = choose_batch(queue, BatchLimits(jobs=3, tokens=bound))
    assert 0 in chosen
    assert len(set(chosen)) == len(chosen) <= 3
    assert {queue[index].group for index in chosen} == {queue[0].group}
    longest = max(len(queue[index].tokens) + new for index in chosen)
    assert len(chosen) == 1 or longest * len(chosen) <= bound


def test_replies_to_be_written_go_with_those_of_like_length() -> None:
    queue = [NumberJob([0] * length, new_tokens=8) for length in (50, 500, 52, 400, 49, 48, 300)]
    assert sorted(choose_batch(queue, LIMITS)) == [0, 2, 4, 5]


def test_prompts_to_be_read_go_with_those_that_begin_alike() -> None:
    rubric, other = list(range(100)), list(range(100, 200))
    queue = [NumberJob([*beginning, 1000 + i]) for i, beginning in enumerate((rubric, other, rubric, other, rubric))]
    assert sorted(choose_batch(queue, LIMITS)) == [0, 2, 4]


def test_prompts_that_share_nothing_still_fill_a_batch() -> None:
    queue = [NumberJob([number, 7, 7]) for number in range(6)]
    assert len(choose_batch(queue, LIMITS)) == LIMITS.jobs


def doubles(jobs: Sequence[NumberJob], closing: threading.Event) -> Iterator[tuple[int, int]]:
    for index, job in enumerate(jobs):
        job.batches.append(len(jobs))
        yield index, 2 * job.tokens[0]


async def test_jobs_submitted_together_share_batches() -> None:
    worker = BatchWorker(doubles, LIMITS)
    sizes: list[int] = []
    answers = await asyncio.gather(*(worker.submit(NumberJob([n], batches=sizes)) for n in range(1, 9)))
    await worker.close()
    assert answers == [2 * n for n in range(1, 9)]
    assert sizes == [4] * 8


async def test_a_failure_reaches_its_batch_and_no_other() -> None:
    def fails_on_group_b(jobs: Sequence[NumberJob], closing: threading.Event) -> Iterator[tuple[int, int]]:
        yield from doubles(jobs[:1], closing)
        if jobs[0].group == "b":
            raise EngineError("out of memory")
        yield from ((index, 0) for index in range(1, len(jobs)))

    worker = BatchWorker(fails_on_group_b, LIMITS)
    jobs = [NumberJob([n], group=group) for n, group in enumerate("abab", start=1)]
    outcomes = await asyncio.gather(*map(worker.submit, jobs), return_exceptions=True)
    await worker.close()
    assert outcomes[:3] == [2, 4, 0]
    assert isinstance(outcomes[3], EngineError)


async def test_jobs_that_were_given_up_are_not_run() -> None:
    worker = BatchWorker(doubles, LIMITS)
    given_up, wanted = (NumberJob([n]) for n in (1, 2))
    task = asyncio.create_task(worker.submit(given_up))
    await asyncio.sleep(0)
    task.cancel()
    assert await worker.submit(wanted) == 4
    await worker.close()
    assert not given_up.batches


async def test_closing_stops_the_batch_under_way_and_fails_the_rest() -> None:
    started = threading.Event()

    def endless(jobs: Sequence[NumberJob], closing: threading.Event) -> Iterator[tuple[int, int]]:
        started.set()
        while not closing.is_set():
            time.sleep(0.001)
        yield from ()

    worker = BatchWorker(endless, BatchLimits(jobs=1, tokens=100))
    tasks = [asyncio.create_task(worker.submit(NumberJob([n]))) for n in range(3)]
    await asyncio.to_thread(started.wait, 5)
    await worker.close()
    assert all(isinstance(task, EngineError) for task in await asyncio.gather(*tasks, return_exceptions=True))
    with pytest.raises(EngineError):
        await worker.submit(NumberJob([1]))
