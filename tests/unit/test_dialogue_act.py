from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metric_cases import case_with

from harness.metrics.dialogue_act import RULES, DialogueActMetric, classify, deciding_rule
from suites.cases import Case, cases_of
from suites.dialogue import DialogueAct, Expectation
from suites.loading import load_suite

CLARIFY, CONFIRM, INFORM, REFUSE, CHAT = DialogueAct


def due(act: DialogueAct | None, language: str = "en") -> Case:
    return case_with("Fine.", language=language).model_copy(update={"expectation": Expectation(act=act)})


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (CLARIFY, "Sure! Which colour, and how many metres?"),
        (CLARIFY, "One ticket, gladly. Single or return?"),
        (CLARIFY, "We don't carry violins. Did you mean a viola?"),
        (CONFIRM, "Two adults and one child to York, correct?"),
        (CONFIRM, "A ham roll and a lemonade. Anything else?"),
        (CONFIRM, "Please check the list on your screen."),
        (CONFIRM, "Sorry, the scones are sold out, so three rolls and two teas for you."),
        (INFORM, "The scones are sold out today. Would a roll do?"),
        (INFORM, "There are three museums near the station."),
        (REFUSE, "Sorry, we don't repair bicycles."),
        (REFUSE, "I'm afraid that's a matter for the police."),
        (CHAT, "Good morning! Lovely weather."),
        (CHAT, "Thank you, have a nice day!"),
    ],
)
def test_english_acts(act: DialogueAct, text: str) -> None:
    assert classify(text, "en-GB") == act


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (CLARIFY, "Хорошо. Какого цвета и сколько метров?"),
        (CLARIFY, "Вам в один конец или туда и обратно?"),
        (CONFIRM, "Итого два билета и одна программка. Всё верно?"),
        (CONFIRM, "Записал: один билет до Твери."),
        (INFORM, "Булочки сегодня закончились, есть ватрушки."),
        (INFORM, "Музей находится у вокзала."),
        (REFUSE, "Велосипеды мы не чиним и не продаём."),
        (CHAT, "Добрый день! Чудесная погода."),
        (CHAT, "Спасибо, хорошего дня!"),
    ],
)
def test_russian_acts(act: DialogueAct, text: str) -> None:
    assert classify(text, "ru") == act


@given(st.text(), st.sampled_from(["en", "ru"]))
def test_every_text_has_an_act(text: str, language: str) -> None:
    assert deciding_rule(text, language) in RULES


def test_a_language_without_rules_is_refused() -> None:
    with pytest.raises(ValueError, match="'de'"):
        classify("Zwei Brote, richtig?", "de")


@pytest.mark.parametrize(("act", "value"), [(CLARIFY, 1.0), (CONFIRM, 0.0)])
def test_the_label_is_the_act_done(act: DialogueAct, value: float) -> None:
    (measured,) = DialogueActMetric("en").measure(due(act), "What size?")
    assert (measured.status, measured.value, measured.label) == ("ok", value, "clarify")


def test_skipped_where_no_act_is_due_or_the_language_has_no_rules() -> None:
    (no_act,) = DialogueActMetric("en").measure(due(None), "What size?")
    (no_rules,) = DialogueActMetric("de").measure(due(CLARIFY, "de"), "Welche Größe?")
    assert (no_act.status, no_act.value, no_act.reason) == ("skipped", None, "no act is due")
    assert no_rules.status == "skipped"
    assert "'de'" in str(no_rules.reason)


def test_an_empty_reply_does_nothing() -> None:
    (measured,) = DialogueActMetric("en").measure(due(CHAT), " \n")
    assert (measured.value, measured.label) == (0.0, "none")


@pytest.mark.parametrize("name", ["coffee_orders", "grocery_orders_ru"])
def test_most_held_out_references_do_the_act_that_is_due(name: str) -> None:
    replies = [(case, text) for case in cases_of(load_suite(name)) for text in case.references]
    metric = DialogueActMetric(replies[0][0].language)
    values = [metric.measure(case, text)[0].value for case, text in replies]
    right = [value for value in values if value is not None]
    assert sum(right) / len(right) > 0.85
