"""What `check_suite` finds, and where it says it stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from made_suites import dialogue, make_suite, target, turn

from suites.checking import check_suite
from suites.loading import load_suite
from suites.summary import summarise

GOOD = dialogue("good", turn("user", "A latte, please."), target("Which size would you like?", "Small or large?"))


def found(folder: Path, *held_out: Any, **header: Any) -> list[tuple[str, str, int | None, str]]:
    """(severity, check, line, field) of each finding."""
    findings = check_suite(make_suite(folder, held_out, **header))
    return [(f.severity, f.check, f.line, f.field) for f in findings]


def test_a_good_suite_has_no_findings(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD, system="You are a barista.") == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [turn("user", " "), target("Hello there, what will it be?")],
            ("error", "empty_turn", 1, "messages.0.content"),
        ),
        (
            [turn("user", "Hi"), turn("user", "Anybody?"), target("Yes, hello.")],
            ("warning", "same_role", 1, "messages.1"),
        ),
        (
            [turn("user", "Hi"), turn("system", "Be kind."), target("Hello.")],
            ("error", "late_system", 1, "messages.1"),
        ),
        ([turn("user", "Hi"), target("")], ("error", "no_reference", 1, "messages.1")),
        (
            [turn("user", "Hi"), target("", "Hello."), turn("user", "Bye")],
            ("warning", "empty_turn", 1, "messages.1.content"),
        ),
        (
            [turn("user", "Hi"), target("Good morning!", "Hello.", "good  morning")],
            ("warning", "repeated_reference", 1, "messages.1.target.references.1"),
        ),
        (
            [turn("user", "Hi", target={}), target("Hello.")],
            ("error", "wrong_role", 1, "messages.0.target"),
        ),
        ([target("Welcome!")], ("error", "no_context", 1, "messages.0")),
        ([turn("user", "Hi"), turn("assistant", "Hello.")], ("warning", "no_target", 1, "")),
        (
            [turn("user", "Hi"), turn("tool", "{}", tool_call_id="c1"), target("Hello.")],
            ("warning", "tool_call", 1, "messages.1"),
        ),
        (
            [turn("user", "Hi"), target("One latte.", order=[{"item": "latte"}], must_not_mention=["Latte"])],
            ("error", "expectation", 1, "messages.1.target.expectation.order.0.item"),
        ),
        (
            [
                turn("user", "Hi"),
                target("Oats?", must_mention=[["oat milk", "oats"]], must_not_mention=["oat", "oats"]),
            ],
            ("error", "expectation", 1, "messages.1.target.expectation.must_mention.0"),
        ),
        (
            [turn("user", "Hi"), target("Size?", missing=["size"], said_already=["size"])],
            ("error", "expectation", 1, "messages.1.target.expectation.missing.0"),
        ),
        (
            [turn("user", "Hi"), target("Hello", act="chat", missing=["size"])],
            ("warning", "expectation", 1, "messages.1.target.expectation.act"),
        ),
        (
            [turn("user", "Hi"), target("One latte.", "A muffin?", must_not_mention=[["muffin", "bagel"]])],
            ("error", "expectation", 1, "messages.1.target.expectation.must_not_mention"),
        ),
    ],
)
def test_one_fault_of_a_dialogue(tmp_path: Path, messages: list[Any], expected: tuple[str, str, int, str]) -> None:
    findings = found(tmp_path, dialogue("d", *messages), GOOD)
    assert expected in findings
    assert {finding[1] for finding in findings} == {expected[1]}


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(
            [
                turn("user", "What is left?"),
                turn("assistant", "", tool_calls=[{"id": "c1", "type": "function", "function": {"name": "stock"}}]),
                turn("tool", "{}", tool_call_id="c1"),
                turn("tool", "{}", tool_call_id="c1"),
                target("Bagels."),
            ],
            id="tool calls",
        ),
        pytest.param([turn("user", "Hi"), target("", "Hello.")], id="an empty last target with a reference"),
        pytest.param(
            [turn("user", "Hi"), target("Oat?", must_mention=[["oat milk", "oat"]], must_not_mention=["milk"])],
            id="one of two alternatives can be said",
        ),
        pytest.param([turn("user", "Hi"), target("Latte!", must_not_mention=["late"])], id="part of a word"),
    ],
)
def test_what_is_no_fault(tmp_path: Path, messages: list[Any]) -> None:
    assert found(tmp_path, dialogue("d", *messages)) == []


def test_a_call_of_a_tool_that_is_not_defined(tmp_path: Path) -> None:
    menu = {"type": "function", "function": {"name": "menu"}}
    calls = [{"id": "c1", "function": {"name": "menu"}}, {"id": "c2", "function": {"name": "stock"}}]
    messages = [turn("user", "Hi"), turn("assistant", "", tool_calls=calls), target("Hello.")]
    assert found(tmp_path, dialogue("d", *messages)) == []
    (problem,) = check_suite(make_suite(tmp_path, [dialogue("d", *messages, tools=[menu])]))
    assert (problem.severity, problem.check, problem.field) == ("warning", "tool_call", "messages.1.tool_calls.1")
    assert problem.problem == "calls no tool that `tools` defines: menu"


def test_tool_call_turns_are_no_targets_where_all_turns_are(tmp_path: Path) -> None:
    call = turn("assistant", "", tool_calls=[{"id": "c1"}])
    messages = [turn("user", "Hi"), call, turn("tool", "{}", tool_call_id="c1"), turn("assistant", "Hello.")]
    suite = make_suite(tmp_path, [dialogue("d", *messages)], targets="all")
    assert check_suite(suite) == []
    assert summarise(suite).held_out.targets == 1


def test_every_bad_line_is_found_in_one_run(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path,
        [
            GOOD,
            '{"id": "torn", "mess',
            dialogue("c", {"role": "human", "contents": "Hi"}),
            GOOD,
            dialogue("e", turn("user", "Hi"), target("Hello."), persona="june"),
            "",
            dialogue("g", *GOOD["messages"]),
        ],
        personas={"jane": {"name": "Jane", "description": "A barista."}},
    )
    findings = check_suite(suite)
    places = [(f.check, f.line, f.field) for f in findings]
    assert places == [
        ("unreadable", 2, ""),
        ("unreadable", 3, "messages.0.contents"),
        ("unreadable", 3, "messages.0.role"),
        ("unreadable", 4, "id"),
        ("unreadable", 5, "persona"),
        ("same_messages", 7, "messages"),
    ]
    assert str(findings[4]) == (
        f"{suite.file_of('held_out')}:5: persona: there is no persona 'june'; did you mean 'jane'?"
    )


def test_a_half_without_dialogues_targets_or_file(tmp_path: Path) -> None:
    assert found(tmp_path) == [("error", "unreadable", None, "")]
    untargeted = dialogue("d", turn("user", "Hi"), turn("assistant", "Hello."))
    assert ("error", "no_target_at_all", None, "") in found(tmp_path, untargeted)
    suite = make_suite(tmp_path, [GOOD], [])
    suite.file_of("train").unlink()
    (finding,) = check_suite(suite)
    assert finding.problem == "there is no such file"
    assert finding.file == str(suite.file_of("train"))


def test_training_on_the_held_out_file_is_an_error(tmp_path: Path) -> None:
    header = make_suite(tmp_path, [GOOD], [GOOD]).path
    header.write_text("name: made\nheld_out: held_out.jsonl\ntrain: held_out.jsonl\n")
    suite = load_suite(tmp_path)
    assert [(f.severity, f.field) for f in check_suite(suite)] == [("error", "train")]


def test_long_lists_are_cut_with_a_count(tmp_path: Path) -> None:
    silent = [dialogue(f"d{i}", turn("user", f"Hi {i}"), target("")) for i in range(12)]
    suite = make_suite(tmp_path, silent)
    findings = check_suite(suite, max_findings_a_check=5)
    assert [f.line for f in findings] == [1, 2, 3, 4, 5, None]
    assert findings[-1].problem == "and 7 more findings of the check 'no_reference'"
    assert len(check_suite(suite, max_findings_a_check=None)) == 12


def test_the_summary_counts_what_the_cases_hold(tmp_path: Path) -> None:
    tagged = dialogue("t", turn("user", "Hi"), target("Hello!", "Good day.", act="chat"), tags=["greeting"])
    tagged["messages"][1]["target"]["tags"] = ["first", "greeting"]
    suite = make_suite(tmp_path, [GOOD, tagged], [tagged], language="en-GB", version="7")
    summary = summarise(suite)
    assert (summary.name, summary.language, summary.version) == ("made", "en-GB", "7")
    assert summary.held_out.model_dump() == {
        "dialogues": 2,
        "targets": 2,
        "references": 4,
        "acts": {"chat": 1},
        "tags": Counter({"greeting": 1, "first": 1}),
    }
    assert summary.train is not None
    assert summary.train.dialogues == 1
