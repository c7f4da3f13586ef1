from __future__ import annotations

import pytest

from harness.metrics.quantities import occurrences, quantities
from harness.metrics.text import stems, tokenize


def readings(text: str, language: str) -> list[set[int]]:
    return [set(quantity.readings) for quantity in quantities(tokenize(text, language), language)]


def counts(text: str, language: str, *items: str) -> list[list[set[int]]]:
    phrases = [[stems(item, language)] for item in items]
    return [[set(o.readings) for o in found] for found in occurrences(tokenize(text, language), phrases, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a latte, 2 teas and three bagels", [{1}, {2}, {3}]),
        ("twenty-five mochas and a couple of teas", [{25}, {2}]),
        ("twenty, 5 of them iced", [{20}, {5}]),
        ("a dozen, two dozen, half a dozen", [{1, 12}, {2, 24}, {1, 6}]),
        ("2.5 euros at 17:30, 3.2% milk, room #4", []),
        ("latte x2, 3x tea, ×4", [{2}, {3}, {4}]),
    ],
)
def test_english_quantities(text: str, expected: list[set[int]]) -> None:
    assert readings(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("две пачки, трёх пакетов, пятью батонами", [{2}, {3}, {5}]),
        ("пару батонов и двадцать пять яиц", [{2}, {25}]),
        ("десяток яиц, два десятка яиц", [{1, 10}, {2, 20}]),
        ("кефир 2,5% к 18:30", []),
    ],
)
def test_russian_quantities(text: str, expected: list[set[int]]) -> None:
    assert readings(text, "ru") == expected


def test_other_languages_have_digits_only() -> None:
    assert readings("zwei Brote und 3 Eier", "de") == [{3}]


@pytest.mark.parametrize(
    ("text", "items", "expected"),
    [
        ("Two large iced oat lattes and a croissant", ("latte", "croissant"), [[{2}], [{1}]]),
        ("two lattes and croissants", ("latte", "croissant"), [[{2}], [{1}]]),
        ("two mochas and croissants", ("croissant",), [[{1, 2}]]),
        ("two large, hot lattes", ("latte",), [[{1, 2}]]),
        ("latte x2, tea: 3", ("latte", "tea"), [[{2}], [{3}]]),
        ("no croissant. No, the croissant", ("croissant",), [[{0}, {1}]]),
        ("Two is fine. Lattes it is", ("latte",), [[{1}]]),
        ("one iced tea and two teas", ("tea", "iced tea"), [[{2}], [{1}]]),
    ],
)
def test_a_quantity_belongs_to_its_item(text: str, items: tuple[str, ...], expected: list[list[set[int]]]) -> None:
    assert counts(text, "en", *items) == expected


@pytest.mark.parametrize(
    ("text", "items", "expected"),
    [
        ("два пакета молока и хлеб", ("молоко", "хлеб"), [[{2}], [{1}]]),
        ("молоко — два, хлеб — один", ("молоко", "хлеб"), [[{2}], [{1}]]),
        ("сыра два куска, творог", ("сыр", "творог"), [[{2}], [{1}]]),
        ("по два кило огурцов и помидоров, лук", ("огурцов", "помидор", "лук"), [[{2}], [{2}], [{1}]]),
    ],
)
def test_russian_word_order(text: str, items: tuple[str, ...], expected: list[list[set[int]]]) -> None:
    assert counts(text, "ru", *items) == expected
