"""Making suites of transcripts: whose they are, what is redacted and repaired, and what is refused."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from made_suites import turn, write_jsonl
from transcript_files import TRANSCRIPTS

from suites.cases import cases_of
from suites.checking import check_suite
from suites.dialogue import Persona
from suites.exchange.importing import Imported, ImportOptions, import_dialogues, import_suite
from suites.exchange.reading import ReadingOptions
from suites.userfile import InputError

CARD = "name: Марта Лугова\ndescription: Садовница.\nmanner: [Пишет коротко.]\nsamples: ['Ага.']\n"


def texts(made: Imported) -> str:
    return "\n".join(turn.content for dialogue in made.suite.dialogues() for turn in dialogue.messages)


def test_folders_with_cards_are_personas(tmp_path: Path) -> None:
    people = tmp_path / "people"
    for name, source in (("wright", "obsidian"), ("baker", "заметки")):
        shutil.copytree(TRANSCRIPTS / source, people / name)
        (people / name / "persona.yaml").write_text(f"name: {name.title()}\ndescription: Somebody.\n")
    made = import_suite("obsidian", people, tmp_path / "suite")
    assert check_suite(made.suite)[0].check == "few_replies"
    assert [(case.dialogue_id, case.persona and case.persona.name) for case in cases_of(made.suite)] == [
        ("baker/закваска", "Baker"),
        ("baker/закваска", "Baker"),
        ("wright/mending-a-sail", "Wright"),
        ("wright/mending-a-sail", "Wright"),
    ]
    (people / "stray.md").write_text("> hi")
    with pytest.raises(InputError, match=r"stray\.md: stands beside folders that hold a persona\.yaml"):
        import_suite("obsidian", people, tmp_path / "other")


def test_a_card_says_whose_messages_are_meant_and_messengers_are_redacted(tmp_path: Path) -> None:
    card = tmp_path / "martha.yaml"
    card.write_text(CARD, encoding="utf-8")
    chat = TRANSCRIPTS / "telegram_chat.json"
    made = import_suite("telegram", chat, tmp_path / "suite", options=ImportOptions("ru", card=card))
    assert made.suite.header.persona == "martha"
    assert [case.persona for case in cases_of(made.suite)] == [
        Persona.model_validate(made.suite.header.personas["martha"])
    ] * 2
    assert [d.id for d in made.suite.dialogues()] == ["telegram-00001", "telegram-00002"]
    assert made.redacted == {"NAME": 5, "PHONE": 1, "EMAIL": 1}
    for secret in ("Марта", "Глеб", "глеб", "Маш", "912", "pochta"):
        assert secret not in texts(made)
    plain = import_suite("telegram", chat, tmp_path / "plain", options=ImportOptions("ru", card=card, redact=False))
    assert plain.redacted is None and "Глеб" not in texts(plain) and "глеб" in texts(plain)


def _damaged(folder: Path) -> Path:
    note = (TRANSCRIPTS / "заметки" / "закваска.md").read_text(encoding="utf-8")
    file = folder / "note.md"
    file.write_text(note.encode().decode("mac_roman"), encoding="utf-8")
    return file


def test_damaged_encodings_are_never_repaired_silently(tmp_path: Path) -> None:
    file = _damaged(tmp_path)
    with pytest.raises(InputError, match=r"note\.md: holds UTF-8 that was once read as Mac Roman, in \d+ places"):
        import_suite("obsidian", file, tmp_path / "suite")
    assert list(tmp_path.iterdir()) == [file]
    reading = ReadingOptions(any_order=True)  # its `в` between date and time is damaged too
    kept = import_suite(
        "obsidian", file, tmp_path / "kept", options=ImportOptions(reading=reading, repair_encoding=False)
    )
    assert kept.repaired is None and "голубчик" not in texts(kept)
    mended = import_suite(
        "obsidian", file, tmp_path / "mended", options=ImportOptions(reading=reading, repair_encoding=True)
    )
    assert mended.repaired and mended.repaired.title == "Mac Roman" and "голубчик" in texts(mended)
    whole = TRANSCRIPTS / "заметки"
    sound = import_suite("obsidian", whole, tmp_path / "sound", options=ImportOptions(repair_encoding=True))
    assert sound.repaired is None and texts(sound) == texts(mended)


def _chat(answer: str) -> dict[str, Any]:
    return {"messages": [turn("user", "Hi"), turn("assistant", answer)]}


def test_halves_that_share_replies_are_refused_or_marked(tmp_path: Path) -> None:
    same = "one two three four five six seven eight"
    held_out = write_jsonl(tmp_path / "test.jsonl", [_chat("no"), _chat(same)])
    train = write_jsonl(tmp_path / "train.jsonl", [_chat(f"{same}!")])
    with pytest.raises(InputError, match=r"test\.jsonl: the dialogue 'test-00002' stands in the .*--allow-leak"):
        import_suite("openai", held_out, tmp_path / "suite", train=train)
    assert not (tmp_path / "suite").exists()
    made = import_suite("openai", held_out, tmp_path / "suite", train=train, options=ImportOptions(allow_leak=True))
    assert made.suite.header.allow_leak
    clean = write_jsonl(tmp_path / "clean.jsonl", [_chat("maybe")])
    made = import_suite("openai", held_out, tmp_path / "clean", train=clean, options=ImportOptions(allow_leak=True))
    assert not made.suite.header.allow_leak


def test_ids_of_several_files_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_jsonl(tmp_path / f"{name}.jsonl", [{"id": "x", **_chat("yes")}])
    with pytest.raises(InputError, match=r"b\.jsonl:1: id: 'x' stands in line 1 of .*a\.jsonl already"):
        import_suite("trl", tmp_path, tmp_path / "out" / "suite")


def test_a_large_export_is_read_piece_by_piece(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    message = {"type": "message", "date": "2025-01-01T10:00:00", "text": "word " * 600}
    with file.open("w", encoding="utf-8") as stream:
        stream.write('{"name": "x", "type": "personal_chat", "messages": [\n')
        for number in range(600):
            day = f"2025-{1 + number // 150:02d}-{1 + number % 150 // 6:02d}T{number % 6:02d}:00:00"
            line = {**message, "id": number, "date": day, "from": "Ann" if number % 2 else "Ben"}
            stream.write(("," if number else "") + json.dumps(line) + "\n")
        stream.write("]}\n")
    tracemalloc.start()
    count = sum(1 for _ in import_dialogues("telegram", file, ReadingOptions(person="Ann")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100
    assert peak < file.stat().st_size / 4


def test_a_damaged_chat_is_surveyed_and_repaired_before_the_person_is_looked_for(tmp_path: Path) -> None:
    chat = tmp_path / "result.json"
    whole = TRANSCRIPTS / "telegram_chat.json"
    chat.write_text(whole.read_bytes().decode("mac_roman"), encoding="utf-8")
    reading = ReadingOptions(person="Марта Лугова")
    with pytest.raises(InputError, match=r"once read as Mac Roman.*--repair-encoding") as refused:
        import_suite("telegram", chat, tmp_path / "refused", options=ImportOptions("ru", reading))
    assert str(refused.value).count("\n") == 0
    repaired = import_suite(
        "telegram", chat, tmp_path / "repaired", options=ImportOptions("ru", reading, repair_encoding=True)
    )
    sound = import_suite("telegram", whole, tmp_path / "sound", options=ImportOptions("ru", reading))
    assert repaired.repaired is not None and repaired.repaired.code_page == "mac_roman"
    assert list(repaired.suite.dialogues()) == list(sound.suite.dialogues())
    assert repaired.redacted == sound.redacted
    with pytest.raises(InputError, match="nobody called 'Марта Лугова'"):
        import_suite("telegram", chat, tmp_path / "kept", options=ImportOptions("ru", reading, repair_encoding=False))


def _misread(text: str, code_page: str) -> str:
    """Text whose UTF-8 is read in a code page; what has no sign there becomes a control sign."""
    return "".join(bytes([byte]).decode(code_page, errors="ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("code_page", ["mac_roman", "cp1252"])
def test_damaged_notes_keep_the_dates_behind_their_dashes(tmp_path: Path, code_page: str) -> None:
    note = "".join(
        f">[!nexus_{role}] **{speaker}** — 03.02.2025 at 09:1{number}\n> {text}\n<!-- UID: {number} -->\n\n"
        for number, (role, speaker, text) in enumerate(
            (("user", "User", "Und… wie geht’s?"), ("agent", "Assistant", "Gut — „sehr gut“."))
        )
    )
    folders = {name: tmp_path / name for name in ("sound", "damaged")}
    for name, text in (("sound", note), ("damaged", _misread(note, code_page))):
        folders[name].mkdir()
        (folders[name] / "n.md").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="--repair-encoding"):
        import_suite("obsidian", folders["damaged"], tmp_path / "refused")
    suites = [
        import_suite("obsidian", folder, tmp_path / f"suite_{name}", options=ImportOptions(repair_encoding=True)).suite
        for name, folder in folders.items()
    ]
    sound, repaired = (list(suite.dialogues()) for suite in suites)
    assert repaired == sound and sound[0].date is not None
