from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_cases import case_with

from harness.metrics.expectation_checks import ExpectationChecks
from harness.metrics.metric import Measurement
from suites.cases import cases_of
from suites.dialogue import Expectation
from suites.loading import load_suite


def check(reply: str, language: str = "en", **expected: Any) -> dict[str, Measurement]:
    expectation = Expectation.model_validate(expected)
    case = case_with("Fine.", language=language).model_copy(update={"expectation": expectation})
    return {m.measure: m for m in ExpectationChecks(language).measure(case, reply)}


def test_everything_is_skipped_where_nothing_is_expected() -> None:
    measured = check("Two lattes?")
    assert [m.name for m in ExpectationChecks("en").measures] == list(measured)
    assert {(m.status, m.value) for m in measured.values()} == {("skipped", None)}


def test_mentions_is_the_share_and_names_what_lacks() -> None:
    measured = check("An oat latte.", must_mention=["latte", ["oat milk", "oat"], "large"])["check.mentions"]
    assert measured.value == pytest.approx(2 / 3)
    assert measured.reason == "does not mention large"


def test_avoids_names_what_was_mentioned() -> None:
    assert check("Two croissants.", must_not_mention=["muffin"])["check.avoids"].value == 1
    measured = check("A MUFFIN, and delivery", must_not_mention=[["bun", "muffins"], "deliver"])["check.avoids"]
    assert (measured.value, measured.reason) == (0, "mentions muffins")


COFFEE = [{"item": "latte", "quantity": 2}, {"item": ["croissant", "pastry"]}]


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Two large oat lattes and a croissant, right?", 1),
        ("A couple of lattes and one pastry.", 1),
        ("latte x2, croissant", 1),
        ("One hot latte, one iced latte, one croissant.", 1),
        ("Two lattes and one croissant; one latte without sugar.", 1),
        ("Three lattes and a croissant.", 0.5),
        ("A latte and two croissants.", 0),
        ("Latte and croissants", 0.5),
        ("Thank you!", 0),
    ],
)
def test_order_lines_need_item_and_quantity(reply: str, value: float) -> None:
    assert check(reply, order=COFFEE)["check.order"].value == value


def test_wrong_order_lines_are_named_with_what_was_read() -> None:
    measured = check("Three lattes for you.", order=COFFEE)["check.order"]
    assert measured.reason == "wrong: 2 x latte (read as 3); 1 x croissant / pastry (not named)"


def test_a_bare_mention_does_not_make_up_for_a_wrong_quantity() -> None:
    measured = check("Two lattes. I'll start the latte now.", order=[{"item": "latte"}])["check.order"]
    assert measured.value == 0


def test_two_lines_of_one_item_may_be_named_together() -> None:
    order = [{"item": "latte"}, {"item": "latte"}]
    assert check("Two lattes, one hot and one iced.", order=order)["check.order"].value == 1


@pytest.mark.parametrize("quantity", [1, 10])
def test_ten_eggs_or_one_pack_of_ten(quantity: int) -> None:
    order = [{"item": ["яйца", "яиц"], "quantity": quantity}, {"item": "молоко", "quantity": 2}]
    assert check("Десяток яиц и два пакета молока, всё верно?", "ru", order=order)["check.order"].value == 1


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("What size would you like?", 1),
        ("Small or large?", 1),
        ("what size", 1),
        ("We have every size.", 0),
        ("What milk?", 0),
    ],
)
def test_asks_missing_needs_a_question(reply: str, value: float) -> None:
    assert check(reply, missing=[["size", "small", "large"]])["check.asks_missing"].value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("What size would you like?", 0),
        ("One latte. And which milk?", 0),
        ("Could you tell me the size?", 0),
        ("Do you want it hot or iced?", 0),
        ("A medium size, right?", 1),
        ("So a medium size with oat milk?", 1),
        ("An oat milk latte, and to go or for here?", 1),
        ("Which pastry would you like with the oat milk latte?", 1),
        ("Oat milk it is. Anything else?", 1),
        ("Size and milk noted.", 1),
    ],
)
def test_amnesia_is_asking_again_not_repeating(reply: str, value: float) -> None:
    said = [["size", "what size"], ["milk"], "hot or iced"]
    assert check(reply, said_already=said)["check.no_amnesia"].value == value


def test_amnesia_names_what_was_asked_again() -> None:
    measured = check("Сколько пакетов молока, и куда везти?", "ru", said_already=["сколько", ["куда", "адрес"]])
    assert measured["check.no_amnesia"].reason == "спрашивает снова: сколько; куда"


@given(st.text(), st.text(min_size=1).filter(str.strip), st.sampled_from(["en", "ru", "de"]))
def test_any_reply_can_be_checked(reply: str, phrase: str, language: str) -> None:
    expected = {field: [phrase] for field in ("must_mention", "must_not_mention", "missing", "said_already")}
    measured = check(reply, language, **expected, order=[{"item": phrase, "quantity": 3}])
    assert all(m.status == "ok" and m.value is not None and 0 <= m.value <= 1 for m in measured.values())


@pytest.mark.parametrize("half", ["train", "held_out"])
@pytest.mark.parametrize("name", ["coffee_orders", "grocery_orders_ru"])
def test_every_reference_of_the_built_in_suites_passes_its_checks(name: str, half: Any) -> None:
    suite = load_suite(name)
    checks = ExpectationChecks(suite.header.language)
    failed = [
        f"{case.id}: {m.measure} {m.reason}: {text}"
        for case in cases_of(suite, half)
        for text in case.references
        for m in checks.measure(case, text)
        if m.value is not None and m.value < 1
    ]
    assert failed == []


@pytest.mark.parametrize("unit", ["latte ", "two lattes, ", "what ", "...", "? ", " ", "\n", "сколько ", "- ", "a. "])
def test_degenerate_replies_take_no_more_than_seconds(unit: str) -> None:
    began = time.process_time()
    check(unit * (20_000 // len(unit)), order=COFFEE, missing=["size"], said_already=["milk"], must_mention=["oat"])
    assert time.process_time() - began < 5
