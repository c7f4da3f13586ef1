"""The pipeline with an engine of its own: bounded, going on, honest about errors."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from harness.engines.engine import (
    Candidate,
    ChatMessages,
    Completion,
    EngineError,
    ModelIdentity,
    Request,
    RequestError,
    Sampling,
    TokenLogprobs,
)
from harness.metrics.metric import Metric
from harness.metrics.selection import make_metrics
from harness.pipeline import ErrorBudget, Panel, Pipeline, Serving, TooManyErrors
from harness.progress import RunProgress
from harness.replay import ReplayPlan, WorkItem
from harness.run_folder import RunFolder
from judges.verdict import Verdict
from suites.cases import Case, cases_of
from suites.loading import load_suite


class EchoEngine:
    """Answers with the case's id; fails where it is told to. Counts what is under way."""

    concurrency = 4
    replicas = 1

    def __init__(self, broken: Sequence[str] = (), dies_after: int | None = None, weights: str = "w") -> None:
        self.requests: list[Request] = []
        self.under_way = self.most_under_way = 0
        self._broken = broken
        self._dies_after = dies_after
        self._weights = weights

    async def check(self) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def identity(self, candidate: str) -> ModelIdentity:
        return ModelIdentity(name=candidate, base=self._weights)

    async def complete(self, request: Request) -> Completion:
        if self._dies_after is not None and len(self.requests) >= self._dies_after:
            raise EngineError("the engine is gone")
        self.requests.append(request)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if request.case_id in self._broken:
            raise RequestError("too long")
        return Completion(text=f"reply to {request.case_id}", finish_reason="stop")

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        raise RequestError("no")

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        raise RequestError("no")


class LengthJudge:
    """A judge that is a program."""

    measure = title = description = "length"
    bounds = (0.0, 1.0)
    signature = "check:length|v:1"

    async def judge(self, case: Case, reply: str) -> Verdict:
        return Verdict(rubric="length", score=float(len(reply) > 3), signature=self.signature)


def chosen_metrics(language: str) -> Sequence[Metric]:
    return make_metrics(["exact_match", "length_ratio"], language)


def items() -> Iterator[WorkItem]:
    plan = ReplayPlan({"a": Candidate(), "b": Candidate()}, Sampling(), (0,), {})
    return plan.work_items(cases_of(load_suite("coffee_orders")), plan.candidates)


ITEM_COUNT = sum(1 for _ in items())


def run(folder: RunFolder, engine: EchoEngine, max_share: float = 0.2) -> None:
    (folder.path / "records").mkdir(parents=True, exist_ok=True)
    engines = {"a": engine, "b": engine}
    identities = {name: engine.identity(name) for name in engines}
    serving = Serving(engines, identities, engine.concurrency)
    pipeline = Pipeline(serving, chosen_metrics, Panel([LengthJudge()]), folder, ErrorBudget(max_share))
    with RunProgress(ITEM_COUNT, console=Console(file=io.StringIO())) as progress:
        asyncio.run(pipeline.run(items(), progress))


def test_every_item_gets_a_completion_scores_and_a_verdict_once(tmp_path: Path) -> None:
    folder, engine = RunFolder(tmp_path), EchoEngine()
    run(folder, engine)
    for log in folder.logs:
        slots = [record.slot for record in log.records()]
        assert len(slots) == len(set(slots)) == ITEM_COUNT
    assert engine.most_under_way <= engine.concurrency


def test_finished_work_is_not_done_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with pytest.raises(EngineError):
        run(folder, EchoEngine(dies_after=30))
    again = EchoEngine()
    run(folder, again)
    assert len(again.requests) == ITEM_COUNT - 30
    third = EchoEngine()
    run(folder, third)
    assert third.requests == []
    assert sum(1 for _ in folder.completions.records()) == ITEM_COUNT


def test_another_model_makes_everything_anew(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run(folder, EchoEngine())
    other = EchoEngine(weights="other")
    run(folder, other)
    assert len(other.requests) == ITEM_COUNT


def test_a_failed_request_is_a_record_and_is_tried_again_on_resume(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    broken = "coffee-h001#1"
    run(folder, EchoEngine(broken=[broken]))
    failed = [record for record in folder.completions.records() if record.status == "error"]
    assert {(record.case_id, record.candidate, record.error) for record in failed} == {
        (broken, "a", "too long"),
        (broken, "b", "too long"),
    }
    assert all(record.text is None for record in failed)
    again = EchoEngine()
    run(folder, again)
    assert {request.case_id for request in again.requests} == {broken}


def test_too_many_errors_stop_the_run(tmp_path: Path) -> None:
    every_case = [case.id for case in cases_of(load_suite("coffee_orders"))]
    engine = EchoEngine(broken=every_case)
    with pytest.raises(TooManyErrors, match="the last one: too long"):
        run(RunFolder(tmp_path), engine)
    assert len(engine.requests) < ITEM_COUNT / 2


def test_a_metric_that_fails_costs_its_measures_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.metrics.exact_match import ExactMatch

    def broken(self: ExactMatch, case: Case, reply: str) -> object:
        raise ZeroDivisionError("no words")

    monkeypatch.setattr(ExactMatch, "measure", broken)
    folder = RunFolder(tmp_path)
    run(folder, EchoEngine())
    for record in folder.scores.records():
        by_name = {measurement.measure: measurement for measurement in record.measurements}
        assert by_name["exact_match"].status == "error"
        assert by_name["exact_match"].value is None
        assert by_name["exact_match"].reason == "ZeroDivisionError: no words"
        assert by_name["length_ratio"].status == "ok"
