"""Transcripts kept as Obsidian notes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from transcript_files import TRANSCRIPTS, dialogues, said, targets

from suites.userfile import InputError

HEAD = ">[!nexus_user] **User** - 17.07.2025 at 22:01\n> Hi\n<!-- UID: 1 -->\n\n"


def test_a_note_is_a_dialogue_with_what_its_messages_hold() -> None:
    (sail,) = dialogues("obsidian", TRANSCRIPTS / "obsidian")
    assert (sail["id"], sail["date"]) == ("mending-a-sail", "2025-07-17T22:01:00")
    assert [turn["role"] for turn in sail["messages"]] == ["user", "assistant", "user", "assistant"]
    question, answer, photo, joined = (turn["content"] for turn in sail["messages"])
    assert question.splitlines()[2:5] == ["> Tape is fine until the next harbour.", ">", "> > Whose words were those?"]
    assert "| Dacron | 6 oz |" in question and question.endswith("\n\nIs that still so?")
    assert (
        '```python\ndef herringbone(stitches):\n    # > not a quote\n    return ["/" + "\\\\"] * stitches\n```'
        in answer
    )
    assert answer.endswith("> [!warning] Wet cloth\n> Dry it first.")
    assert photo == ">[!nexus_attachment] **leech.jpg**\nLike this?"
    assert joined == "Tighter.\nAnd wax the thread."
    assert targets(sail) == [1, 3]


def test_russian_notes_with_quoted_uids() -> None:
    (sourdough,) = dialogues("obsidian", TRANSCRIPTS / "заметки" / "закваска.md")
    assert said(sourdough)[0] == ("user", "Закваска не поднимается. Что я делаю не так?")
    assert "UID" not in str(said(sourdough))
    days = dialogues("obsidian", TRANSCRIPTS / "заметки", pause=timedelta(hours=6))
    assert [(day["id"], day["date"]) for day in days] == [
        ("закваска-001", "2025-02-03T09:15:00"),
        ("закваска-002", "2025-02-04T08:40:00"),
    ]


def test_the_human_can_be_the_target() -> None:
    (sail,) = dialogues("obsidian", TRANSCRIPTS / "obsidian", target_role="user")
    assert targets(sail) == [2]  # the first turn answers nothing


@pytest.mark.parametrize(
    ("note", "place", "sentence"),
    [
        (">[!nexus_agnet] **X** - 17.07.2025 at 22:02\n> Yo\n", "5: callout", "did you mean 'nexus_agent'"),
        (">[!note] Mind\n> Yo\n", "5: callout", "--ignored-callout"),
        (">[!nexus_agent] **Assistant**\n> Yo\n", "5: date", "bears no date"),
        (">[!nexus_agent] **Assistant** - 17.07.2025 at 21:59\n> Yo\n", "5: date", "earlier than the message before it in"),
        (">[!nexus_agent] **Assistant** - 31.02.2025 at 21:59\n> Yo\n", "5: date", "'31.02.2025 at 21:59' is no date"),
        (">[!nexus_agent] **Assistant** - 17.07.2025 at 22:02\n> Yo\nlost\n", "7: message", "stands outside of every message"),
        ("> lost\n", "5: message", "stands outside of every message"),
    ],
)  # fmt: skip
def test_faults_are_named_by_line_and_field(tmp_path: Path, note: str, place: str, sentence: str) -> None:
    file = tmp_path / "note.md"
    file.write_text(HEAD + note, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        dialogues("obsidian", file)
    assert str(caught.value).startswith(f"{file}:{place}: ")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("note", "options", "turns"),
    [
        (">[!nexus_agent] **Assistant**\n> Yo\n", {"any_order": True}, [("user", "Hi"), ("assistant", "Yo")]),
        (">[!nexus_agent] A - 1.1.2020 at 1:01\n> Yo\n", {"any_order": True}, [("user", "Hi"), ("assistant", "Yo")]),
        (">[!note] Mind\n> Yo\n", {"ignored_callouts": ("note",)}, [("user", "Hi")]),
        (
            ">[!Claude]- **C** — 17.07.2025 at 22:01:30\n> Yo\n",
            {"assistant_callouts": ("claude",)},
            [("user", "Hi"), ("assistant", "Yo")],
        ),
    ],
)
def test_what_is_refused_can_be_taken(
    tmp_path: Path, note: str, options: dict[str, Any], turns: list[tuple[str, str]]
) -> None:
    file = tmp_path / "note.md"
    file.write_text(HEAD + note, encoding="utf-8")
    (dialogue,) = dialogues("obsidian", file, **options)
    assert said(dialogue) == turns


def test_folders_without_notes_and_notes_without_messages(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no file that ends in \.md"):
        dialogues("obsidian", tmp_path)
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / ".obsidian" / "hidden.md").write_text("> stray\n")
    (tmp_path / "list.md").write_text("- buy twine\n")
    with pytest.raises(InputError, match="holds no dialogue"):
        dialogues("obsidian", tmp_path)
