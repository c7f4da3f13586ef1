"""What tells who somebody is becomes placeholders, and nothing else does."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.dialogue import Dialogue, Message, Target
from suites.exchange.redaction import Redactor, is_card_number


def redacted(*texts: str, people: tuple[str, ...] = (), names: tuple[str, ...] = (), language: str = "en") -> list[str]:
    turns = tuple(Message(role="user", content=text) for text in texts)
    dialogue = Redactor(language, names).redacted(Dialogue(id="d", messages=turns), people)
    return [turn.content for turn in dialogue.messages]


def test_one_value_has_one_placeholder_throughout_a_dialogue() -> None:
    assert redacted(
        "Hi, I'm Bridget Oakes, bridget.oakes@mail.example, +1 (212) 555-0143.",
        "Bridget, is 212-555-0143 right? Ask Toby or write to BRIDGET.OAKES@mail.example.",
        "toby? no, bridget! Mrs Oakes' card: 4111-1111 1111 1111, @bridget_o",
        people=("Bridget Oakes",),
    ) == [
        "Hi, I'm [NAME_1], [EMAIL_1], [PHONE_1].",
        "[NAME_1], is [PHONE_1] right? Ask [NAME_2] or write to [EMAIL_1].",
        "toby? no, [NAME_1]! Mrs [NAME_1]' card: [CARD_1], [NAME_3]",
    ]


def test_russian_names_in_all_their_cases() -> None:
    cases = "Пётр Ковальский|Петра Ковальского|Петру Ковальскому|Петром Ковальским|Петре|ковальскому"
    texts = redacted(*cases.split("|"), people=("Пётр Ковальский",), language="ru")
    assert texts == ["[NAME_1]"] * 6
    forms = "Маша Маше Машу Машей Маши Маш|Игорь Игоря Игорю Игорем|Мария Марии Марию Марией|Павел Павла Павлом"
    for name in forms.split("|"):
        assert set(redacted(", ".join(name.split()), language="ru")[0].split(", ")) == {"[NAME_1]"}, name
    assert redacted("звони 8 (912) 345-67-89 или +7 912 345 67 89", language="ru") == ["звони [PHONE_1] или [PHONE_1]"]


@pytest.mark.parametrize(
    "text",
    [
        "On 17.07.2025 at 22:01 we paid 1 299,50 for 12 bags, order 20250717-0042.",
        "4111 1111 1111 1112 fails the check digit",
        "Will you mark it in May? I hope so, with grace.",
        "Версия 10.15.7, сборка 19H2026; поля и лены тут нет, а надежда есть.",
        "see https://example.org/@someone and a@b",
        "ISBN 978-3-16-148410-0, IP 192.168.100.200",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redacted(text, language="ru" if "Версия" in text else "en") == [text]


def test_names_that_are_words_are_found_where_they_are_capitalised() -> None:
    assert redacted("Will, will you?", people=("Will Ashdown",)) == ["[NAME_1], will you?"]
    assert redacted("тётя клава и Клава", names=("Клава",), language="ru") == ["тётя [NAME_1] и [NAME_1]"]


def test_references_facts_and_speakers_are_redacted_too() -> None:
    turn = Message(role="user", content="Hi Toby", name="Toby", target=Target(references=("Hello Toby",)))
    redactor = Redactor("en")
    made = redactor.redacted(Dialogue(id="d", messages=(turn,), facts=("Toby is late.",)), ())
    assert "Toby" not in made.model_dump_json()
    assert redactor.counts == {"NAME": 4}


@pytest.mark.parametrize("as_text", [True, False])
def test_arguments_of_tool_calls_are_redacted_and_stay_as_they_are_written(as_text: bool) -> None:
    def arguments(email: str, phone: str) -> Any:
        found = {"to": [{"email": email}], "phone": phone, "cups": 2}
        return json.dumps(found, ensure_ascii=False) if as_text else found

    def called(given: Any) -> Message:
        call = {"id": "1", "type": "function", "function": {"name": "book", "arguments": given}}
        return Message(role="assistant", content="Booked for a@b.example.", tool_calls=(call,))

    (turn,) = (
        Redactor("en")
        .redacted(Dialogue(id="d", messages=(called(arguments("A@b.example", "+1 212 555 0187")),)), ())
        .messages
    )
    assert turn == called(arguments("[EMAIL_1]", "[PHONE_1]")).model_copy(update={"content": "Booked for [EMAIL_1]."})


def test_arguments_that_are_no_json_are_redacted_as_they_stand() -> None:
    call = {"function": {"name": "mail", "arguments": "to: a@b.example"}}
    turn = Message(role="assistant", tool_calls=(call, {"type": "function"}))
    (made,) = Redactor("en").redacted(Dialogue(id="d", messages=(turn,)), ()).messages
    assert made.tool_calls == ({"function": {"name": "mail", "arguments": "to: [EMAIL_1]"}}, {"type": "function"})


def test_dialogues_are_numbered_anew_and_counted_together() -> None:
    redactor = Redactor("en", others=["Xanthe"])
    for text in ("Toby", "Xanthe"):
        made = redactor.redacted(Dialogue(id="d", messages=(Message(role="user", content=text),)), ())
        assert made.messages[0].content == "[NAME_1]"
    assert redactor.counts == {"NAME": 2}


def _with_check_digit(digits: str) -> str:
    return next(digits + check for check in "0123456789" if is_card_number(digits + check))


@settings(deadline=None, max_examples=60)
@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 10**6))
def test_every_card_number_goes_and_every_changed_digit_saves_it(digits: str, seed: int) -> None:
    number = _with_check_digit(digits)
    groups = " ".join(re.findall("....", number))
    assert redacted(f"card {groups}!") == ["card [CARD_1]!"]
    draw = random.Random(seed)
    place = draw.randrange(16)
    changed = number[:place] + str((int(number[place]) + draw.randrange(1, 10)) % 10) + number[place + 1 :]
    assert not is_card_number(changed)
