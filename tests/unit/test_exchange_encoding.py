"""Text whose UTF-8 was once read in another code page: found, repaired, and never taken for it wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suites.exchange.encoding_damage import CODE_PAGES, DamageSurvey, repair

TEXTS = (
    "Привет, как дела? Всё хорошо.",
    "Ну что, когда встретимся? — Не знаю…",
    "It’s “nice”, Zoë — a café in Łódź",
    "Хлеб «Бородинский» № 5, 120 ₽ 🙂",
    "plain ASCII",
)


def damaged(text: str, code_page: str) -> str:
    """`text` as an editor shows it that takes its UTF-8 for `code_page`; gaps in the page become control signs."""
    return "".join(bytes([byte]).decode(code_page, errors="ignore") or chr(byte) for byte in text.encode())


def found(*texts: str) -> str | None:
    survey = DamageSurvey()
    for text in texts:
        survey.look_at(text)
    damage = survey.damage()
    return damage.code_page if damage else None


@pytest.mark.parametrize("code_page", CODE_PAGES)
def test_damage_is_found_and_undone(code_page: str) -> None:
    broken = [damaged(text, code_page) for text in TEXTS]
    assert found(*broken) == code_page
    assert [repair(text, code_page) for text in broken] == list(TEXTS)
    assert found(broken[0]) == found(*broken, *TEXTS) == code_page
    assert repair(f"{broken[0]} {TEXTS[0]}", code_page) == f"{TEXTS[0]} {TEXTS[0]}"


@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "—Ça va ? —À bientôt, dit-il. «à» l’été “é” ‘é’ —ça —é –à –é",
        "Größe, „Ä“, Straße, Åse, ÅÄÖ, Ñandú, SPAÑ”, œuvre Ÿ",
        "ПРИВЕТ РС РЎ Р»Р С… СССР №1 «ВОР» ЁЖ",
        "It’s…“ok”  ½ ± 3 µm © ® ™",
        "こんにちは 안녕 你好",
        "“Olé…” «à…» dit-il, “né–”, „Bös…“, 'å…»'",
    ],
)
def test_sound_text_is_left_alone(text: str) -> None:
    assert found(*[text] * 20) is None


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*"abcéèçàöüßñøåœабвяёЁЖ ,.!?«»“”„’…№€", " — ", " – "]), max_size=60))
def test_no_mixture_of_letters_and_quotation_marks_is_taken_for_damage(pieces: list[str]) -> None:
    """Dashes have their spaces: "–ß" is a damaged "Ч" as likely as not."""
    assert found("".join(pieces)) is None


@settings(deadline=None, max_examples=60)
@given(st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВЯ ,.!?—«»", min_size=1, max_size=60))
def test_any_russian_text_comes_back_from_mac_roman(text: str) -> None:
    assert repair(damaged(text, "mac_roman"), "mac_roman") == text
