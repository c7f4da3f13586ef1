"""The built-in suites stay free of faults and as rich as they are said to be."""

from __future__ import annotations

import pytest

from suites.cases import cases_of
from suites.checking import check_suite
from suites.leaks import LeakFinder
from suites.loading import builtin_names, load_suite
from suites.summary import summarise
from suites.words import words_of

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

VOICES = [name for name in builtin_names() if len(load_suite(name).header.personas) > 1]
"""Suites of several persons, for telling them apart; the others are of orders."""
ORDERS = [name for name in builtin_names() if name not in VOICES]


@pytest.mark.parametrize("name", builtin_names())
def test_nothing_is_wrong_with_it(name: str) -> None:
    assert [str(finding) for finding in check_suite(load_suite(name))] == []


@pytest.mark.parametrize("name", ORDERS)
def test_it_is_large_enough_and_covers_all_situations(name: str) -> None:
    summary = summarise(load_suite(name))
    assert summary.train is not None
    for half in (summary.held_out, summary.train):
        assert half.dialogues >= 60
        assert half.targets >= 100
        assert set(half.acts) == {"clarify", "confirm", "inform", "refuse", "chat"}
        assert set(half.tags) == SITUATIONS


@pytest.mark.parametrize("name", ORDERS)
def test_every_situation_is_the_main_one_of_some_dialogues(name: str) -> None:
    suite = load_suite(name)
    of_situation = {s: sum(s in dialogue.tags for dialogue in suite.dialogues()) for s in SITUATIONS}
    assert min(of_situation.values()) >= 6, of_situation


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("half", ["held_out", "train"])
def test_every_target_has_an_act_and_two_references(name: str, half: str) -> None:
    for case in cases_of(load_suite(name), half):  # type: ignore[arg-type]
        assert case.expectation.act is not None, case.id
        assert len(case.references) >= 2, case.id
        assert case.messages[0].role == "system", case.id
        assert case.messages[-1].role == "user", case.id


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize(("half", "least"), [("held_out", 30), ("train", 100)])
def test_two_persons_have_replies_enough_in_the_same_situations(name: str, half: str, least: int) -> None:
    suite = load_suite(name)
    assert len(suite.header.personas) == 2
    dialogues = list(suite.dialogues(half))  # type: ignore[arg-type]
    assert {dialogue.persona for dialogue in dialogues} == set(suite.header.personas)
    for person in suite.header.personas:
        own = [dialogue for dialogue in dialogues if dialogue.persona == person]
        replies = [turn for dialogue in own for turn in dialogue.messages if turn.role == "assistant"]
        assert len(replies) >= least, person
        assert all(turn.target and turn.target.expectation.act for turn in replies), person
        assert {tag for dialogue in own for tag in dialogue.tags} == SITUATIONS, person


@pytest.mark.parametrize(
    ("trained_on", "tested_on"), [("coffee_orders", "coffee_voices"), ("grocery_orders_ru", "grocery_voices_ru")]
)
def test_adapters_of_one_suite_can_be_tested_on_the_other_of_the_same_shop(trained_on: str, tested_on: str) -> None:
    training, held_out = load_suite(trained_on), load_suite(tested_on)
    finder = LeakFinder(training.header)
    for line, dialogue in enumerate(training.dialogues("train"), start=1):
        finder.learn(line, dialogue)
    assert [leak for dialogue in held_out.dialogues() for leak in finder.leaks(dialogue)] == []


@pytest.mark.parametrize("name", VOICES)
@pytest.mark.parametrize("half", ["held_out", "train"])
def test_only_the_replies_say_who_answers(name: str, half: str) -> None:
    suite = load_suite(name)
    names = {word for card in suite.header.personas.values() for word in words_of(card.name) if len(word) > 2}
    for case in cases_of(suite, half):  # type: ignore[arg-type]
        said = " ".join(turn.content for turn in case.messages if turn.role != "assistant")
        assert not names & set(words_of(said)), case.id
