"""Comparing replies within a run: when a pair is asked, what is asked again on resume, and the table of comparisons."""

from __future__ import annotations

import asyncio
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from test_pipeline import EchoEngine

from harness.engines.engine import Candidate, Completion, EngineError, Request, Sampling
from harness.judging.drawn_answers import DrawnTally
from harness.judging.pairing import Comparing, PairDesk, Pairs, compared
from harness.pair_tabulation import preference_rows
from harness.pipeline import ErrorBudget, FinishedWork, Panel, Pipeline, Serving
from harness.progress import RunProgress
from harness.replay import ReplayPlan
from harness.run_folder import CandidateManifest, Manifest, RunFolder, SuiteManifest
from harness.tabulation import Tabulation, write_cases
from judges.pair_verdict import OrderedReading, PairVerdict
from reports.preferences import preferences_of
from reports.tables import read_tables
from suites.cases import Case, cases_of
from suites.loading import load_suite

NAMES = ("base", "june", "kim")
CASES = list(cases_of(load_suite("coffee_orders")))[:12]


class WordyEngine(EchoEngine):
    """Every candidate says something of its own; kim says the most."""

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        name = "kimkim" if request.candidate == "kim" else request.candidate
        return Completion(text=f"{name}: {completion.text}", finish_reason="stop")


class Longer:
    """A judge of pairs that is a program: the longer reply is better."""

    measure = title = description = "longer"

    def __init__(self, version: int = 1, fails_on: str = "") -> None:
        self.signature = f"check:longer|v:{version}"
        self.asked: list[tuple[str, str, str]] = []
        self._fails_on = fails_on

    async def compare(self, case: Case, first: str, second: str) -> PairVerdict:
        self.asked.append((case.id, first, second))
        if case.id == self._fails_on:
            return PairVerdict(rubric="longer", status="error", reason="out of breath", signature=self.signature)
        outcome = "first" if len(first) > len(second) else "second" if len(first) < len(second) else "tie"
        return PairVerdict.model_validate({"rubric": "longer", "outcome": outcome, "signature": self.signature})


class Explaining(Longer):
    """Says why, of the replies as they stood in each order."""

    async def compare(self, case: Case, first: str, second: str) -> PairVerdict:
        verdict = await super().compare(case, first, second)
        number = {"first": (1, 2), "second": (2, 1)}.get(str(verdict.outcome))
        if number is None:
            return verdict.model_copy(update={"reason": "both are as long"})
        orders = tuple(
            OrderedReading.model_validate({"label": verdict.outcome, "reason": f"Reply {n} is longer."}) for n in number
        )
        return verdict.model_copy(update={"orders": orders})


def run(
    folder: RunFolder,
    judge: Longer,
    engine: EchoEngine | None = None,
    *,
    pairs: Pairs = "all",
    names: Sequence[str] = NAMES,
    generating: Sequence[str] | None = None,
    seeds: Sequence[int] = (0,),
) -> None:
    (folder.path / "records").mkdir(parents=True, exist_ok=True)
    engine = engine or WordyEngine()
    engines = dict.fromkeys(generating or names, engine)
    identities = {name: engine.identity(name) for name in names}
    desk = PairDesk([Comparing(judge, pairs)], names, "base", folder.preferences)
    serving = Serving(engines, identities, engine.concurrency)
    pipeline = Pipeline(serving, lambda language: (), Panel(desk=desk), folder, ErrorBudget(1.0))
    plan = ReplayPlan({name: Candidate() for name in NAMES}, Sampling(), seeds, {})
    with RunProgress(1, console=Console(file=io.StringIO())) as progress:
        asyncio.run(pipeline.run(plan.work_items(CASES, names), progress))


def test_who_is_compared_with_whom() -> None:
    assert compared("baseline", ["june", "base", "kim"], "base") == [("june", "base"), ("kim", "base")]
    assert compared("all", ["june", "base", "kim"], "base") == [("june", "base"), ("kim", "base"), ("june", "kim")]


@pytest.mark.parametrize(("pairs", "of_a_case"), [("baseline", 2), ("all", 3)])
def test_every_pair_of_a_case_and_seed_is_compared_once(tmp_path: Path, pairs: Pairs, of_a_case: int) -> None:
    folder, judge = RunFolder(tmp_path), Longer()
    run(folder, judge, pairs=pairs, seeds=(0, 1))
    slots = [record.slot for record in folder.preferences.records()]
    assert len(slots) == len(set(slots)) == len(judge.asked) == of_a_case * len(CASES) * 2
    for case_id, first, second in judge.asked:
        assert first.endswith(f"reply to {case_id}") and second.endswith(f"reply to {case_id}")


def test_a_pair_is_asked_as_soon_as_both_replies_are_there(tmp_path: Path) -> None:
    """When the engine dies, all pairs of the replies that are logged have been asked."""
    folder, judge = RunFolder(tmp_path), Longer()
    with pytest.raises(EngineError):
        run(folder, judge, WordyEngine(dies_after=20))
    assert len(judge.asked) >= 2 * (20 // 3) - 4


def test_finished_comparisons_are_not_asked_again_and_failed_ones_are(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run(folder, Longer(fails_on=CASES[3].id))
    again = Longer()
    run(folder, again)
    assert {case_id for case_id, _, _ in again.asked} == {CASES[3].id}
    assert len(again.asked) == 3
    third = Longer()
    run(folder, third)
    assert third.asked == []


def test_another_judge_or_another_reply_is_compared_anew(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    run(folder, Longer())
    other_judge, other_reply = Longer(version=2), Longer(version=2)
    run(folder, other_judge)
    assert len(other_judge.asked) == 3 * len(CASES)
    run(folder, other_reply, WordyEngine(weights="other"))
    assert len(other_reply.asked) == 3 * len(CASES)


def test_replies_of_an_earlier_stage_are_compared_with_those_of_a_later_one(tmp_path: Path) -> None:
    folder, first, second = RunFolder(tmp_path), Longer(), Longer()
    run(folder, first, names=("base", "june"))
    assert len(first.asked) == len(CASES)
    run(folder, second, names=NAMES, generating=("kim",))
    assert len(second.asked) == 2 * len(CASES)


def test_nothing_waits_at_the_desk_when_all_have_come(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "records").mkdir()
    desk = PairDesk([Comparing(Longer(), "all")], NAMES, "base", folder.preferences)
    engine = WordyEngine(broken=[CASES[0].id])
    serving = Serving(dict.fromkeys(NAMES, engine), {name: engine.identity(name) for name in NAMES}, 4)
    pipeline = Pipeline(serving, lambda language: (), Panel(desk=desk), folder, ErrorBudget(1.0))
    plan = ReplayPlan({name: Candidate() for name in NAMES}, Sampling(), (0,), {})
    with RunProgress(1, console=Console(file=io.StringIO())) as progress:
        asyncio.run(pipeline.run(plan.work_items(CASES, NAMES), progress))
    assert desk._waiting == {}


def manifest_of(judge: Longer, **changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "run": "r",
        "started": "2026-11-22T06:00:00+00:00",
        "spec": {"suite": "coffee_orders"},
        "spec_hash": "0",
        "suite": SuiteManifest(
            name="coffee_orders",
            version="1",
            language="en",
            hash="0",
            path="x",
            dialogues=1,
            dialogues_in_suite=1,
            cases=1,
        ),
        "candidates": {name: CandidateManifest(identity={}, settings={}) for name in NAMES},
        "baseline": "base",
        "seeds": (0,),
        "measures": (),
        "preferences": (Comparing(judge, "all").measure(),),
        "signature": "s",
        "versions": {},
        "hardware": "h",
        "git_commit": None,
    }
    return Manifest(**fields | changes)


def test_the_table_has_a_row_for_each_comparison_and_says_why_one_is_missing(tmp_path: Path) -> None:
    folder, judge = RunFolder(tmp_path), Longer()
    run(folder, judge, WordyEngine(broken=[CASES[0].id]))
    write_cases(folder, iter(CASES))
    folder.write_manifest(manifest_of(judge))
    Tabulation(folder, manifest_of(judge), ()).write()
    rows = pq.read_table(tmp_path / "preferences.parquet").to_pylist()
    assert len(rows) == 3 * len(CASES)
    failed = [row for row in rows if row["status"] == "error"]
    assert {row["case_id"] for row in failed} == {CASES[0].id}
    assert failed[0]["reason"] == "no reply of june: too long" and failed[0]["outcome"] is None
    ok = {(row["candidate"], row["against"]): row for row in rows if row["case_id"] == CASES[1].id}
    assert {pair: row["outcome"] for pair, row in ok.items()} == {
        ("june", "base"): "tie",
        ("kim", "base"): "win",
        ("june", "kim"): "loss",
    }
    kim = ok["kim", "base"]
    assert kim["length"] - kim["length_against"] == len("kimkim") - len("base")
    assert kim["dialogue_id"] == CASES[1].dialogue_id


def test_the_table_says_why_in_both_orders(tmp_path: Path) -> None:
    folder, judge = RunFolder(tmp_path), Explaining()
    run(folder, judge)
    write_cases(folder, iter(CASES))
    Tabulation(folder, manifest_of(judge), ()).write()
    rows = pq.read_table(tmp_path / "preferences.parquet").to_pylist()
    reasons = {(row["candidate"], row["against"]): row["reason"] for row in rows}
    assert reasons == {
        ("june", "base"): "both are as long",
        ("kim", "base"): "1 = kim, 2 = base: Reply 1 is longer.\n1 = base, 2 = kim: Reply 2 is longer.",
        ("june", "kim"): "1 = june, 2 = kim: Reply 2 is longer.\n1 = kim, 2 = june: Reply 1 is longer.",
    }


def test_an_order_without_a_reason_has_no_line() -> None:
    orders = (OrderedReading(label="first"), OrderedReading(label="second", reason="Reply 2 is warmer."))
    verdict = PairVerdict(rubric="warmer", outcome="inconsistent", orders=orders, signature="s")
    assert verdict.reason_naming("june", "base") == "1 = base, 2 = june: Reply 2 is warmer."
    assert verdict.model_copy(update={"orders": orders[:1]}).reason_naming("june", "base") is None


def test_what_is_still_to_come_has_no_row(tmp_path: Path) -> None:
    folder, judge = RunFolder(tmp_path), Longer()
    run(folder, judge, names=("base", "june"))
    places = {record.slot: offset for offset, record in folder.completions.placed_records()}
    dialogues = {case.id: case.dialogue_id for case in CASES}
    rows = list(preference_rows(folder, manifest_of(judge), dialogues, places, defaultdict(DrawnTally)))
    assert {(row["candidate"], row["against"]) for row in rows} == {("june", "base")}


def test_from_the_log_to_the_ranking(tmp_path: Path) -> None:
    folder, judge = RunFolder(tmp_path), Longer()
    run(folder, judge)
    write_cases(folder, iter(CASES))
    folder.write_manifest(manifest_of(judge))
    Tabulation(folder, manifest_of(judge), ()).write()
    (preferences,) = preferences_of(read_tables(tmp_path))
    assert preferences.ranking[0].candidate == "kim"
    rates = {(rate.candidate, rate.against): rate.win_rate for rate in preferences.win_rates}
    assert rates == {("june", "base"): 0.5, ("kim", "base"): 1.0, ("june", "kim"): 0.0}


def test_nothing_is_read_of_runs_without_comparisons(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "records").mkdir()
    PairDesk([], NAMES, "base", folder.preferences).open()
    assert not folder.preferences.path.exists()
    assert FinishedWork.of(folder).completions == {}
