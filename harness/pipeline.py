"""The way of each reply: generate, log, measure, log, judge, log; many at a time, bounded, going on where a log stops.

Nothing here knows which engine, metrics or judges are used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.engines.engine import Engine, ModelIdentity, RequestError
from harness.judging.pairing import FinishedReply, PairDesk
from harness.metrics.metric import Measurement, Metric
from harness.progress import RunProgress
from harness.records import (
    CompletionRecord,
    ScoreRecord,
    Slot,
    VerdictRecord,
    completion_key,
    digest,
    score_key,
    verdict_key,
)
from harness.replay import WorkItem
from harness.run_folder import RunFolder
from judges.attack.detection import suspected_attacks
from judges.judge import Verdictor
from suites.cases import Case

MIN_REQUESTS_FOR_ERROR_SHARE = 20
"""Before so many requests, a share of errors says little."""


class TooManyErrors(Exception):
    """More requests failed than the spec allows. What was logged stays; the run can be resumed."""


class MetricChoice(Protocol):
    """Gives the metrics for a language."""

    def __call__(self, language: str) -> Sequence[Metric]:
        """The metrics for replies in `language`, always in the same order."""
        ...


@dataclass(slots=True)
class FinishedWork:
    """What the logs of an earlier process hold: by place, the key, and for completions where the line starts."""

    completions: dict[Slot, tuple[str, int]] = field(default_factory=dict)
    scores: dict[Slot, str] = field(default_factory=dict)
    verdicts: dict[tuple[Slot, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: RunFolder) -> FinishedWork:
        """Read the logs. Failed completions and verdicts are left out, so that a resumed run tries them again."""
        work = cls()
        for offset, completion in folder.completions.placed_records():
            if completion.status == "ok":
                work.completions[completion.slot] = completion.key, offset
        for score in folder.scores.records():
            work.scores[score.slot] = score.key
        for record in folder.verdicts.records():
            if record.verdict.status != "error":
                work.verdicts[record.slot, record.measure] = record.key
        return work


@dataclass(slots=True)
class ErrorBudget:
    """Counts failed requests and stops the run when their share is too large."""

    max_share: float
    requests: int = 0
    errors: int = 0
    last_error: str = ""

    @property
    def share(self) -> float:
        """Share of requests that failed, 0 to 1."""
        return self.errors / self.requests if self.requests else 0.0

    def count(self, error: str | None) -> None:
        """Count one request; `error` says why it failed, if it did.

        Raises:
            TooManyErrors: The share is over the limit.
        """
        self.requests += 1
        if error is not None:
            self.errors += 1
            self.last_error = error
        if self.requests >= MIN_REQUESTS_FOR_ERROR_SHARE:
            self.check()

    def check(self) -> None:
        """Compare the share with the limit, however few the requests.

        Raises:
            TooManyErrors: The share is over the limit.
        """
        if self.share > self.max_share:
            raise TooManyErrors(
                f"{self.errors} of {self.requests} requests failed, more than max_error_share {self.max_share:g} allows; "
                f"the last one: {self.last_error}"
            )


@dataclass(frozen=True, slots=True)
class Serving:
    """Who answers for the candidates."""

    engines: Mapping[str, Engine]
    """Candidate to its engine; replies of candidates that are not in here are taken from the log."""
    identities: Mapping[str, ModelIdentity]
    """Who answers, for every candidate."""
    concurrency: int
    """How many replies to have under way at a time."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Who judges the replies."""

    judges: Sequence[Verdictor] = ()
    """Of each reply alone."""
    desk: PairDesk | None = None
    """Has replies compared with each other."""
    later: bool = False
    """Whether judges of a later stage will see the replies."""

    @property
    def sees_replies(self) -> bool:
        """Whether anybody judges what is generated now, be it later."""
        return bool(self.judges) or self.desk is not None or self.later


async def _nothing(item: WorkItem) -> None:
    """Nobody follows the run."""


class Pipeline:
    """Takes work items through engine, metrics and judges, and logs each record the moment it exists."""

    def __init__(
        self,
        serving: Serving,
        metrics: MetricChoice,
        panel: Panel,
        folder: RunFolder,
        errors: ErrorBudget,
    ) -> None:
        self._serving = serving
        self._metrics = metrics
        self._judges = panel.judges
        self._folder = folder
        self._errors = errors
        self._desk = panel.desk
        self._judged = panel.sees_replies
        self._finished = FinishedWork()

    async def run(
        self,
        items: Iterator[WorkItem],
        progress: RunProgress,
        finished: Callable[[WorkItem], Awaitable[None]] = _nothing,
    ) -> None:
        """Work through all items, a bounded number at a time.

        Args:
            items: Drawn from only when a reply can be begun, so that they may end early.
            progress: Is told of each item.
            finished: Is called once all records of an item are logged.

        Raises:
            EngineError: An engine is gone.
            RunLogError: A record could not be written.
            TooManyErrors: The share of failed requests is over the limit.
        """
        self._finished = FinishedWork.of(self._folder)
        for log in self._folder.logs:
            log.open_for_append()
        if self._desk is not None:
            self._desk.open()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._serving.concurrency):
                    group.create_task(self._work(items, progress, finished))
        except ExceptionGroup as failures:
            raise first_failure(failures) from None
        finally:
            for log in self._folder.logs:
                log.close()
            if self._desk is not None:
                self._desk.close()
        self._errors.check()

    async def _work(
        self, items: Iterator[WorkItem], progress: RunProgress, finished: Callable[[WorkItem], Awaitable[None]]
    ) -> None:
        # All workers draw from one iterator: no queue, so only items under way are in memory.
        for item in items:
            candidate = item.request.candidate
            key = completion_key(self._serving.identities[candidate], item.request)
            completion = self._logged_completion(item.slot, key)
            new = completion is None
            if completion is None and candidate in self._serving.engines:
                completion = await self._complete(self._serving.engines[candidate], item, key)
            text = completion.text if completion is not None else None
            case_digest = digest(item.case.model_dump(mode="json"))
            if text is not None:
                self._measure(item, text, key, case_digest)
                new |= await self._judge(item, text, key, case_digest)
            if self._desk is not None:
                reply = FinishedReply(text, key) if text is not None else None
                new |= await self._desk.take(item.case, item.slot, reply, case_digest)
            progress.advance(failed=completion is None or completion.status == "error", reused=not new)
            await finished(item)

    def _logged_completion(self, slot: Slot, key: str) -> CompletionRecord | None:
        logged_key, offset = self._finished.completions.get(slot, ("", 0))
        return self._folder.completions.record_at(offset) if logged_key == key else None

    async def _complete(self, engine: Engine, item: WorkItem, key: str) -> CompletionRecord:
        case_id, candidate, seed = item.slot
        try:
            completion = await engine.complete(item.request)
        except RequestError as error:
            record = CompletionRecord(
                case_id=case_id, candidate=candidate, seed=seed, key=key, status="error", error=str(error)
            )
        else:
            record = CompletionRecord(
                case_id=case_id,
                candidate=candidate,
                seed=seed,
                key=key,
                text=completion.text,
                reasoning=completion.reasoning,
                finish_reason=completion.finish_reason,
                prompt_tokens=completion.prompt_tokens,
                cached_prompt_tokens=completion.cached_prompt_tokens,
                completion_tokens=completion.completion_tokens,
                latency_s=completion.latency_s,
                token_logprobs=completion.token_logprobs,
                suspected_attack=suspected_attacks(completion.text) if self._judged else (),
            )
        self._folder.completions.append(record)
        self._errors.count(record.error)
        return record

    def _measure(self, item: WorkItem, reply: str, completion_key: str, case_digest: str) -> None:
        metrics = self._metrics(item.case.language)
        signatures = [measure.signature for metric in metrics for measure in metric.measures]
        key = score_key(completion_key, case_digest, signatures)
        if not metrics or self._finished.scores.get(item.slot) == key:
            return
        measurements = [m for metric in metrics for m in measured(metric, item.case, reply)]
        case_id, candidate, seed = item.slot
        self._folder.scores.append(
            ScoreRecord(case_id=case_id, candidate=candidate, seed=seed, key=key, measurements=tuple(measurements))
        )

    async def _judge(self, item: WorkItem, reply: str, completion_key: str, case_digest: str) -> bool:
        """Get the verdicts that the log lacks; whether there were any."""
        keys = {judge.measure: verdict_key(completion_key, case_digest, judge.signature) for judge in self._judges}
        due = [j for j in self._judges if self._finished.verdicts.get((item.slot, j.measure)) != keys[j.measure]]
        await asyncio.gather(*(self._judge_one(judge, item, reply, keys[judge.measure]) for judge in due))
        return bool(due)

    async def _judge_one(self, judge: Verdictor, item: WorkItem, reply: str, key: str) -> None:
        verdict = await judge.judge(item.case, reply)
        case_id, candidate, seed = item.slot
        self._folder.verdicts.append(
            VerdictRecord(
                case_id=case_id, candidate=candidate, seed=seed, key=key, measure=judge.measure, verdict=verdict
            )
        )


def measured(metric: Metric, case: Case, reply: str) -> Sequence[Measurement]:
    """A metric's measurements of one reply; where the metric itself fails, its measures get the status `error`."""
    try:
        return metric.measure(case, reply)
    except Exception as error:  # a fault in one metric, perhaps a plugin's, must not cost the run
        reason = f"{type(error).__name__}: {error}"
        return [Measurement(measure=measure.name, status="error", reason=reason) for measure in metric.measures]


def first_failure(failures: ExceptionGroup[Exception]) -> Exception:
    """The first plain exception of a group: what went wrong first, in the user's eyes."""
    failure: Exception = failures
    while isinstance(failure, ExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def by_name(measurements: Sequence[Measurement]) -> Mapping[str, Measurement]:
    """Measurements by the name of their measure."""
    return {measurement.measure: measurement for measurement in measurements}
