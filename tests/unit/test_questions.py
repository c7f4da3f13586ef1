from __future__ import annotations

import pytest

from harness.metrics.questions import Purpose, questions


@pytest.mark.parametrize(
    ("text", "language", "purpose"),
    [
        ("What size would you like?", "en", Purpose.OPEN),
        ("what size", "en", Purpose.OPEN),
        ("Hot or iced?", "en", Purpose.OPEN),
        ("Would you like oat milk in it?", "en", Purpose.OPEN),
        ("Two large lattes, right?", "en", Purpose.CHECK),
        ("You want a table for two tomorrow?", "en", Purpose.CHECK),
        ("Shall I place the order?", "en", Purpose.CHECK),
        ("Anything else?", "en", Purpose.MORE),
        ("What else can I get you?", "en", Purpose.MORE),
        ("How can I help?", "en", Purpose.SERVICE),
        ("How about a mocha?", "en", Purpose.PROPOSAL),
        ("Is the parcel heavy?", "en", Purpose.WHETHER),
        ("Сколько пакетов?", "ru", Purpose.OPEN),
        ("Хлеб белый или чёрный?", "ru", Purpose.OPEN),
        ("Два молока, верно?", "ru", Purpose.CHECK),
        ("Оформляем?", "ru", Purpose.CHECK),
        ("Что-нибудь ещё?", "ru", Purpose.MORE),
        ("Чем могу помочь?", "ru", Purpose.SERVICE),
        ("Как насчёт кефира?", "ru", Purpose.PROPOSAL),
        ("Wie groß?", "de", Purpose.OPEN),
    ],
)
def test_the_purpose_of_a_question(text: str, language: str, purpose: Purpose) -> None:
    assert [question.purpose for question in questions(text, language)] == [purpose]


@pytest.mark.parametrize("text", ["One latte.", "What a day!", "Whichever you like."])
def test_statements_are_no_questions(text: str) -> None:
    assert questions(text, "en") == ()


@pytest.mark.parametrize(
    ("text", "asks_for"),
    [
        ("A large latte, thanks: which milk would you like for it?", "which milk would you like "),
        ("What would you like for milk?", "what would you like for milk?"),
        ("One oat latte, hot or iced?", "hot or iced?"),
        ("An iced latte?", ""),
    ],
)
def test_what_a_question_asks_for(text: str, asks_for: str) -> None:
    assert questions(text, "en")[0].asks_for == asks_for
