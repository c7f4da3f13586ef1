from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.snowball import SnowballStemmer

from harness.metrics.text import contains, sentences, stems, tokenize
from suites.words import normalise, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two LATTES, please!", ("two", "lattes", "please")),
        ("don’t — it's oat-milk", ("don't", "it's", "oat", "milk")),
        ("Ещё одну пачку чёрного чая", ("еще", "одну", "пачку", "черного", "чая")),
        ("ﬁne ２ cafés", ("fine", "2", "cafés")),
        ("拿铁两杯 ok", ("拿", "铁", "两", "杯", "ok")),
        ("?! … €", ()),
    ],
)
def test_words_are_normalised_and_without_punctuation(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text) == tokenize(text, "en").words == expected


@pytest.mark.parametrize(
    ("language", "name", "text"),
    [("en-GB", "english", "lattes croissants iced sizes"), ("ru", "russian", "пакеты молока яблоками белого")],
)
def test_stems_are_the_published_snowball_stems(language: str, name: str, text: str) -> None:
    stemmer = SnowballStemmer(name)
    assert stems(text, language) == tuple(stemmer.stem(word) for word in text.split())


def test_other_languages_keep_their_words() -> None:
    assert stems("zwei Brötchen", "de") == ("zwei", "brötchen")


@given(st.text())
def test_words_and_gaps_together_are_the_normalised_text(text: str) -> None:
    tokens = tokenize(text, "en")
    assert len(tokens.words) == len(tokens.stems) == len(tokens.gaps) - 1
    rebuilt = "".join(gap + word for gap, word in zip(tokens.gaps, (*tokens.words, ""), strict=True))
    assert rebuilt == normalise(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sure. what size? Hot!", ("Sure.", "what size?", "Hot!")),
        ("Wait... really?! Yes", ("Wait...", "really?!", "Yes")),
        ("Ask Dr. Smith at 5 p.m. today. Right?", ("Ask Dr. Smith at 5 p.m. today.", "Right?")),
        ("Open till 5 p.m. Anything else?", ("Open till 5 p.m.", "Anything else?")),
        ("2 кг. лука и 3 шт. яиц. Т. е. всё?", ("2 кг. лука и 3 шт. яиц.", "Т. е. всё?")),
        ("one latte\n\n- one bagel\n", ("one latte", "- one bagel")),
        ("He said “Hot.” Then left.", ("He said “Hot.”", "Then left.")),
        ("It is 2.5 euros", ("It is 2.5 euros",)),
        ("  ", ()),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


@given(st.text())
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "phrase", "language", "found"),
    [
        ("Two Oat-Milk lattes", "oat milk latte", "en", True),
        ("oat and milk", "oat milk", "en", False),
        ("a sandwich", "sand", "en", False),
        ("Пакет чёрного хлеба", "черный хлеб", "ru", True),
        ("That is 5 €", "€", "en", True),
        ("That is 5", "€", "en", False),
    ],
)
def test_phrases_match_by_adjacent_stems(text: str, phrase: str, language: str, found: bool) -> None:
    assert contains(text, phrase, language) is found
