"""Style measures: what they count, in English and Russian, and against other implementations."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.persona.style.emoji import emoji_in
from harness.persona.style.english_register import contractions_in
from harness.persona.style.richness import richness_of
from harness.persona.style.russian_address import addresses, is_function_word
from harness.persona.style.style import style_of
from reports.persona.style import STYLE
from suites.words import normalise, words_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Coming up 👋🏽!", 1),
        ("👨‍👩‍👧 🇩🇪 1️⃣ ☕", 4),
        ("© 2020 Rejoinder™, at 8:30 (today)", 0),
        (":-) ;) :D <3", 4),
        ("Привет) как ты))) ну ок", 2),
        ("см. (там), 1) раз 2) два", 0),
        ("жаль((", 1),
        ("", 0),
    ],
)
def test_emoji_emoticons_and_bracket_smiles_count_once_each(text: str, found: int) -> None:
    assert emoji_in(text) == found


@pytest.mark.parametrize(
    ("text", "contracted", "possible"),
    [
        ("I don't know, it's fine, we'll see.", 3, 3),
        ("I do not know. It is fine. We will see.", 0, 3),
        ("I’m here, but I cannot stay", 1, 2),
        ("The barista's apron is blue.", 0, 0),
        ("We have to go; we have gone", 0, 1),
    ],
)
def test_contractions_are_counted_among_what_could_be_contracted(text: str, contracted: int, possible: int) -> None:
    assert contractions_in(normalise(text)) == (contracted, possible)


@pytest.mark.parametrize(
    ("text", "polite", "familiar"),
    [
        ("Какой жирности изволите? Возьмите батон, он вам понравится.", 3, 0),
        ("Возьми молоко, хочешь? Твой батон у тебя.", 0, 4),
        ("Это в интернете, в пакете, на свете: дети пили воду и жили тихо.", 0, 0),
        ("Три стакана, мой друг, пожалуйста, спасибо, есть ещё чай", 0, 0),
        ("Подскажите, у вас есть ваша сметана?", 3, 0),
    ],
)
def test_russian_address_is_read_from_pronouns_and_verbs(text: str, polite: int, familiar: int) -> None:
    found = addresses(words_of(text))
    assert (found.count("polite"), found.count("familiar")) == (polite, familiar)


def test_russian_function_words_are_the_closed_classes() -> None:
    words = ["и", "в", "не", "мы", "который", "молоко", "хороший", "бежать"]
    assert [is_function_word(word) for word in words] == [True] * 5 + [False] * 3


def test_units_are_what_each_measure_says() -> None:
    found = {one.measure: one for one in style_of("Hi! I don't know... What size? 👍", "en-GB")}
    assert (found["words"].count, found["words"].total) == (1, 6)
    assert (found["sentence_words"].count, found["sentence_words"].total) == (4, 6)
    assert (found["exclamations"].total, found["questions"].total, found["exclamations"].count) == (1, 1, 4)
    assert (found["capitals"].count, found["capitals"].total) == (3, 3)
    assert found["contractions"].total == found["contractions"].count == 1
    assert found["emoji"].total == 1
    assert "polite_you" not in found


@given(st.text(), st.sampled_from(["en", "ru", "de"]))
def test_any_text_is_measured_within_the_scales(text: str, language: str) -> None:
    for one in style_of(text, language):
        scale = STYLE[one.measure]
        assert one.count >= 0
        assert scale is None or 0 <= one.total <= one.count
        assert one.total**2 <= one.count * one.squares + 1e-6  # Cauchy-Schwarz: the three belong together


def test_richness_is_the_moving_average_type_token_ratio() -> None:
    generator = random.Random(3)
    words = [generator.choice(string.ascii_lowercase) for _ in range(400)]
    replies = [" ".join(words[start : start + 40]) for start in range(0, 400, 40)]
    window = 50
    naive = [len(set(words[start : start + window])) / window for start in range(len(words) - window + 1)]
    found = richness_of(replies, window)
    assert sum(one.count for one in found) == len(naive)
    assert sum(one.total for one in found) == pytest.approx(sum(naive))
    assert sum(one.squares for one in found) == pytest.approx(sum(ratio**2 for ratio in naive))


def test_richness_does_not_fall_with_length_as_the_plain_ratio_does() -> None:
    generator = random.Random(5)
    words = [str(generator.randint(1, 200)) for _ in range(4000)]
    short, long = (richness_of([" ".join(words[:size])])[0] for size in (400, 4000))
    assert short.total / short.count == pytest.approx(long.total / long.count, abs=0.02)
    assert len(set(words)) / len(words) < 0.5 * len(set(words[:400])) / 400


def test_richness_needs_a_whole_window() -> None:
    assert [one.count for one in richness_of(["one two", "three"])] == [0, 0]
