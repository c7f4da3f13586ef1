"""The built-in suites stay free of faults and as rich as they are said to be."""

from __future__ import annotations

import pytest

from suites.cases import cases_of
from suites.checking import check_suite
from suites.loading import builtin_names, load_suite
from suites.summary import summarise

SITUATIONS = {
    "missing_information",
    "forgotten_item",
    "complete_order",
    "change_of_mind",
    "out_of_stock",
    "ambiguous_wish",
    "small_talk",
    "out_of_scope",
}

pytestmark = pytest.mark.parametrize("name", builtin_names())


def test_nothing_is_wrong_with_it(name: str) -> None:
    assert [str(finding) for finding in check_suite(load_suite(name))] == []


def test_it_is_large_enough_and_covers_all_situations(name: str) -> None:
    summary = summarise(load_suite(name))
    assert summary.train is not None
    for half in (summary.held_out, summary.train):
        assert half.dialogues >= 60
        assert half.targets >= 100
        assert set(half.acts) == {"clarify", "confirm", "inform", "refuse", "chat"}
        assert set(half.tags) == SITUATIONS


def test_every_situation_is_the_main_one_of_some_dialogues(name: str) -> None:
    suite = load_suite(name)
    of_situation = {s: sum(s in dialogue.tags for dialogue in suite.dialogues()) for s in SITUATIONS}
    assert min(of_situation.values()) >= 6, of_situation


@pytest.mark.parametrize("half", ["held_out", "train"])
def test_every_target_has_an_act_and_two_references(name: str, half: str) -> None:
    for case in cases_of(load_suite(name), half):  # type: ignore[arg-type]
        assert case.expectation.act is not None, case.id
        assert len(case.references) >= 2, case.id
        assert case.messages[0].role == "system", case.id
        assert case.messages[-1].role == "user", case.id
