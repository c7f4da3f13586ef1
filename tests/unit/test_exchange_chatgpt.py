"""ChatGPT's exports: the branch that was current."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transcript_files import TRANSCRIPTS, dialogues, said, targets

from suites.userfile import InputError

EXPORT = TRANSCRIPTS / "conversations.json"


def test_the_current_branch_is_taken_without_tools_and_hidden_messages() -> None:
    bread, dough = dialogues("chatgpt", EXPORT)
    assert said(bread) == [
        ("user", "[image]\nWhy is it flat?"),
        ("assistant", "It was proved too long."),
        ("user", "How long is right?"),
    ]
    assert (bread["id"], bread["date"], targets(bread)) == ("6a0e-bread", "2025-02-03T09:15:01.500000Z", [1])
    assert (dough["id"], said(dough)) == ("second", [("user", "Сколько месить?"), ("assistant", "Минут десять.")])


def test_the_human_can_be_the_target() -> None:
    bread, _ = dialogues("chatgpt", EXPORT, target_role="user")
    assert targets(bread) == [2]


def _with(folder: Path, **changes: Any) -> Path:
    conversations = json.loads(EXPORT.read_text(encoding="utf-8"))
    conversations[1] |= changes
    file = folder / "conversations.json"
    file.write_text(json.dumps(conversations), encoding="utf-8")
    return file


def _node(parent: str | None) -> dict[str, Any]:
    content = {"content_type": "text", "parts": ["x"]}
    return {"parent": parent, "message": {"author": {"role": "user"}, "content": content}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"current_node": "z"}, "1.current_node: the message 'z' is not in the conversation"),
        ({"mapping": {"b": _node("gone")}}, "1.mapping: the message 'gone' is not in the conversation"),
        ({"mapping": {"b": _node("a"), "a": _node("b")}}, "1.mapping: the message 'b' is its own ancestor"),
        ({"mapping": []}, "mapping: is an empty list; must be a group of fields"),
        ({"current_node": None}, "current_node: is empty; must be text"),
    ],
)
def test_a_broken_tree_is_named(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        dialogues("chatgpt", _with(tmp_path, **changes))
    assert f"conversations.json:1: {sentence}" in str(caught.value)
