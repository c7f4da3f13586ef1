"""Gathering single asynchronous jobs into batches that one worker thread runs. Knows nothing of models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from harness.engines.engine import EngineError

GATHERING_SECONDS = 0.002
"""How long the first job of an idle worker waits for others that are just being submitted."""


class Job(Protocol):
    """One thing to be done with a prompt."""

    @property
    def group(self) -> Hashable:
        """Only jobs of one group can share a batch."""
        ...

    @property
    def tokens(self) -> list[int]:
        """The tokens that the model reads."""
        ...

    @property
    def new_tokens(self) -> int:
        """How many tokens it writes at most; 0 where reading is all there is to do."""
        ...


JobT = TypeVar("JobT", bound=Job)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Bounds on one batch."""

    jobs: int
    tokens: int
    """Bound on the number of jobs times the length of the longest."""


def common_beginning(sequences: Sequence[list[int]]) -> int:
    """How many tokens all sequences begin with in common."""
    # Between the first and the last in alphabetical order lie all others, so that comparing these two is enough.
    first, last = min(sequences), max(sequences)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def choose_batch(queue: Sequence[JobT], limits: BatchLimits) -> list[int]:
    """Which jobs of the queue to do next: the oldest one and those that go best with it.

    Jobs that write tokens go with those nearest in length, so that little is padded. Jobs that only read go with those
    that begin alike, since a common beginning is read only once.

    Returns:
        Indices into `queue`, at least one, the oldest job's first.
    """
    oldest = queue[0]
    mates = [index for index, job in enumerate(queue) if job.group == oldest.group]
    if oldest.new_tokens:
        mates.sort(key=lambda index: abs(len(queue[index].tokens) - len(oldest.tokens)))
        return _within_limits([queue[index] for index in mates], mates, limits)
    alike = {index: common_beginning([oldest.tokens, queue[index].tokens]) for index in mates}
    mates.sort(key=lambda index: -alike[index])
    mates = _within_limits([queue[index] for index in mates], mates, limits)
    # The n jobs that are most alike share alike[n-th] tokens: reading these once saves n - 1 readings of them.
    saved = [alike[index] * rank for rank, index in enumerate(mates)]
    return mates[: max(range(len(mates)), key=lambda rank: (saved[rank], rank)) + 1]


def _within_limits(jobs: Sequence[Job], indices: Sequence[int], limits: BatchLimits) -> list[int]:
    """The first of `indices` whose jobs stay within the limits, at least one."""
    longest, count = 0, 0
    for job in jobs[: limits.jobs]:
        longest = max(longest, len(job.tokens) + job.new_tokens)
        if count and longest * (count + 1) > limits.tokens:
            break
        count += 1
    return list(indices[:count])


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[JobT, ResultT]):
    job: JobT
    answer: asyncio.Future[ResultT]


class BatchWorker(Generic[JobT, ResultT]):
    """Runs submitted jobs, a batch at a time, in a thread of its own.

    `run` does a batch and yields (index in the batch, result) for each job as soon as it is done; it should stop early
    once the event that it is given is set.
    """

    def __init__(
        self, run: Callable[[Sequence[JobT], threading.Event], Iterator[tuple[int, ResultT]]], limits: BatchLimits
    ) -> None:
        self._run = run
        self._limits = limits
        self._queue: list[_Waiting[JobT, ResultT]] = []
        self._submitted = asyncio.Event()
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._gathering: asyncio.Task[None] | None = None

    async def submit(self, job: JobT) -> ResultT:
        """The result of `job`, once a batch with it was run.

        Raises:
            EngineError: The batch failed, or the worker was closed.
        """
        if self._closing.is_set():
            raise EngineError("the engine was closed")
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._gather())
        answer: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(job, answer)
        self._queue.append(waiting)
        self._submitted.set()
        return await answer

    async def _gather(self) -> None:
        while True:
            await self._submitted.wait()
            await asyncio.sleep(GATHERING_SECONDS)
            self._queue = [waiting for waiting in self._queue if not waiting.answer.done()]  # cancelled ones
            if not self._queue:
                self._submitted.clear()
                continue
            chosen = choose_batch([waiting.job for waiting in self._queue], self._limits)
            batch = [self._queue[index] for index in chosen]
            self._queue = [waiting for waiting in self._queue if waiting not in batch]
            await asyncio.get_running_loop().run_in_executor(
                self._thread, self._work, batch, asyncio.get_running_loop()
            )

    def _work(self, batch: Sequence[_Waiting[JobT, ResultT]], loop: asyncio.AbstractEventLoop) -> None:
        """Run one batch; in the worker's thread."""
        failure: Exception = EngineError("the engine was closed")
        try:
            for index, result in self._run([waiting.job for waiting in batch], self._closing):
                loop.call_soon_threadsafe(_answer, batch[index].answer, result)
        except Exception as error:  # whoever waits for the answer has to hear of it
            failure = error
        for waiting in batch:
            loop.call_soon_threadsafe(_fail, waiting.answer, failure)

    async def close(self) -> None:
        """Stop after the step under way. Jobs that wait fail with `EngineError`. May be called twice."""
        self._closing.set()
        if self._gathering is not None:
            self._gathering.cancel()
            await asyncio.gather(self._gathering, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)
        for waiting in self._queue:
            _fail(waiting.answer, EngineError("the engine was closed"))
        self._queue = []


def _answer(future: asyncio.Future[ResultT], result: ResultT) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], failure: Exception) -> None:
    if not future.done():
        future.set_exception(failure)
