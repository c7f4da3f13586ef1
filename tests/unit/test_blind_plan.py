"""Which questions raters of the blind test get, and that nothing in them tells whose reply is whose."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest
from blind_material import pairs_of, planner
from scipy import stats

from harness.blind_test.contests import Contest
from harness.blind_test.folder import REAL
from harness.blind_test.plan import Question
from harness.blind_test.server import _question_for_page


def asked(questions: list[Question]) -> list[Question]:
    return [question for question in questions if question.kind == "pair"]


def test_a_plan_is_always_the_same_and_differs_between_raters_and_secrets() -> None:
    pairs = pairs_of(30)
    questions = planner(pairs).questions("anna")
    assert questions == planner(list(reversed(pairs))).questions("anna")
    others = [planner(pairs).questions("boris"), planner(pairs, seed="another").questions("anna")]
    for other in others:
        assert [q.pair.id for q in asked(other)] != [q.pair.id for q in asked(questions)]
        assert not {q.id for q in other} & {q.id for q in questions}


def test_each_dialogue_is_asked_about_once_and_candidates_evenly() -> None:
    questions = asked(planner(pairs_of(60, turns=4, candidates=("june", "kim", "base"))).questions("anna"))
    assert len(questions) == 40
    assert len({question.pair.case.dialogue_id for question in questions}) == 40
    counts = Counter(question.pair.contest.candidate for question in questions)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_no_context_gives_away_what_is_asked_later() -> None:
    questions = asked(planner(pairs_of(6, turns=5, candidates=("june", "kim")), per_dialogue=3).questions("anna"))
    assert len(questions) == 18
    assert len({question.pair.case.id for question in questions}) == 18
    for dialogue in range(6):
        turns = [q.pair.case.turn for q in questions if q.pair.case.dialogue_id == str(dialogue)]
        assert turns == sorted(turns) and len(turns) == 3
    assert len({question.pair.case.dialogue_id for question in questions[:6]}) == 6


def test_a_case_that_lacks_a_candidates_reply_is_shown_with_another() -> None:
    pairs = [
        pair
        for pair in pairs_of(20, candidates=("june", "kim"))
        if pair.contest.candidate == "kim" or pair.id[0] == "1"
    ]
    assert len(asked(planner(pairs).questions("anna"))) == 20


def test_sides_are_a_fair_coin_whatever_is_shown() -> None:
    pairs = pairs_of(40)
    sides = [
        (question.kind, question.pair.id, question.shown[0] == REAL)
        for rater in range(50)
        for question in planner(pairs).questions(f"rater {rater}")
    ]
    for kind in ("pair", "check"):
        first = [is_first for each, _, is_first in sides if each == kind]
        assert stats.binomtest(sum(first), len(first)).pvalue > 0.001
    by_pair = Counter(pair for kind, pair, first in sides if kind == "pair" and first)
    assert all(5 < by_pair[pair.id] < 45 for pair in pairs)
    runs = sum(one[2] == other[2] for one, other in pairwise(sides))
    assert stats.binomtest(runs, len(sides) - 1).pvalue > 0.001


def test_texts_go_with_their_authors() -> None:
    for question in asked(planner(pairs_of(30)).questions("anna")):
        for author, text in zip(question.shown, question.texts, strict=True):
            assert text.startswith("person" if author == REAL else author)


@pytest.mark.parametrize(("dialogues", "checks"), [(7, 0), (8, 2), (25, 2), (40, 4), (200, 4)])
def test_attention_checks_are_spread_and_never_first(dialogues: int, checks: int) -> None:
    questions = planner(pairs_of(dialogues)).questions("anna")
    places = [place for place, question in enumerate(questions) if question.kind == "check"]
    assert len(places) == checks
    assert all(place > 0 for place in places)
    if checks:
        assert max(b - a for a, b in pairwise(places)) <= 2 * 40 / checks
    for place in places:
        question = questions[place]
        assert question.texts[question.shown.index(REAL)] == "Choose this."


def test_what_the_page_is_told_names_no_author() -> None:
    questions = planner(pairs_of(30)).questions("anna")
    for question in questions:
        told = _question_for_page(question, {})
        assert set(told) == {"id", "about", "context", "replies"}
        rest = json.dumps({name: told[name] for name in ("id", "context")})
        assert REAL not in rest and "june" not in rest and question.pair.id not in rest
    assert {len(question.id) for question in questions} == {32}


def test_two_candidates_can_be_shown_without_the_person() -> None:
    questions = asked(planner(pairs_of(12, against="base")).questions("anna"))
    assert {frozenset(question.shown) for question in questions} == {frozenset(("june", "base"))}
    assert {question.pair.contest for question in questions} == {Contest("june", "base")}
