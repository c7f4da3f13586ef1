"""What probes change: each change does what it says and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_models import LATTE, case_of

from judges.loading import builtin_rubric_names, load_rubric
from judges.probes import changes
from judges.probes.family import family_of, kin_of
from judges.probes.parallel import parallel_replies
from judges.readouts.readout import FreeText, SampledLabel, in_turn
from judges.rubrics.rubric_faults import faults_of


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_padding_says_nothing_more_and_stands_at_the_end() -> None:
    for language in ("en", "en-GB", "ru"):
        longer = changes.padded("Which size? ", language)
        assert longer is not None
        assert longer.startswith("Which size? ")
        assert 20 <= len(words(longer)) - 2 <= 45
        assert not re.search(r"[?\d<>]", longer.removeprefix("Which size?"))
    assert changes.padded("Welche Größe?", "de") is None


@given(st.text(min_size=1).filter(str.strip))
def test_looks_change_no_word(reply: str) -> None:
    for look in (changes.in_markdown, changes.with_emoji):
        assert words(look(reply)) == words(reply)


def test_how_replies_look() -> None:
    reply = "Gladly! Which size? Or none."
    assert changes.in_markdown(reply) == "**Gladly!**\n- Which size?\n- Or none."
    assert changes.in_markdown("Один?") == "**Один?**"
    assert changes.with_emoji(reply) == "Gladly! 😊 Which size? 😊 Or none. 😊"


def test_turned_answers_are_the_same_answers_from_the_last_to_the_first() -> None:
    for name in builtin_rubric_names():
        for question in load_rubric(name).questions("en"):
            turned = changes.answers_turned(question)
            assert list(turned.answers.words) == list(question.answers.words)[::-1]
            assert turned.answers.words == question.answers.words
            assert list(turned.anchors) == list(question.anchors)[::-1]
            assert changes.answers_turned(turned) == question
    assert changes.answers_turned(next(load_rubric("style").questions("ru"))).answers.listed() == "нет или да"


def test_a_rephrased_rubric_asks_another_question_about_the_same() -> None:
    rubric = load_rubric("order_confirmation")
    other = changes.rephrased(rubric)
    assert not list(faults_of(other))
    for tag in ("en", "ru"):
        assert other.languages[tag].question == rubric.languages[tag].rephrased[0]
        assert other.languages[tag].anchors == rubric.languages[tag].anchors
    bare = rubric.languages["en"].model_copy(update={"rephrased": ()})
    unchanged = rubric.model_copy(update={"languages": {"en": bare}})
    assert changes.rephrased(unchanged) == unchanged


def test_only_drawn_answers_get_other_seeds() -> None:
    sampled = SampledLabel(kind="sampled_label", samples=4, seed=3, fallback=FreeText(kind="free_text"))
    rubric = load_rubric("style").model_copy(update={"readout": sampled})
    first, fallback = in_turn(changes.with_other_seeds(rubric).readout)
    assert isinstance(first, SampledLabel)
    assert (first.seed, first.samples, fallback) == (7, 4, FreeText(kind="free_text"))
    style = load_rubric("style")
    assert changes.with_other_seeds(style) == style


async def test_a_judge_without_references_is_shown_none() -> None:
    rubric = changes.without_references(load_rubric("correctness"))
    assert not list(faults_of(rubric))
    assert "references" not in rubric.sees and not rubric.requires
    assert not any(example.references for text in rubric.languages.values() for example in text.examples)
    assert not rubric.lacking_in(LATTE)


def test_wrong_references_are_those_of_another_dialogue() -> None:
    def case(dialogue: str, *references: str) -> object:
        return case_of(("user", "?")).model_copy(update={"dialogue_id": dialogue, "references": references})

    cases = [case("a", "A tea."), case("a", "Two."), case("b", "A tea."), case("c", "Bread."), case("d")]
    wrong = changes.with_wrong_references(cases)  # type: ignore[arg-type]
    assert [each and each.references for each in wrong] == [("Bread.",), ("A tea.",), ("Bread.",), ("A tea.",), None]
    assert changes.with_wrong_references([LATTE]) == [None]


@pytest.mark.parametrize("name", sorted(set(builtin_rubric_names()) - {"better_reply"}))
def test_parallel_cases_can_be_judged_by_every_built_in_rubric(name: str) -> None:
    rubric = load_rubric(name)
    for number, parallel in enumerate(parallel_replies()):
        (english, _), (russian, _) = parallel.cases(number)
        assert not rubric.lacking_in(english)
        assert not rubric.lacking_in(russian)


def test_parallel_cases_differ_in_their_language_only() -> None:
    replies = parallel_replies()
    assert len(replies) >= 12
    for parallel in replies:
        en, ru = parallel.en, parallel.ru
        assert en.verdict == ru.verdict
        assert [list(turn) for turn in en.context] == [list(turn) for turn in ru.context]
        assert en.expectation.act == ru.expectation.act
        assert [line.quantity for line in en.expectation.order] == [line.quantity for line in ru.expectation.order]
        assert len(en.references) == len(ru.references) and len(en.expectation.missing) == len(ru.expectation.missing)
        for field in ("reply", "context", "references", "persona"):
            assert not re.search("[а-яё]", str(getattr(en, field)), re.IGNORECASE)
            assert re.search("[а-яё]", str(getattr(ru, field)), re.IGNORECASE)
    assert {parallel.en.verdict for parallel in replies} == {"pass", "fail"}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("SmolLM2-135M-Instruct@9f31c0de", "smollm"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen"),
        ("/models/Qwen3-0.6B/", "qwen"),
        ("gpt-4.1-mini", "gpt"),
        ("2024", ""),
    ],
)
def test_families_by_name(name: str, family: str) -> None:
    assert family_of(name) == family


def test_kin_of_a_judge() -> None:
    models = {"base": "SmolLM2-135M-Instruct", "barista": "SmolLM2-1.7B+order_taker", "other": "Qwen2.5-0.5B", "x": "7"}
    assert kin_of("SmolLM2-360M@0a", models) == ["base", "barista"]
    assert kin_of("7", models) == []


def test_a_hidden_reference_is_the_reply_alone() -> None:
    case = LATTE.model_copy(update={"references": ("Which size?", "Small or large?", "Which size? ")})
    assert changes.with_reference_hidden(case, "Which size?").references == ("Small or large?",)
    assert changes.with_reference_hidden(case, "Which?") == case
