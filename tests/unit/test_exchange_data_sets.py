"""ShareGPT's files, and data sets as the `datasets` library keeps them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from made_suites import turn, write_jsonl
from pyarrow import csv, parquet
from transcript_files import TRANSCRIPTS, dialogues, said, targets

from suites.userfile import InputError

TALK = [turn("user", 'Rye, or "wheat"?'), turn("assistant", "Rye,\nthis year.")]


def test_sharegpt_as_a_list_and_as_lines(tmp_path: Path) -> None:
    as_list = dialogues("sharegpt", TRANSCRIPTS / "sharegpt.json")
    assert [talk["id"] for talk in as_list] == ["s1", "s2"]
    assert said(as_list[0]) == [
        ("system", "You are a miller."),
        ("user", "Rye or wheat?"),
        ("assistant", "Rye, this year."),
    ]
    assert targets(as_list[1]) == [2]
    lines = json.loads((TRANSCRIPTS / "sharegpt.json").read_text(encoding="utf-8"))
    assert dialogues("sharegpt", write_jsonl(tmp_path / "lines.jsonl", lines)) == as_list


def test_a_speaker_that_suites_do_not_have_is_named(tmp_path: Path) -> None:
    file = tmp_path / "talks.json"
    talk = [{"from": "narrator", "value": "Once"}]
    file.write_text(f'[\n{{"conversations": []}},\n{json.dumps({"conversations": talk})}\n]')
    with pytest.raises(InputError, match=r"talks\.json:2: conversations: must not be empty"):
        dialogues("sharegpt", file)
    file.write_text(f"[\n\n{json.dumps({'conversations': talk})}\n]")
    with pytest.raises(InputError, match=r"talks\.json:3: conversations\.0\.from: .*must be system, human, user, gpt"):
        dialogues("sharegpt", file)


def _tables(folder: Path, columns: dict[str, list[Any]]) -> list[Path]:
    """The same table as Parquet, as Arrow and as CSV, where what is nested is JSON text."""
    table = pa.table(columns)
    parquet.write_table(table, folder / "t.parquet")
    with pa.OSFile(str(folder / "t.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    texts = {
        name: [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
        for name, values in columns.items()
    }
    csv.write_csv(pa.table(texts), folder / "t.csv")
    return [folder / "t.parquet", folder / "t.arrow", folder / "t.csv"]


@pytest.mark.parametrize(
    ("columns", "turns"),
    [
        ({"messages": [TALK]}, TALK),
        ({"prompt": [TALK[:1]], "completion": [TALK[1:]]}, TALK),
        ({"prompt": ["[Rye] or wheat?"], "completion": ["Rye."]}, [turn("user", "[Rye] or wheat?"), turn("assistant", "Rye.")]),
        ({"conversations": [[{"from": "human", "value": "Привет"}, {"from": "gpt", "value": "Да?"}]], "n": [5]},
         [turn("user", "Привет"), turn("assistant", "Да?")]),
    ],
)  # fmt: skip
def test_tables_of_all_kinds_are_read(tmp_path: Path, columns: dict[str, list[Any]], turns: list[Any]) -> None:
    for file in _tables(tmp_path, columns):
        (talk,) = dialogues("datasets", file)
        assert talk["id"] == "t-00001"
        assert said(talk) == [(t["role"], t["content"]) for t in turns], file
        assert targets(talk) == [1]


def test_tools_in_tables_are_json_text(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "stock", "parameters": {"type": "object"}}}
    call = {"id": "c", "type": "function", "function": {"name": "stock", "arguments": "{}"}}
    talk = [
        turn("user", "Rye?", tool_calls=None, tool_call_id=None),
        turn("assistant", "", tool_calls=[call], tool_call_id=None),
        turn("tool", "12", tool_calls=None, tool_call_id="c"),
        turn("assistant", "Yes.", tool_calls=None, tool_call_id=None),
    ]
    for file in _tables(tmp_path, {"messages": [talk], "tools": [json.dumps([tool])]}):
        (read,) = dialogues("datasets", file)
        assert read["tools"] == [tool]
        assert [turn.get("tool_calls") for turn in read["messages"]] == [None, [call], None, None]
        assert targets(read) == [3]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.parquet", b"PAR1 no", "t.parquet: cannot be read as parquet"),
        ("t.arrow", b"no arrow", "t.arrow: cannot be read as arrow"),
        ("t.csv", b'prompt,completion\n"a', "t.csv: cannot be read as csv"),
        ("t.csv", b"text\nx\n", "t.csv:1: holds neither `messages` nor `prompt`"),
        ("t.csv", b'messages\n"[{]"\n', "t.csv:1: messages: is not JSON"),
        ("t.jsonl", b'{"messages": 5}\n', "t.jsonl:1: messages: is the number 5"),
    ],
)
def test_faults_of_tables_are_one_sentence(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        dialogues("datasets", tmp_path / name)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
