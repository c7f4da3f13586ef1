"""Readouts: probabilities of answers made to sum to 1, verdicts found in free text, and what cannot be read."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_models import ScriptedJudgeModel, question

from judges.readouts.readout import FreeText, JsonObject, LabelProbabilities
from judges.rubrics.question import Question
from judges.structured_output import JsonOutput

MESSAGES = [{"role": "user", "content": "?"}]


YES_NO = question(**{"pass": "yes", "fail": "no"})
DA_NET = question(language="ru", **{"pass": "да", "fail": "нет"})


async def test_probabilities_sum_to_one_over_both_cases_of_each_answer() -> None:
    model = ScriptedJudgeModel({"yes": 0.3, "Yes": 0.3, "no": 0.1, "No": 0.1})
    reading = await LabelProbabilities().read(model, MESSAGES, YES_NO)
    assert reading.status == "ok"
    assert reading.label == "pass"
    assert reading.label_mass == pytest.approx(0.8)
    assert reading.probabilities == pytest.approx({"pass": 0.75, "fail": 0.25})
    assert reading.weights == reading.probabilities


@given(st.lists(st.floats(0, 0.25), min_size=4, max_size=4).filter(lambda p: sum(p) > 0.1))
async def test_readings_are_a_distribution_and_keep_the_odds(p: list[float]) -> None:
    model = ScriptedJudgeModel(dict(zip(("yes", "Yes", "no", "No"), p, strict=True)))
    reading = await LabelProbabilities().read(model, MESSAGES, YES_NO)
    assert math.fsum(reading.probabilities.values()) == pytest.approx(1)
    assert reading.probabilities["pass"] * sum(p) == pytest.approx(p[0] + p[1])


async def test_the_likeliest_label_can_take_the_whole_score() -> None:
    model = ScriptedJudgeModel({"yes": 0.6, "no": 0.4})
    reading = await LabelProbabilities(score="likeliest").read(model, MESSAGES, YES_NO)
    assert reading.weights == {"pass": 1.0}
    assert reading.probabilities == pytest.approx({"pass": 0.6, "fail": 0.4})


@pytest.mark.parametrize(("mass", "status"), [(0.09, "unparsed"), (0.11, "ok"), (0.0, "unparsed")])
async def test_too_little_mass_is_unparsed(mass: float, status: str) -> None:
    reading = await LabelProbabilities().read(ScriptedJudgeModel({"no": mass}), MESSAGES, YES_NO)
    assert reading.status == status
    assert reading.label_mass == pytest.approx(mass)
    assert (reading.label is None) == (status == "unparsed")


async def test_no_mass_at_all_is_unparsed_however_low_the_limit() -> None:
    reading = await LabelProbabilities(minimum_mass=0).read(ScriptedJudgeModel(), MESSAGES, YES_NO)
    assert reading.status == "unparsed"


async def test_a_log_probability_that_is_no_number_is_an_error() -> None:
    reading = await LabelProbabilities().read(ScriptedJudgeModel({"yes": math.nan}), MESSAGES, YES_NO)
    assert reading.status == "error"


async def test_a_byte_that_two_answers_share_counts_for_neither() -> None:
    # As a tokenizer does that knows the small Cyrillic letters, but cuts the capitals into bytes.
    model = ScriptedJudgeModel({"да": 0.3, "нет": 0.1, "Да": 0.4, "Нет": 0.4})
    reading = await LabelProbabilities().read(model, MESSAGES, DA_NET)
    assert reading.label_mass == pytest.approx(0.4)
    assert reading.probabilities == pytest.approx({"pass": 0.75, "fail": 0.25})


async def test_answers_that_begin_with_the_same_byte_are_an_error_that_names_them() -> None:
    model = ScriptedJudgeModel(dict.fromkeys(("да", "нет", "Да", "Нет"), 0.4))
    reading = await LabelProbabilities().read(model, MESSAGES, DA_NET)
    assert reading.status == "error"
    assert reading.reason is not None
    assert "'да', 'нет' begin with the same token" in reading.reason
    assert "free_text" in reading.reason


async def test_latin_answers_of_equal_probability_are_two_answers() -> None:
    reading = await LabelProbabilities().read(ScriptedJudgeModel({"yes": 0.4, "no": 0.4}), MESSAGES, YES_NO)
    assert reading.probabilities == pytest.approx({"pass": 0.5, "fail": 0.5})


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The size is asked for.\nVerdict: yes", "pass"),
        ("Verdict: yes. On second thought:\n**Verdict:** No!", "fail"),
        ("**Verdict**: *no*", "fail"),
        ("verdict： YES", "pass"),
        ("Yes.", "pass"),
        ("no", "fail"),
    ],
)
async def test_the_last_verdict_in_a_text_counts(text: str, label: str) -> None:
    reading = await FreeText(kind="free_text").read(ScriptedJudgeModel(text=text), MESSAGES, YES_NO)
    assert reading.status == "ok"
    assert reading.label == label
    assert reading.weights == {label: 1.0}
    assert reading.reason == text.strip()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("There is no size in it, yes.", "unparsed"),
        ("Verdict (yes or no): hard to say", "unparsed"),
        ("Verdict: yesterday", "unparsed"),
        ("", "unparsed"),
        ("I'm sorry, but I can't judge that.", "refused"),
        ("I cannot help with that.", "refused"),
    ],
)
async def test_a_text_without_a_verdict_has_no_label(text: str, status: str) -> None:
    reading = await FreeText(kind="free_text").read(ScriptedJudgeModel(text=text), MESSAGES, YES_NO)
    assert reading.status == status
    assert reading.label is None
    assert reading.weights == {}


async def test_russian_free_text() -> None:
    model = ScriptedJudgeModel(text="Спросил размер.\nВердикт: Да.")
    assert (await FreeText(kind="free_text").read(model, MESSAGES, DA_NET)).label == "pass"
    refusal = ScriptedJudgeModel(text="Извините, я не могу этого оценить.")
    assert (await FreeText(kind="free_text").read(refusal, MESSAGES, DA_NET)).status == "refused"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Verdict: 7", "7"),
        ("Verdict: 7.50", "7.5"),
        ("Verdict: 7,5.", "7.5"),
        ("Verdict: 0", "0"),
        ("Verdict: 11", None),
        ("Verdict: -1", None),
        ("8", "8"),
        ("Seven of the 9 items", None),
    ],
)
async def test_numbers_are_read_where_they_are_on_the_scale(text: str, label: str | None) -> None:
    reading = await FreeText(kind="free_text").read(ScriptedJudgeModel(text=text), MESSAGES, question(bounds=(0, 10)))
    assert reading.label == label
    assert reading.status == ("ok" if label else "unparsed")


JSON = JsonObject(kind="json")


@pytest.mark.parametrize(
    ("text", "label", "reason"),
    [
        ('{"reason": "The size is asked for.", "verdict": "yes"}', "pass", "The size is asked for."),
        ('\n{ "reason":"Not \\"verdict\\": \\"yes\\".",\n"verdict":"No" }\n', "fail", 'Not "verdict": "yes".'),
        ('{"reason": " ", "verdict": "no"}', "fail", None),
    ],
)
async def test_the_verdict_of_a_json_object_and_its_reason(text: str, label: str, reason: str | None) -> None:
    reading = await JSON.read(ScriptedJudgeModel(text=text), MESSAGES, YES_NO)
    assert (reading.status, reading.label, reading.reason) == ("ok", label, reason)
    assert reading.weights == {label: 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Verdict: yes",
        '{"reason": "The size is asked f',  # cut off at max_tokens
        '{"reason": "Good.", "verdict": "yes"',
        '{"reason": "Good.", "verdict": "perhaps"}',
        '{"reason": "Good.", "verdict": true}',
        '{"reason": "Good.", "verdict": null}',
        '{"verdict": "yes"}',
        '{"reason": "Good.", "verdict": "yes", "score": 1}',
        '["Good.", "yes"]',
        '{"reason": "Good.", "verdict": "yes"} {"reason": "Bad.", "verdict": "no"}',
        '{"reason": "\\ud83d", "verdict": "yes"}',  # half a letter, which no file could hold
        "[" * 100_000,
    ],
)
async def test_what_is_not_the_json_object_asked_for_is_unparsed_and_not_asked_again(text: str) -> None:
    model = ScriptedJudgeModel(text=text)
    reading = await JSON.read(model, MESSAGES, YES_NO)
    assert (reading.status, reading.label, reading.weights) == ("unparsed", None, {})
    assert len(model.prompts) == 1


async def test_a_judge_that_declines_in_spite_of_its_structure_has_refused() -> None:
    reading = await JSON.read(ScriptedJudgeModel(text="I'm sorry, but I can't judge that."), MESSAGES, YES_NO)
    assert reading.status == "refused"


async def test_the_model_is_held_to_a_schema_with_the_reason_first_and_bounded() -> None:
    model = ScriptedJudgeModel(text='{"reason": "", "verdict": "да"}')
    await JsonObject(kind="json", max_reason=20).read(model, MESSAGES, DA_NET)
    (structure,) = model.structures
    assert isinstance(structure, JsonOutput)
    jsonschema.Draft202012Validator.check_schema(structure.schema)
    assert list(structure.schema["properties"]) == ["reason", "verdict"]
    for reason, verdict, fits in [("r" * 20, "да", True), ("r" * 21, "да", False), ("r", "yes", False)]:
        given = {"reason": reason, "verdict": verdict}
        assert jsonschema.Draft202012Validator(structure.schema).is_valid(given) == fits


@pytest.mark.parametrize(
    ("verdict", "label"), [("7", "7"), ("7.5", "7.5"), ("10", "10"), ("11", None), ("-1", None), ("NaN", None)]
)
async def test_numbers_in_json_are_read_where_they_are_on_the_scale(verdict: str, label: str | None) -> None:
    text = f'{{"reason": "r", "verdict": {verdict}}}'
    reading = await JSON.read(ScriptedJudgeModel(text=text), MESSAGES, question(bounds=(0, 10)))
    assert reading.label == label
    assert reading.status == ("ok" if label else "unparsed")


@pytest.mark.parametrize("answers", [YES_NO, DA_NET, question(bounds=(0, 10)), question(**{"1": "1", "2": "2"})])
async def test_an_example_in_json_is_read_as_the_label_that_it_shows(answers: Question) -> None:
    for label in answers.answers.words or ("0", "7.5", "10"):
        shown = JSON.answer(answers, label, 'Zu "kurz"')
        assert list(json.loads(shown)) == ["reason", "verdict"]
        jsonschema.validate(json.loads(shown), JSON.structure(answers).schema)
        reading = await JSON.read(ScriptedJudgeModel(text=shown), MESSAGES, answers)
        assert (reading.label, reading.reason) == (label, 'Zu "kurz"')


def test_an_example_without_a_reason_shows_its_anchor() -> None:
    anchored = replace(DA_NET, anchors={"да": "всё уточнено", "нет": "не уточнено"})
    assert json.loads(JSON.answer(anchored, "fail", None)) == {"reason": "не уточнено", "verdict": "нет"}


def test_instructions_list_the_answers() -> None:
    five = question(a="ask", b="tell", c="chat")
    assert LabelProbabilities().instruction(five) == "Answer only: ask, tell or chat."
    assert "`Verdict:` and a number from 0 to 10." in FreeText(kind="free_text").instruction(question(bounds=(0, 10)))
    assert '"verdict" is ask, tell or chat.' in JSON.instruction(five)
    assert 'затем "verdict" — да или нет.' in JSON.instruction(DA_NET)
    assert FreeText(kind="free_text").answer(YES_NO, "fail", "Too curt.") == "Too curt.\nVerdict: no"
    assert LabelProbabilities().answer(YES_NO, "fail", "Too curt.") == "no"
