"""The reasons that metrics give: in Russian for Russian replies, in English for all others, and each the one that fits."""

from __future__ import annotations

import dataclasses
import re
import string
from typing import Any

import pytest
from metric_cases import case_with

from harness.metrics.dialogue_act import RULES, DialogueActMetric
from harness.metrics.expectation_checks import ExpectationChecks
from harness.metrics.reasons import ENGLISH, RUSSIAN, ActReasons, Reasons, reasons_in
from harness.metrics.selection import make_metrics
from harness.spec import METRIC_NAMES
from suites.cases import Case, cases_of
from suites.dialogue import DialogueAct, Expectation
from suites.loading import load_suite

BOTH = pytest.mark.parametrize("reasons", [ENGLISH, RUSSIAN], ids=["english", "russian"])


def expecting(language: str, **expected: Any) -> Case:
    expectation = Expectation.model_validate(expected)
    return case_with(language=language).model_copy(update={"expectation": expectation})


def sentences(reasons: Reasons | ActReasons) -> dict[str, str]:
    """All sentences by the name of their field."""
    own = {field.name: getattr(reasons, field.name) for field in dataclasses.fields(reasons)}
    return own | sentences(own.pop("acts")) if "acts" in own else own


def places(sentence: str) -> list[str]:
    return sorted(place for _, place, _, _ in string.Formatter().parse(sentence) if place is not None)


def latin_letters(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]+", text)


@pytest.mark.parametrize(
    ("language", "reasons"), [("ru", RUSSIAN), ("ru-RU", RUSSIAN), ("RU", RUSSIAN), ("en-GB", ENGLISH), ("de", ENGLISH)]
)
def test_only_russian_has_reasons_of_its_own(language: str, reasons: Reasons) -> None:
    assert reasons_in(language) is reasons


def test_russian_sentences_are_russian_and_take_the_same_places() -> None:
    english = sentences(ENGLISH)
    for name, sentence in sentences(RUSSIAN).items():
        assert places(sentence) == places(english[name]), name
        assert latin_letters(re.sub(r"\{\w+\}", "", sentence)) == [], sentence


@BOTH
def test_no_two_rules_give_the_same_reason(reasons: Reasons) -> None:
    given = [rule.reason(reasons.acts) for rule in RULES]
    assert len(set(given)) == len(given)
    assert set(given) == set(dataclasses.astuple(reasons.acts))


@pytest.mark.parametrize(
    ("language", "reply", "reason"),
    [
        ("en", "Please check the list on your screen.", "bids the customer to look the order over"),
        ("en", "A ham roll and two teas.", "ends in counting up two things or more, and asks nothing new"),
        ("en", "No violins here. Did you mean a viola?", "says that something is not to be had and asks what instead"),
        ("en", "The scones are sold out today.", "says that something is not to be had now"),
        ("en", "Sorry, we don't repair bicycles.", "says that something is not done or not sold here"),
        ("en", "I couldn't find a table.", "says that there is none of something"),
        ("en", "I'm afraid that's a matter for the police.", "regrets, and sums nothing up"),
        ("en", "Which colour?", "asks for something that is not known yet"),
        ("en", "Everything right?", "asks whether all is right, or whether to go ahead"),
        ("en", "So that is a tea.", "sums up or counts what was ordered"),
        ("en", "What can I get you?", "does nothing but ask what is wanted"),
        ("en", "How about a mocha?", "proposes something"),
        ("en", "Is it far?", "asks something that yes or no answers"),
        ("en", "The museum is located near the station.", "states a fact"),
        ("en", "Thank you, have a nice day!", "does none of all this"),
        ("en", "", "the reply is empty"),
        ("ru", "Проверьте, пожалуйста, список.", "просит проверить заказ"),
        (
            "ru",
            "Два билета и одна программка.",
            "под конец перечисляет две позиции или больше и ничего нового не спрашивает",
        ),
        ("ru", "Скрипки кончились. Что взять вместо них?", "говорит, что чего-то нет, и спрашивает, чем заменить"),
        ("ru", "Булочки сегодня закончились.", "говорит, что чего-то сейчас нет"),
        ("ru", "Велосипеды мы не продаём.", "говорит, что этого здесь не делают или не продают"),
        ("ru", "Свободных столиков нет.", "говорит, что чего-то нет"),
        ("ru", "Увы, это дело полиции.", "сожалеет и ничего не подытоживает"),
        ("ru", "Какого цвета?", "спрашивает о том, что пока неизвестно"),
        ("ru", "Всё верно?", "спрашивает, всё ли верно, можно ли оформлять"),
        ("ru", "Записал: один билет до Твери.", "подытоживает или перечисляет заказанное"),
        ("ru", "Чем могу помочь?", "только спрашивает, чего желает покупатель"),
        ("ru", "Как насчёт ватрушки?", "что-то предлагает"),
        ("ru", "Это далеко?", "задаёт вопрос, на который отвечают «да» или «нет»"),
        ("ru", "Музей находится у вокзала.", "сообщает факт"),
        ("ru", "Спасибо, хорошего дня!", "ничего из этого не делает"),
        ("ru", "", "ответ пуст"),
    ],
)
def test_an_act_is_explained_by_its_rule(language: str, reply: str, reason: str) -> None:
    (measured,) = DialogueActMetric(language).measure(expecting(language, act=DialogueAct.CHAT), reply)
    assert measured.reason == reason


ENGLISH_DUE = {
    "must_mention": ["latte", ["oat milk", "oat"]],
    "must_not_mention": ["muffin"],
    "order": [{"item": "latte", "quantity": 2}, {"item": ["croissant", "pastry"]}],
    "missing": [["size", "large"], "name"],
    "said_already": ["milk"],
}
RUSSIAN_DUE = {
    "must_mention": ["латте", ["овсяное молоко", "овсяное"]],
    "must_not_mention": ["маффин"],
    "order": [{"item": "латте", "quantity": 2}, {"item": ["круассан", "выпечка"]}],
    "missing": [["размер", "большой"], "имя"],
    "said_already": ["молоко"],
}


@pytest.mark.parametrize(
    ("language", "expected", "reply", "reasons"),
    [
        (
            "en",
            ENGLISH_DUE,
            "Three lattes and a muffin, with which milk?",
            [
                "does not mention oat milk / oat",
                "mentions muffin",
                "wrong: 2 x latte (read as 3); 1 x croissant / pastry (not named)",
                "does not ask for size / large; name",
                "asks again: milk",
            ],
        ),
        (
            "ru",
            RUSSIAN_DUE,
            "Три латте и маффин, с каким молоком?",
            [
                "не упоминает: овсяное молоко / овсяное",
                "упоминает лишнее: маффин",
                "неверно: 2 × латте (прочитано как 3); 1 × круассан / выпечка (не названо)",
                "не спрашивает: размер / большой; имя",
                "спрашивает снова: молоко",
            ],
        ),
        ("en", {"missing": ["size"]}, "A latte.", [*["nothing is expected here"] * 3, "asks nothing"]),
        ("ru", {"missing": ["размер"]}, "Латте.", [*["здесь ничего не ожидается"] * 3, "ничего не спрашивает"]),
    ],
)
def test_checks_say_what_they_found(language: str, expected: dict[str, Any], reply: str, reasons: list[str]) -> None:
    measured = ExpectationChecks(language).measure(expecting(language, **expected), reply)
    assert [m.reason for m in measured][: len(reasons)] == reasons


@pytest.mark.parametrize(
    ("language", "references", "reply", "reasons"),
    [
        ("en", [], "A latte", {"the case has no reference", "no act is due", "nothing is expected here"}),
        ("ru", [], "Один латте", {"у случая нет образца", "ожидаемого акта здесь нет", "здесь ничего не ожидается"}),
        ("en", ["..."], "Yes", {"the references hold no words", "needs a reply of 2 or more words"}),
        ("ru", ["..."], "Да", {"в образцах нет слов", "слов в ответе должно быть не меньше 2"}),
    ],
)
def test_what_is_skipped_says_why(language: str, references: list[str], reply: str, reasons: set[str]) -> None:
    case = case_with(*references, language=language)
    given = {m.reason for metric in make_metrics(METRIC_NAMES, language) for m in metric.measure(case, reply)}
    assert reasons <= given


def test_phrases_stand_as_the_suite_spells_them() -> None:
    measured = ExpectationChecks("ru").measure(expecting("ru", must_mention=["{0}", "Wi-Fi {phrases}"]), "Да.")
    assert measured[0].reason == "не упоминает: {0}; Wi-Fi {phrases}"


@pytest.mark.parametrize("name", ["grocery_orders_ru", "grocery_voices_ru"])
def test_every_reason_on_a_russian_suite_is_russian(name: str) -> None:
    cases, metrics = list(cases_of(load_suite(name), "held_out")), make_metrics(METRIC_NAMES, "ru")
    given = {
        m.reason
        for case, other in zip(cases, [*cases[1:], cases[0]], strict=True)
        for reply in ("", "Да", other.references[0])
        for metric in metrics
        for m in metric.measure(case, reply)
        if m.reason
    }
    assert len(given) > 20
    assert [reason for reason in given if latin_letters(reason)] == []
