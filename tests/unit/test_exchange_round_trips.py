"""What is imported, exported and imported again is the same suite, whatever was said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_suites import make_suite

from suites.cases import cases_of
from suites.exchange.exporting import export_file
from suites.exchange.importing import ImportOptions, import_suite
from suites.exchange.reading import ReadingOptions
from suites.loading import Suite

WHOLE_DIALOGUES = [
    ("openai", "x.jsonl"),
    ("trl", "x.jsonl"),
    ("sharegpt", "x.jsonl"),
    ("datasets", "x.jsonl"),
    ("datasets", "x.parquet"),
    ("datasets", "x.csv"),
    ("obsidian", "x"),
    ("chatgpt", "x.json"),
]
"""Formats that hold dialogues and not replies, and how their files are called."""

_PIECES = [*">[!]`|-#*_\\\"' \n,:{}", "<!-- UID: 1 -->", "> [!note] x", "[!nexus_user] **User**", "---", "[{", "```"]
_TEXTS = (
    st.lists(
        st.one_of(
            st.sampled_from(_PIECES),
            st.sampled_from("abcабвё🙂😀éñ"),
            st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
        ),
        min_size=1,
        max_size=14,
    )
    .map("".join)
    .map(str.strip)
    .filter(bool)
)
_TALKS = st.lists(st.lists(_TEXTS, min_size=2, max_size=5), min_size=1, max_size=3)
_AS_IT_STANDS = ImportOptions(reading=ReadingOptions(any_order=True), repair_encoding=False)


def _made(folder: Path, talks: list[list[str]], first: str, system: str = "") -> Suite:
    """A suite of what was said in turn, whose dialogues are dated by turns too."""
    roles = ["user", "assistant"] if first == "user" else ["assistant", "user"]
    dialogues = [
        {
            "id": f"d{number}",
            "messages": [{"role": roles[turn % 2], "content": text} for turn, text in enumerate(texts)],
            **({"date": f"2025-01-{number + 1:02d}T10:30:00Z"} if number % 2 else {}),
        }
        for number, texts in enumerate(talks)
    ]
    folder.mkdir()
    return make_suite(folder, dialogues, targets="all", system=system)


def _there_and_back(suite: Suite, format_name: str, name: str, folder: Path) -> Suite:
    folder.mkdir()
    export_file(suite, "held_out", format_name, folder / name)
    return import_suite(format_name, folder / name, folder / "suite", options=_AS_IT_STANDS).suite


@pytest.mark.parametrize(("format_name", "name"), WHOLE_DIALOGUES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(talks=_TALKS, first=st.sampled_from(["user", "assistant"]))
def test_an_import_of_an_export_is_the_same_suite(
    tmp_path_factory: pytest.TempPathFactory, format_name: str, name: str, talks: list[list[str]], first: str
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    made = _made(folder / "made", talks, first)
    once = _there_and_back(made, format_name, name, folder / "once")
    assert [[(t.role, t.content) for t in d.messages] for d in once.dialogues()] == [
        [(t.role, t.content) for t in d.messages] for d in made.dialogues()
    ]
    twice = _there_and_back(once, format_name, name, folder / "twice")
    assert list(twice.dialogues()) == list(once.dialogues())
    assert twice.header == once.header


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(talks=_TALKS, first=st.sampled_from(["user", "assistant"]), system=st.sampled_from(["", "Be brief."]))
def test_the_human_as_the_target_comes_back_as_the_same_cases(
    tmp_path_factory: pytest.TempPathFactory, talks: list[list[str]], first: str, system: str
) -> None:
    folder = tmp_path_factory.mktemp("swapped")
    export_file(_made(folder / "made", talks, first, system), "held_out", "openai", folder / "x.jsonl")
    options = ImportOptions(reading=ReadingOptions(target_role="user"), repair_encoding=False)
    human = import_suite("openai", folder / "x.jsonl", folder / "human", options=options).suite
    if not any(turn.target for dialogue in human.dialogues() for turn in dialogue.messages):
        return
    for format_name in ("openai", "trl", "trl-prompt-completion"):
        reader = "trl" if format_name.startswith("trl") else format_name
        export_file(human, "held_out", format_name, folder / f"{format_name}.jsonl")
        back = import_suite(reader, folder / f"{format_name}.jsonl", folder / format_name, options=_AS_IT_STANDS).suite
        assert [(case.messages, case.references) for case in cases_of(back)] == [
            (case.messages, case.references) for case in cases_of(human)
        ]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_tools_survive_tables(tmp_path: Path, suffix: str) -> None:
    tool = {
        "type": "function",
        "function": {"name": "stock", "parameters": {"type": "object", "properties": {"n": {}}}},
    }
    call = {"id": "c", "type": "function", "function": {"name": "stock", "arguments": '{"item": "rye", "n": 2}'}}
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "Rye?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "{}", "tool_call_id": "c"},
        {"role": "assistant", "content": "Yes.", "target": {}},
    ]
    made = make_suite(
        tmp_path, [{"id": "plain", "messages": turns[:1] + turns[3:]}, {"id": "t", "messages": turns, "tools": [tool]}]
    )
    back = _there_and_back(made, "datasets", f"x.{suffix}", tmp_path / "trip")
    plain, with_tool = back.dialogues()
    assert plain.tools == () and with_tool.tools == (tool,)
    assert with_tool.messages[2:] == list(made.dialogues())[1].messages[2:]
    assert with_tool.messages[1].tool_calls is not None
    assert with_tool.messages[1].tool_calls[0]["function"]["name"] == "stock"
