"""The reasons that a judge is asked for after its verdict: of which verdicts, how, and that no verdict changes by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from judge_models import HOUSE_RUBRIC, LATTE, ScriptedJudgeModel, case_of, judge_by

from judges.judge_model import JudgeModelError
from judges.loading import builtin_rubric_names, load_rubric, with_reasons
from judges.pairs import PairJudge
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError

ASKS = "Why? Answer in one short sentence."


def house(reasons: str | None, **fields: Any) -> str:
    """The house's rubric as YAML, asking for reasons."""
    given = yaml.safe_load(HOUSE_RUBRIC) | fields | ({"reasons": reasons} if reasons else {})
    return yaml.safe_dump(given, allow_unicode=True)


def says_no(text: str | Exception = "No size is asked for.") -> ScriptedJudgeModel:
    return ScriptedJudgeModel({"no": 0.7, "yes": 0.2}, text)


@pytest.mark.parametrize(
    ("reasons", "of_no", "of_yes"),
    [(None, None, None), ("none", None, None), ("faults", "Cold.", None), ("all", "Cold.", "Warm.")],
)
async def test_the_rubric_says_of_which_verdicts(
    reasons: str | None, of_no: str | None, of_yes: str | None, tmp_path: Path
) -> None:
    models = (says_no("Cold."), ScriptedJudgeModel({"yes": 0.9}, "Warm."))
    verdicts = [await judge_by(house(reasons), model, tmp_path).judge(LATTE, "Coming.") for model in models]
    assert [verdict.reason for verdict in verdicts] == [of_no, of_yes]


async def test_the_judge_is_asked_after_its_own_answer(tmp_path: Path) -> None:
    model = says_no()
    await judge_by(house("faults"), model, tmp_path).judge(LATTE, "Coming.")
    read, asked = model.prompts
    assert asked == [*read, {"role": "assistant", "content": "no"}, {"role": "user", "content": ASKS}]


async def test_nothing_but_the_reason_changes(tmp_path: Path) -> None:
    with_it, without = [
        await judge_by(house(reasons), says_no(), tmp_path).judge(LATTE, "Coming.") for reasons in ("all", None)
    ]
    assert with_it.reason == "No size is asked for."
    assert with_it.model_copy(update={"reason": None}) == without


async def test_a_certificate_holds_with_and_without_reasons(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(house(None), encoding="utf-8")
    rubric = load_rubric(tmp_path / "rubric.yaml")
    assert {with_reasons(rubric, reasons).digest() for reasons in ("none", "faults", "all")} == {rubric.digest()}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (JudgeModelError("too long"), "(no reason: too long)"),
        (JudgeModelError(), "(no reason: the judge model did not say what failed)"),
        ("  \n", None),
        ("No.", None),
        (" No size.\n", "No size."),
    ],
)
async def test_a_reason_that_cannot_be_had_leaves_the_verdict(
    text: str | Exception, reason: str | None, tmp_path: Path
) -> None:
    verdict = await judge_by(house("faults"), says_no(text), tmp_path).judge(LATTE, "Coming.")
    assert (verdict.status, verdict.label, verdict.reason) == ("ok", "fail", reason)


async def test_drawn_answers_are_explained_once_and_json_has_its_reason_already(tmp_path: Path) -> None:
    drawn = ScriptedJudgeModel(text="no")
    await judge_by(house("faults", readout={"kind": "sampled_label", "samples": 3}), drawn, tmp_path).judge(LATTE, "?")
    assert [prompt[-1]["content"] == ASKS for prompt in drawn.prompts] == [False, False, False, True]
    given = ScriptedJudgeModel(text='{"reason": "Cold.", "verdict": "no"}')
    verdict = await judge_by(house("all", readout={"kind": "json"}), given, tmp_path).judge(LATTE, "?")
    assert verdict.reason == "Cold." and len(given.prompts) == 1


async def test_what_cannot_be_read_is_not_explained(tmp_path: Path) -> None:
    model = ScriptedJudgeModel({"no": 0.01}, "Because.")
    verdict = await judge_by(house("all"), model, tmp_path).judge(LATTE, "Coming.")
    assert verdict.status == "unparsed" and len(model.prompts) == 1


async def test_points_below_the_highest_are_faults(tmp_path: Path) -> None:
    anchors = {"1": "bad", "2": "middling", "3": "good"}
    languages = {"en": {"question": "How good?", "anchors": anchors}}
    rubric = house("faults", scale={"kind": "ordinal", "highest": 3}, languages=languages)
    for point, reason in (("2", "Flat."), ("3", None)):
        model = ScriptedJudgeModel({point: 0.9}, "Flat.")
        assert (await judge_by(rubric, model, tmp_path).judge(LATTE, "Coming.")).reason == reason


async def test_of_a_checklist_the_items_that_fail_are_explained(tmp_path: Path) -> None:
    class Strict(ScriptedJudgeModel):
        async def label_logprobs(self, messages: Any, labels: Any) -> tuple[float, ...]:
            self.probabilities = {"no": 0.9} if "warm?" in messages[-1]["content"] else {"yes": 0.9}
            return await super().label_logprobs(messages, labels)

    anchors = {"warm": "Is it warm?", "brief": "Is it brief?"}
    languages = {"en": {"question": "Look at the reply.", "anchors": anchors}}
    rubric = house("faults", scale={"kind": "checklist", "items": {"warm": 1, "brief": 1}}, languages=languages)
    verdict = await judge_by(rubric, Strict(text="It is cold."), tmp_path).judge(LATTE, "Coming.")
    assert verdict.reason == "warm: It is cold."


async def test_russian_is_asked_in_russian(tmp_path: Path) -> None:
    model = ScriptedJudgeModel({"нет": 0.9}, "Размер не спрошен.")
    languages = {"ru": {"question": "Хорошо?", "anchors": {"pass": "хорошо", "fail": "плохо"}}}
    judge = judge_by(house("faults", languages=languages), model, tmp_path)
    verdict = await judge.judge(case_of(("user", "Латте."), language="ru"), "Несу.")
    assert verdict.reason == "Размер не спрошен."
    assert [turn["content"] for turn in model.prompts[-1][-2:]] == [
        "нет",
        "Почему? Ответь одним коротким предложением.",
    ]


async def test_both_orders_of_a_pair_are_explained(tmp_path: Path) -> None:
    rubric = with_reasons(load_rubric("better_reply"), "all")
    model = ScriptedJudgeModel({"1": 0.9}, "It is warmer.")
    verdict = await PairJudge(rubric, model).compare(LATTE, "Gladly!", "What?")
    assert [order.reason for order in verdict.orders] == ["It is warmer."] * 2


@pytest.mark.parametrize("name", ["better_reply", "dialogue_act", "which_is_the_person"])
def test_scales_without_a_best_label_have_no_faults(name: str) -> None:
    with pytest.raises(InputError, match="no label of this scale is the best one") as raised:
        with_reasons(load_rubric(name), "faults")
    assert raised.value.field_path == ("reasons",)


def test_all_built_in_rubrics_on_single_replies_give_reasons_of_faults() -> None:
    rubrics = [load_rubric(name) for name in builtin_rubric_names() if name != "dialogue_act"]
    assert {rubric.name: rubric.reasons for rubric in rubrics} == {
        rubric.name: "none" if rubric.compares_pairs else "faults" for rubric in rubrics
    }


def test_other_languages_bring_the_words_to_ask_with(tmp_path: Path) -> None:
    words = load_rubric("correctness").wording("en")
    assert words is not None
    wording = words.model_dump(mode="json", exclude={"why"})
    text = {"question": "Gut?", "anchors": {"pass": "gut", "fail": "schlecht"}, "wording": wording}
    (tmp_path / "rubric.yaml").write_text(house("faults", languages={"de": text}), encoding="utf-8")
    with pytest.raises(InputError, match="needs `why`") as raised:
        load_rubric(tmp_path / "rubric.yaml")
    assert raised.value.field == "languages.de.wording"


def test_the_words_that_ask_why_are_not_in_the_hash() -> None:
    rubric = load_rubric("correctness")
    wording = rubric.wording("en")
    assert wording is not None
    other = wording.model_copy(update={"why": "Say why."})
    texts = {tag: text.model_copy(update={"wording": other}) for tag, text in rubric.languages.items() if tag == "en"}
    changed = Rubric.model_validate(rubric.model_copy(update={"languages": rubric.languages | texts}))
    assert changed.digest() == rubric.digest()
