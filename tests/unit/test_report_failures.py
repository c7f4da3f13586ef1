"""Failure groups: which fault a reply is put under, how groups are counted and compared, and what is worded alike."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from metric_cases import case_with
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run

from harness.metrics.expectation_checks import ExpectationChecks
from reports.failures.faults import faults_of
from reports.failures.groups import Failures, failures_of
from reports.failures.kinds import KINDS, Fault
from reports.failures.wordings import wordings_of
from reports.pages.wording import ENGLISH, RUSSIAN
from reports.scores import scores_of
from reports.tables import RunTables, read_tables
from suites.dialogue import Expectation

MEASURES = [
    measure("act", kind="act"),
    *(measure(name, kind="check") for name in ("check.avoids", "check.order", "check.no_amnesia", "check.own")),
    measure("correctness", scale=[1, 5]),
    measure("safety_of_promise"),
    measure("bleu", kind="reference", scale=[0, 100]),
]


def failures(tables: RunTables) -> Failures:
    return failures_of(tables, scores_of(tables).dialogues)


def run_with(folder: Path, *rows: tuple[str, float, str | None], failed: bool = False) -> RunTables:
    """One reply of one candidate, with what some measures found."""
    results = [result("d1#1", "base", name, value, label=label) for name, value, label in rows]
    return read_tables(
        write_run(
            folder,
            measures=MEASURES,
            cases=[case("d1#1", act="clarify")],
            results=results,
            replies=[reply("d1#1", "base", None if failed else "Two lattes.")],
            manifest_data=manifest(["base"]),
        )
    )


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("act", 0.0, "confirm")], Fault("act", ("clarify", "confirm"))),
        ([("act", 0.0, "confirm"), ("check.avoids", 0.0, None)], Fault("promised")),
        ([("safety_of_promise", 0.2, "fail")], Fault("promised")),
        ([("check.order", 0.5, "not named")], Fault("item_missed")),
        ([("check.order", 0.5, "wrong quantity")], Fault("wrong_quantity")),
        ([("check.order", 0.5, None)], Fault("order")),
        ([("check.order", 0.5, "not named"), ("check.no_amnesia", 0.0, None)], Fault("amnesia")),
        ([("check.own", 0.9, None)], Fault("check", ("check.own",))),
        ([("correctness", 2.0, "poor")], Fault("judge", ("correctness",))),
        ([("correctness", 3.0, "fair"), ("act", 1.0, "clarify"), ("bleu", 0.0, None)], None),
    ],
)
def test_a_reply_stands_under_its_most_telling_fault(
    tmp_path: Path, rows: list[tuple[str, float, str | None]], fault: Fault | None
) -> None:
    found = faults_of(run_with(tmp_path, *rows))
    assert found.faults == (() if fault is None else (fault,))
    assert found.of.tolist() == [[[-1 if fault is None else 0]]]


def test_a_reply_that_never_came_has_no_other_fault(tmp_path: Path) -> None:
    assert faults_of(run_with(tmp_path, ("act", 0.0, "confirm"), failed=True)).faults == (Fault("no_reply"),)


@pytest.mark.parametrize(
    ("text", "label"),
    [("A latte and a croissant.", "wrong quantity"), ("Two lattes.", "not named"), ("Two lattes, one croissant", None)],
)
def test_the_check_of_orders_tells_which_fault_it_is(text: str, label: str | None) -> None:
    lines = [{"item": "latte", "quantity": 2}, {"item": "croissant"}]
    due = case_with("Fine.").model_copy(update={"expectation": Expectation.model_validate({"order": lines})})
    measured = next(m for m in ExpectationChecks("en").measure(due, text) if m.measure == "check.order")
    assert measured.label == label


def test_sizes_shares_and_changes_are_those_of_the_results(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path))
    found = failures(tables)
    assert sum(group.replies for group in found.groups) + found.left_out == (found.faults.of >= 0).sum()
    avoids = next(group for group in found.groups if group.fault == Fault("promised"))
    rows = tables.results.to_pandas()
    for name, count in avoids.counts.items():
        own = rows[(rows.measure == "check.avoids") & (rows.candidate == name) & (rows.status == "ok")]
        assert count.replies == (own.value < 1).sum()
        assert count.share == pytest.approx(count.replies / len(tables.cases))
    base, other = avoids.counts["base"], avoids.counts["order_taker"]
    assert base.difference is None
    assert other.difference == pytest.approx(other.share - base.share)
    assert other.relation == "better"  # fewer
    style = next(group for group in found.groups if group.fault == Fault("judge", ("style",)))
    assert style.counts["order_taker"].relation == "worse"


def test_groups_name_replies_that_are_in_them(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path))
    found, numbers = failures(tables), failures(tables).group_of()
    position = {name: i for i, name in enumerate(tables.cases["case_id"].to_pylist())}
    for number, group in enumerate(found.groups):
        assert sum(wording.share for wording in group.wordings) == pytest.approx(1)
        for wording in group.wordings:
            for typical in wording.typical:
                candidate = tables.candidates.index(typical.candidate)
                assert number in numbers[candidate, position[typical.case_id]]


def test_seeds_count_as_a_share_of_the_case(tmp_path: Path) -> None:
    run = write_run(
        tmp_path,
        measures=[measure("check.own", kind="check")],
        cases=[case("d1#0"), case("d2#0")],
        results=[result("d1#0", "base", "check.own", value, seed=seed) for seed, value in ((3, 0.0), (9, 1.0))],
        replies=[reply("d1#0", "base", f"seed {seed}", seed=seed) for seed in (3, 9)],
        manifest_data=manifest(["base"], seeds=[3, 9]),
    )
    (group,) = failures(read_tables(run)).groups
    assert (group.counts["base"].replies, group.counts["base"].share) == (1, 0.25)


def test_a_run_without_faults_has_no_groups(tmp_path: Path) -> None:
    found = failures(read_tables(run_of_values(tmp_path, {"base": [1.0] * 6}, list("abcdef"))))
    assert found.groups == () and found.left_out == 0
    assert (found.group_of() == -1).all()


def test_texts_that_share_their_words_stand_together() -> None:
    sizes = [f"What size would you like for your {drink}?" for drink in ("latte", "mocha", "tea", "espresso")]
    greetings = [f"Aye aye skipper, {what} on deck!" for what in ("fine weather", "a storm", "calm seas")]
    texts = [*sizes, *greetings, "Zebra."]
    found = wordings_of(texts)
    assert [set(wording.members) for wording in found] == [{0, 1, 2, 3}, {4, 5, 6}, {7}]
    for wording, others in ((found[0], greetings), (found[1], sizes)):
        assert 0 < len(wording.terms) <= 3
        own = [re.sub(r"\W+", " ", texts[i].lower()) for i in wording.members]
        assert all(wording.terms[0] in text for text in own), wording.terms
        assert not any(term in text.lower() for term in wording.terms for text in others)
    assert found[2].terms == ()
    for wording in found:
        assert set(wording.typical) <= set(wording.members)


@pytest.mark.parametrize("texts", [[], [""], ["...", "!?", "…", "—"], ["same"] * 9, ["a", "b"]])
def test_texts_with_little_in_them(texts: list[str]) -> None:
    found = wordings_of(texts)
    assert sorted(position for wording in found for position in wording.members) == list(range(len(texts)))


def test_equal_texts_count_as_often_as_they_stand() -> None:
    generator = np.random.default_rng(0)
    texts = ["great coming right up", *("what size would you like",) * 5, "unlike all others here"]
    order = generator.permutation(len(texts))
    found = wordings_of([texts[i] for i in order])
    assert len(found[0].members) == 5
    assert len(found[0].typical) == 1


@pytest.mark.parametrize("words", [ENGLISH, RUSSIAN])
def test_every_kind_has_a_name(words: object) -> None:
    assert set(words.failures.kinds) == set(KINDS)  # type: ignore[attr-defined]
