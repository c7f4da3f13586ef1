"""The persons of a suite: those of its header, and those whose cards stand on dialogues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_suites import dialogue, make_suite, target, turn

from suites.checking import check_suite
from suites.personas import known_personas
from suites.userfile import InputError

JUNE = {"name": "June", "description": "A barista."}
OTHER_JUNE = JUNE | {"manner": ["Talks like a sailor."]}


def talk(name: str, persona: Any, reply: str = "Aye!") -> dict[str, Any]:
    return dialogue(name, turn("user", f"A latte, {name}."), target(f"{reply} {name}."), persona=persona)


def test_cards_on_dialogues_of_either_half_are_known_after_the_headers(tmp_path: Path) -> None:
    bo = {"name": "Bo", "description": "Another barista."}
    held_out, train = [talk("a", JUNE), talk("b", "vera")], [talk("c", JUNE), talk("d", bo), talk("e", bo)]
    suite = make_suite(tmp_path, held_out, train, personas={"vera": {"name": "Vera", "description": "The third."}})
    known = known_personas(suite)
    assert list(known) == ["vera", "June", "Bo"]
    assert known["Bo"].description == "Another barista."
    assert not [finding for finding in check_suite(suite) if finding.severity == "error"]


@pytest.mark.parametrize(
    ("held_out", "train", "header", "file", "line", "first"),
    [
        ([JUNE, OTHER_JUNE], [JUNE], {}, "held_out.jsonl", 2, "train.jsonl:1"),
        ([JUNE], [JUNE, JUNE, OTHER_JUNE], {}, "train.jsonl", 3, "train.jsonl:1"),
        ([OTHER_JUNE], None, {"June": JUNE}, "held_out.jsonl", 1, "the suite's header"),
    ],
)
def test_a_person_with_two_cards_is_an_error_with_its_line(
    tmp_path: Path,
    held_out: list[Any],
    train: list[Any] | None,
    header: dict[str, Any],
    file: str,
    line: int,
    first: str,
) -> None:
    halves = [
        [talk(f"{half}{n}", card) for n, card in enumerate(cards or ())]
        for half, cards in (("h", held_out), ("t", train))
    ]
    suite = make_suite(tmp_path, halves[0], halves[1] if train else None, personas=header)
    with pytest.raises(
        InputError, match=rf"another card of 'June' than in .*{first}; make the two the same"
    ) as refused:
        known_personas(suite)
    assert (Path(refused.value.file or "").name, refused.value.line, refused.value.field) == (file, line, "persona")
    found = [finding for finding in check_suite(suite) if finding.check == "second_card"]
    assert [(Path(finding.file or "").name, finding.line) for finding in found] == [(file, line)]
