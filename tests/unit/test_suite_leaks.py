"""Leaks between the halves, compared with a count by brute force."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_suites import dialogue, make_suite, target, turn

from suites.checking import check_suite
from suites.dialogue import Dialogue, SuiteHeader
from suites.leaks import RUN_LENGTH, LeakFinder

NINE = "one two three four five six seven eight nine"
HEADER = SuiteHeader(name="leaks", held_out="held_out.jsonl")


def test_the_same_dialogue_is_one_error_naming_both_places(tmp_path: Path) -> None:
    same = [turn("user", "Hi"), target("Hello there!", "Good day.")]
    other = dialogue("x", turn("user", "Morning"), target("Yes?"))
    renamed = dialogue("held", turn("user", "hi"), target("Hello, there", "What is it?"))
    suite = make_suite(tmp_path, [other, renamed], [dialogue("t0", turn("user", "Yo")), dialogue("t1", *same)])
    leak, share = check_suite(suite)
    assert (leak.severity, leak.check, leak.line) == ("error", "leaked_dialogue", 2)
    assert f"{suite.file_of('train')}:2" in leak.problem
    assert "1 of 2 held-out dialogues (50.0%)" in share.problem


@pytest.mark.parametrize(
    ("held_out_words", "train_words", "kind"),
    [
        (NINE, NINE, "leaked_reply"),
        (NINE, f"zero {NINE} ten", "leaked_run"),
        ("one two three four five six seven", "one two three four five six seven", None),
        (NINE, NINE.replace("five", "5"), None),
    ],
)
def test_replies_and_runs(tmp_path: Path, held_out_words: str, train_words: str, kind: str | None) -> None:
    suite = make_suite(
        tmp_path,
        [dialogue("h", turn("user", "Hi"), target("Hello.", held_out_words.title() + "!"))],
        [dialogue("t", turn("user", train_words.replace(" ", ", ")), target("Fine."))],
    )
    checks = [(f.check, f.field) for f in check_suite(suite)]
    expected = [(kind, "messages.1.target.references.0"), ("leaking_dialogues", "")] if kind else []
    assert checks == expected


def test_the_shared_run_is_shown_as_a_whole(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path,
        [dialogue("h", turn("user", f"So {NINE} ten then"), target("Fine."))],
        [dialogue("t", turn("user", f"well {NINE} ten eleven"), target("Yes."))],
    )
    (run, _) = check_suite(suite)
    assert f"shares 10 words in a row with {suite.file_of('train')}:1: '{NINE} ten'" in run.problem
    assert run.severity == "warning"


def test_prompts_and_tool_output_may_be_alike(tmp_path: Path) -> None:
    def with_prompt(name: str, words: str) -> dict[str, object]:
        call = turn("assistant", "", tool_calls=[{"id": "c"}])
        return dialogue(
            name, turn("system", NINE), turn("user", words), call, turn("tool", NINE, tool_call_id="c"), target(words)
        )

    assert check_suite(make_suite(tmp_path, [with_prompt("h", "Hi")], [with_prompt("t", "Bye")])) == []


def test_russian_words_are_folded(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path,
        [dialogue("h", turn("user", "Ну"), target("Всё записал: ЧЁРНЫЙ хлеб, два молока, десяток яиц, одна гречка."))],
        [dialogue("t", turn("user", "Да"), target("Все записал, черный хлеб два молока десяток яиц одна гречка"))],
        language="ru",
    )
    assert [f.check for f in check_suite(suite)] == ["leaked_reply", "leaking_dialogues"]


def test_long_lists_of_leaks_are_cut_but_the_share_counts_all(tmp_path: Path) -> None:
    held_out = [dialogue(f"h{i}", turn("user", f"{NINE} {i}"), target("Fine.")) for i in range(30)]
    suite = make_suite(tmp_path, held_out, [dialogue("t", turn("user", NINE), target("Yes."))])
    findings = check_suite(suite, max_findings_a_check=3)
    assert [f.check for f in findings] == ["leaked_run"] * 3 + ["leaking_dialogues", "leaked_run"]
    assert "30 of 30 held-out dialogues (100.0%)" in findings[3].problem
    assert "and 27 more" in findings[4].problem


def _runs(dialogues: list[list[str]]) -> set[tuple[str, ...]]:
    words = [re.findall(r"\w+", text) for texts in dialogues for text in texts]
    return {tuple(w[i : i + RUN_LENGTH]) for w in words for i in range(len(w) - RUN_LENGTH + 1)}


_TEXTS = st.lists(st.sampled_from("ab"), min_size=1, max_size=14).map(" ".join)
_DIALOGUES = st.lists(st.lists(_TEXTS, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(train=_DIALOGUES, held_out=_DIALOGUES)
def test_the_same_runs_are_found_as_by_brute_force(train: list[list[str]], held_out: list[list[str]]) -> None:
    def made(texts: list[str]) -> Dialogue:
        roles = itertools.cycle(("user", "assistant"))
        return Dialogue.model_validate(dialogue("d", *(turn(next(roles), text) for text in texts)))

    finder = LeakFinder(HEADER)
    for line, texts in enumerate(train, start=1):
        finder.learn(line, made(texts))
    shared = _runs(train) & _runs(held_out)
    for texts in held_out:
        leaks = finder.leaks(made(texts))
        if texts in train:
            assert [(leak.kind, leak.training_line) for leak in leaks] == [("dialogue", train.index(texts) + 1)]
            continue
        assert all(leak.kind == "run" for leak in leaks)
        assert _runs([[leak.words] for leak in leaks]) == _runs([texts]) & shared
        for leak in leaks:
            first_run = tuple(leak.words.split()[:RUN_LENGTH])
            assert leak.training_line == next(i for i, t in enumerate(train, start=1) if first_run in _runs([t]))


def test_a_suite_without_training_half_leaks_nothing() -> None:
    assert LeakFinder(HEADER).leaks(Dialogue.model_validate(dialogue("d", turn("user", NINE)))) == []
