"""Importing and exporting chat data sets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from made_suites import dialogue, make_suite, target, turn, write_jsonl
from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter

from suites.checking import check_suite
from suites.exchange.exporting import export_lines
from suites.exchange.importing import ImportOptions, import_dialogues, import_suite
from suites.loading import Suite, builtin_names, load_suite
from suites.userfile import InputError

CALL = {"id": "c1", "type": "function", "function": {"name": "stock", "arguments": '{"item": "bagel"}'}}


def exported(suite: Suite, format_name: str, half: str = "held_out") -> list[dict[str, Any]]:
    stream = io.StringIO()
    count = export_lines(suite, half, format_name, stream)  # type: ignore[arg-type]
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == count
    return lines


def imported(folder: Path, format_name: str, *lines: Any) -> list[dict[str, Any]]:
    file = write_jsonl(folder / "data.jsonl", lines)
    return [d.model_dump(exclude_defaults=True, mode="json") for d in import_dialogues(format_name, file)]


def test_openai_messages_become_turns_and_answers_with_weight_targets(tmp_path: Path) -> None:
    line = {
        "messages": [
            {"role": "developer", "content": "You are a barista."},
            {"role": "user", "content": [{"type": "text", "text": "A "}, {"type": "text", "text": "bagel?"}]},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "content": "{}", "tool_call_id": "c1"},
            {"role": "assistant", "content": "None left.", "weight": 0, "name": None},
            {"role": "user", "content": "A muffin then."},
            {"role": "assistant", "content": "One muffin.", "weight": 1},
        ],
        "parallel_tool_calls": False,
        "tools": [],
    }
    assert imported(tmp_path, "openai", line) == [
        {
            "id": "data-00001",
            "messages": [
                {"role": "system", "content": "You are a barista."},
                {"role": "user", "content": "A bagel?"},
                {"role": "assistant", "tool_calls": [CALL]},
                {"role": "tool", "content": "{}", "tool_call_id": "c1"},
                {"role": "assistant", "content": "None left."},
                {"role": "user", "content": "A muffin then."},
                {"role": "assistant", "content": "One muffin.", "target": {}},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        (
            {"prompt": "The sky is", "completion": " blue."},
            [turn("user", "The sky is"), turn("assistant", "blue.", target={})],
        ),
        (
            {
                "prompt": [turn("user", "A latte"), turn("assistant", "Large?"), turn("user", "Yes")],
                "completion": [turn("assistant", "One large latte.")],
            },
            [
                turn("user", "A latte"),
                turn("assistant", "Large?"),
                turn("user", "Yes"),
                turn("assistant", "One large latte.", target={}),
            ],
        ),
        (
            {"prompt": "ignored", "source": "web", "messages": [turn("user", "Hi"), turn("assistant", "Hello")]},
            [turn("user", "Hi"), turn("assistant", "Hello", target={})],
        ),
    ],
)
def test_trl_types_become_dialogues(tmp_path: Path, line: dict[str, Any], messages: list[Any]) -> None:
    assert imported(tmp_path, "trl", {**line, "id": "x"}) == [{"id": "x", "messages": messages}]


@pytest.mark.parametrize(
    ("format_name", "line", "sentence"),
    [
        ("openai", {"mesages": []}, "messages: is missing"),
        ("openai", {"messages": []}, "messages: must not be empty"),
        ("openai", {"messages": [{"from": "human"}]}, "messages.0.from: there is no field 'from'"),
        ("openai", {"messages": [turn("user", [{"type": "image_url"}])]}, "must be 'text'"),
        (
            "openai",
            {"messages": [turn("user", "Hi")], "tools": [{}]},
            "tools.0: is a group of fields; must be a tool's",
        ),
        (
            "openai",
            {"messages": [turn("user", "Hi")], "functions": [{}]},
            "functions: would change what the model sees",
        ),
        ("openai", {"messages": [turn("assistant", "Hi", weight=2)]}, "weight: is the number 2; must be 0 or 1"),
        ("trl", {"text": "Once"}, "holds neither `messages` nor `prompt` and `completion`"),
        ("trl", {"prompt": "Once"}, "holds neither `messages` nor `prompt` and `completion`"),
        ("trl", {"prompt": 5, "completion": "x"}, "prompt: is the number 5; must be text in quotes or a list"),
    ],
)
def test_lines_that_do_not_fit_are_named(tmp_path: Path, format_name: str, line: Any, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        imported(tmp_path, format_name, {"messages": [turn("user", "Hi")]}, line)
    assert f"{tmp_path / 'data.jsonl'}:2: " in str(caught.value)
    assert sentence in str(caught.value)


def test_an_id_stands_once_and_a_format_is_known(tmp_path: Path) -> None:
    line = {"id": "x", "messages": [turn("user", "Hi")]}
    with pytest.raises(InputError, match=r"data\.jsonl:2: id: 'x' stands in line 1 already"):
        imported(tmp_path, "openai", line, line)
    with pytest.raises(InputError, match="there is no format 'opnai'; did you mean 'openai'"):
        imported(tmp_path, "opnai", line)
    with pytest.raises(InputError, match="no format 'word'; known: openai, trl, trl-prompt-completion, sharegpt"):
        exported(load_suite("coffee_orders"), "word")


def test_an_imported_suite_can_be_run_and_is_never_overwritten(tmp_path: Path) -> None:
    held_out = write_jsonl(tmp_path / "test.jsonl", [{"messages": [turn("user", "Привет"), turn("assistant", "Да?")]}])
    train = write_jsonl(tmp_path / "train.jsonl", [{"messages": [turn("user", "Пока"), turn("assistant", "Да!")]}])
    folder = tmp_path / "deep" / "my suite"
    suite = import_suite("openai", held_out, folder, train=train, options=ImportOptions("ru")).suite
    assert check_suite(suite) == []
    assert (suite.header.name, suite.header.language) == ("my_suite", "ru")
    assert [d.id for d in suite.dialogues("train")] == ["train-00001"]
    before = {file: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(InputError, match="is there already and is not overwritten"):
        import_suite("openai", train, folder)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("lines", "language", "sentence"),
    [
        ([{"messages": [turn("user", "Hi")]}, "{"], "en", "test.jsonl:2: is not JSON"),
        ([], "en", "test.jsonl: holds no dialogue"),
        ([{"messages": [turn("user", "Hi")]}], "English", "language: is the text 'English'"),
    ],
)
def test_a_failed_import_leaves_nothing_behind(
    tmp_path: Path, lines: Iterable[Any], language: str, sentence: str
) -> None:
    file = write_jsonl(tmp_path / "test.jsonl", lines)
    with pytest.raises(InputError, match=sentence):
        import_suite("openai", file, tmp_path / "suite", options=ImportOptions(language))
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "test.jsonl", [{"messages": [turn("user", "Hi")]}])
    for folder in (file / "suite", tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(InputError, match="cannot be written"):
            import_suite("openai", file, folder)


@pytest.mark.parametrize("format_name", ["openai", "trl"])
@pytest.mark.parametrize("name", builtin_names())
def test_exported_lines_are_chat_messages_and_come_back(tmp_path: Path, name: str, format_name: str) -> None:
    suite = load_suite(name)
    lines = exported(suite, format_name, "train")
    messages = TypeAdapter(list[ChatCompletionMessageParam])
    assert all(set(line) == {"messages"} for line in lines)
    for line in lines:
        messages.validate_python(line["messages"])
    back = imported(tmp_path, format_name, *lines)
    for there, here in zip(back, suite.dialogues("train"), strict=True):
        assert there["messages"][0]["role"] == "system"
        assert [(m["role"], m["content"]) for m in there["messages"][1:]] == [
            (m.role, m.content) for m in here.messages
        ]


def test_exported_turns_are_as_the_model_sees_them(tmp_path: Path) -> None:
    talk = dialogue("t", turn("user", "Hi"), target("", "Hello."), facts=["No bagels."])
    assert exported(make_suite(tmp_path, [talk], system="Sell."), "trl") == [
        {"messages": [turn("system", "Sell.\nNo bagels."), turn("user", "Hi"), turn("assistant", "Hello.")]}
    ]
    swapped = make_suite(tmp_path, [dialogue("t", turn("assistant", "Hi"), turn("user", "Yo"))], target_role="user")
    assert exported(swapped, "openai") == [{"messages": [turn("user", "Hi"), turn("assistant", "Yo")]}]


@pytest.mark.parametrize("format_name", ["openai", "trl"])
def test_tools_go_both_ways(tmp_path: Path, format_name: str) -> None:
    tool = {"type": "function", "function": {"name": "menu", "parameters": {"type": "object"}}}
    line = {"messages": [turn("user", "Hi"), turn("assistant", "Hello")], "tools": [tool]}
    (made,) = imported(tmp_path, format_name, line)
    assert made["tools"] == [tool]
    assert exported(make_suite(tmp_path, [made]), format_name) == [line]
    swapped = make_suite(tmp_path, [made], target_role="user", targets="all", system="Order.")
    assert "tools" not in exported(swapped, format_name)[0]


def test_arguments_of_tool_calls_are_as_each_format_has_them(tmp_path: Path) -> None:
    odd = {"id": "c2", "function": {"name": "stock", "arguments": "no JSON"}}
    talk = dialogue("t", turn("user", "Hi"), turn("assistant", "", tool_calls=[CALL, odd, {"id": "c3"}]))
    suite = make_suite(tmp_path, [talk])

    def arguments(format_name: str) -> list[Any]:
        calls = exported(suite, format_name)[0]["messages"][1]["tool_calls"]
        return [call.get("function", {}).get("arguments") for call in calls]

    assert arguments("openai") == ['{"item": "bagel"}', "no JSON", None]
    assert arguments("trl") == [{"item": "bagel"}, "no JSON", None]
