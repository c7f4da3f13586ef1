"""Telegram Desktop's exports."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from transcript_files import TRANSCRIPTS, dialogues, said, targets

from suites.userfile import InputError

CHAT = TRANSCRIPTS / "telegram_chat.json"
MARTHA = "Марта Лугова"


def test_a_chat_is_cut_at_pauses_and_joined_to_turns() -> None:
    first, second = dialogues("telegram", CHAT, person=MARTHA)
    assert said(first) == [
        ("user", "Марта, привет! Это мой новый номер: +7 912 345-67-89"),
        ("assistant", "Ого, глеб! Записала 🙂\n[sticker 😀]"),
        ("user", "> Ого, глеб! Записала 🙂\n[photo]\nА Маше передашь?"),
        ("assistant", "[forwarded message]"),
    ]
    assert targets(first) == [1]  # what she passed on is not her own
    assert (first["date"], second["date"]) == ("2025-03-01T10:00:00", "2025-03-02T19:30:00")
    assert said(second)[1] == ("assistant", "Ага, Маша обрадовалась. Пиши ей на masha.b@pochta.example")
    (whole,) = dialogues("telegram", CHAT, person=MARTHA, pause=timedelta(days=2))
    assert said(whole) == said(first) + said(second)


def test_either_side_can_be_the_person_and_the_human() -> None:
    (first,) = dialogues("telegram", CHAT, person="Глеб Северов", target_role="user", pause=timedelta(hours=24))
    assert [turn["role"] for turn in first["messages"]] == ["user", "assistant", "user", "assistant"]
    assert targets(first) == [2]
    assert said(first)[2][1].startswith("[photo]")  # his own words bear no quote


def test_of_an_account_the_owner_is_the_person() -> None:
    tea, key = dialogues("telegram", TRANSCRIPTS / "telegram_account.json")
    assert said(tea) == [("user", "Morning! Tea?"), ("assistant", "always 😄")]
    assert said(key) == [
        ("user", "Glenn North: Who has the key?\nIda Kell: not me, ask Martha"),
        ("assistant", "under the pot, as ever"),
    ]


def _changed(folder: Path, **changes: Any) -> Path:
    export = json.loads(CHAT.read_text(encoding="utf-8"))
    export["messages"][-1] |= changes
    file = folder / "result.json"
    file.write_text(json.dumps(export, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"date": "2025-03-01T19:31:00"}, "message 8.date", "earlier than the message before it in line"),
        ({"date": None}, "message 8.date", "bears no date"),
        ({"text": 5}, "text", "is the number 5; must be text"),
        ({"type": "massage"}, "type", "must be 'message'"),
    ],
)
def test_faults_are_named_by_line_and_field(tmp_path: Path, changes: dict[str, Any], field: str, sentence: str) -> None:
    file = _changed(tmp_path, **changes)
    lines = file.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines, start=1) if '"id": 8,' in line) - 1
    with pytest.raises(InputError) as caught:
        dialogues("telegram", file, person=MARTHA)
    assert str(caught.value).startswith(f"{file}:{start}: {field}: ")
    assert sentence in str(caught.value)


def test_the_person_has_to_be_known() -> None:
    with pytest.raises(InputError, match=r"telegram_chat\.json: from: is the export of one chat"):
        dialogues("telegram", CHAT)
    with pytest.raises(
        InputError, match=r"nobody called 'Марта' wrote in it; those who did: Марта Лугова \(4 messages\)"
    ):
        dialogues("telegram", CHAT, person="Марта")


@pytest.mark.parametrize("text", ["", "{", '{"messages": [{"id": 1, ', "[1, 2", '{"messages": [{"id": nul}]}', "\x00"])
def test_what_is_not_json_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "result.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"result\.json:1: is not JSON"):
        dialogues("telegram", file, person="x")


@pytest.mark.parametrize("end", ["Bridget", "+7 (912) 345-67-89", "8 912 345 67 89", "bridget@mail.example"])
def test_a_quotation_ends_with_no_part_of_a_name_or_number(tmp_path: Path, end: str) -> None:
    for length in range(105, 121):
        start = ("word " * 30)[:length].strip()
        export = json.loads(CHAT.read_text(encoding="utf-8"))
        export["messages"] = export["messages"][1:3]
        export["messages"][0]["text"] = f"{start} {end} and more words"
        export["messages"] += [
            dict(export["messages"][1], id=20),
            dict(export["messages"][0], id=21, reply_to_message_id=2),
        ]
        file = tmp_path / "result.json"
        file.write_text(json.dumps(export), encoding="utf-8")
        (dialogue,) = dialogues("telegram", file, person=MARTHA, any_order=True)
        quote = said(dialogue)[2][1].splitlines()[0].removeprefix("> ").removesuffix("…").strip()
        assert quote in (start, f"{start} {end}", f"{start} {end} and") or start.startswith(quote)
