"""Control characters, numbers and languages."""

from __future__ import annotations

import dataclasses
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pages.figures import Figures
from reports.pages.text import one_line, visible
from reports.pages.wording import ENGLISH, RUSSIAN, words_for
from reports.statistics.clusters import Interval


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x00b\x7f", "a␀b␡"),
        ("a\x9bb", "a⟨U+009B⟩b"),
        ("a\u202eb\u2066", "a⟨U+202E⟩b⟨U+2066⟩"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("a\rb", "a␍b"),
        ("a\ud800b", "a⟨U+D800⟩b"),
        ("кофе 👩‍🚀 ☕", "кофе 👩‍🚀 ☕"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_visible_text_can_be_written_and_steers_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert not any((ord(c) < 0x20 and c not in "\n\t") or 0x7F <= ord(c) <= 0x9F for c in shown)
    assert visible(shown) == shown
    assert "\n" not in one_line(text)


def test_figures() -> None:
    english, russian = Figures("en"), Figures("ru")
    assert english.value(0.71349, 3) == "0.713"
    assert russian.value(0.71349, 3) == "0,713"
    assert english.value(-0.0001, 2) == "0.00"
    assert english.signed(-0.05, 2) == "−0.05"
    assert english.signed(0.05, 2) == "+0.05"
    assert english.signed(0.001, 2) == "0.00"
    assert english.interval(Interval(low=-0.5, high=1), 1) == "[−0.5, +1.0]"
    assert russian.interval(Interval(low=-0.5, high=1), 1) == "[−0,5; +1,0]"
    assert english.count(200_000) == "200,000"
    assert russian.count(200_000) == "200\N{NARROW NO-BREAK SPACE}000"
    assert english.p_value(0.0004) == "<0.001"


@given(st.floats(0, 1))
def test_percent_is_whole_only_when_the_share_is(share: float) -> None:
    shown = Figures("en").percent(share)
    assert shown.startswith("100") == (share == 1)
    assert shown.startswith("0\N{NO-BREAK SPACE}") == (share == 0)


def test_languages() -> None:
    assert words_for("ru") is words_for("ru-RU") is RUSSIAN
    assert words_for("en") is words_for("de") is ENGLISH


def _sentences(record: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, str):
            found[field.name] = value
        elif isinstance(value, dict):
            found.update({f"{field.name}.{key}": text for key, text in value.items()})
        elif dataclasses.is_dataclass(value):
            found.update({f"{field.name}.{key}": text for key, text in _sentences(value).items()})
    return found


def test_both_languages_fill_the_same_places() -> None:
    # Measures are explained in English by themselves; that all are in Russian is tested with the HTML report.
    english, russian = (_sentences(dataclasses.replace(words, measures_in_words={})) for words in (ENGLISH, RUSSIAN))
    assert english.keys() == russian.keys()

    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}

    assert {k: places(v) for k, v in english.items()} == {k: places(v) for k, v in russian.items()}
    assert all(russian.values())
