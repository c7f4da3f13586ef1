"""Cases and pairs of reply and references for the tests of metrics. Holds no tests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from suites.cases import Case
from suites.dialogue import Expectation

WRITTEN_PAIRS = {
    "en": [
        ("Sure! What size would you like?", ["What size would you like, sir?", "Sure, which size?"]),
        ("That's two flat whites with oat milk, right?", ["So two flat whites, both with oat milk. Is that right?"]),
        (
            "We don't have bagels today - sorry.",
            ["Sorry, bagels are sold out.", "No bagels today.", "Sold out, sorry!"],
        ),
        ("Ok", ["Ok", "Okay."]),
        ("the the the the", ["the cat sat"]),
    ],
    "ru": [
        ("Конечно! Какой размер желаете?", ["Какого размера вам напиток?", "Конечно, какой размер?"]),
        ("Итак, два капучино с корицей, верно?", ["Значит, два капучино, оба с корицей. Всё верно?"]),
        ("Круассанов сегодня нет, извините.", ["Извините, круассаны закончились.", "Нет.", "Круассанов больше нет!"]),
        ("Да", ["Да", "Да."]),
        ("Ещё чаю?", ["Еще чая?"]),
    ],
}

_DATA = {"en": "orders_taskmaster.jsonl", "ru": "orders_ru_multiwoz.jsonl"}


def case_with(*references: str, language: str = "en") -> Case:
    return Case(
        id="d#1",
        dialogue_id="d",
        turn=1,
        messages=(),
        references=references,
        expectation=Expectation(),
        tags=(),
        facts=(),
        language=language,
        persona=None,
    )


def real_pairs(language: str, limit: int = 200) -> list[tuple[str, list[str]]]:
    """Neighbouring assistant turns of real dialogues as (reply, one to three references)."""
    default = Path(__file__).parents[2] / ".." / "shared" / "data"
    file = Path(os.environ.get("REJOINDER_TEST_DATA", default)) / _DATA[language]
    if not file.is_file():
        pytest.skip(f"the test data {file} is not there (REJOINDER_TEST_DATA)")
    turns = (turn for line in file.open(encoding="utf-8") for turn in json.loads(line)["turns"])
    texts = [turn["content"] for turn in turns if turn["role"] == "assistant" and turn["content"].strip()]
    texts = list(dict.fromkeys(texts))[: limit + 3]
    return [(text, texts[i + 1 : i + 2 + i % 3]) for i, text in enumerate(texts[:limit])]
