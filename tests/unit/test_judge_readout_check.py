"""What is said before anything is judged of a model that cannot be asked in a rubric's readout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from judge_models import HOUSE_RUBRIC, LATTE, ScriptedJudgeModel

from harness.engines.chat_prompts import ChatPrompts
from harness.engines.engine import RequestError
from harness.judging.judge_models import EngineJudgeModel
from judges.judge import Judge
from judges.judge_model import UnservedReadoutError
from judges.loading import load_rubric
from judges.readouts.readout_check import check_readout
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError


class SharedBeginnings(ScriptedJudgeModel):
    """Cuts these texts so that they begin with the same token, as byte-level tokenizers do with Cyrillic capitals."""

    shared = ("Да", "Нет")

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        found = [label for label in labels if label in self.shared]
        if len(found) > 1:
            self.prompts.append(list(messages))
            raise UnservedReadoutError(f"the answers '{found[0]}' and '{found[1]}' begin with the same token")
        return await super().label_logprobs(messages, labels)


class Inseparable(SharedBeginnings):
    """Cannot tell the answers apart as they are written, either."""

    shared = ("да", "нет", "Да", "Нет")


class WithoutLogprobs(ScriptedJudgeModel):
    """An endpoint that gives none."""

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        raise UnservedReadoutError("gives no log-probabilities; set the rubric's readout to free_text")


def house(folder: Path, more: str = "") -> Rubric:
    file = folder / "house.yaml"
    file.write_text(HOUSE_RUBRIC + more, encoding="utf-8")
    return load_rubric(file)


async def test_a_model_without_log_probabilities_is_refused_before_it_judges(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rubric house: readout: gives no log-.* readout to free_text .language 'en'"):
        await check_readout(house(tmp_path), WithoutLogprobs())


@pytest.mark.parametrize(
    "readout",
    [
        "{kind: free_text}",
        "{kind: sampled_label}",
        "{kind: json}",
        "{kind: label_probabilities, fallback: {kind: json}}",
    ],
)
async def test_what_needs_no_log_probabilities_is_not_asked_for_them(readout: str, tmp_path: Path) -> None:
    await check_readout(house(tmp_path, f"readout: {readout}\n"), WithoutLogprobs())


async def test_answers_that_the_tokenizer_cannot_tell_apart_are_named_for_the_language_that_is_judged() -> None:
    rubric = load_rubric("style")
    with pytest.raises(InputError, match=r"rubric style: readout: the answers 'да' and 'нет' .*'ru'"):
        await check_readout(rubric, Inseparable({"yes": 0.9}))
    await check_readout(rubric, Inseparable({"yes": 0.9}), ["en-GB"])


async def test_answers_whose_capitals_alone_share_a_token_are_read_as_they_are_written() -> None:
    model = SharedBeginnings({"да": 0.6, "нет": 0.2, "Да": 0.1, "Нет": 0.1})
    await check_readout(load_rubric("style"), model, ["ru"])
    verdict = await Judge(load_rubric("style"), model).judge(LATTE.model_copy(update={"language": "ru"}), "Один?")
    assert (verdict.status, verdict.score) == ("ok", pytest.approx(0.75))
    assert verdict.label_mass == pytest.approx(0.8)


async def test_a_model_that_says_something_else_is_no_fault_of_the_readout(tmp_path: Path) -> None:
    await check_readout(house(tmp_path), ScriptedJudgeModel({"perhaps": 1.0}))
    await check_readout(house(tmp_path), ScriptedJudgeModel(no_logprobs="timed out"))


class TokenizingEngine:
    """An engine that cuts answers into tokens as local engines do, by a tokenizer that knows single letters only."""

    prompts = ChatPrompts(
        lambda text, add_special_tokens: {"input_ids": [ord(letter) for letter in text]}, "", {}, None
    )

    async def label_logprobs(self, candidate: str, messages: object, labels: Sequence[str]) -> tuple[float, ...]:
        return tuple(-1.0 for _ in self.prompts.first_tokens(labels))


async def test_what_an_engine_cannot_tell_apart_reaches_the_user_with_the_readouts_that_work(tmp_path: Path) -> None:
    model = EngineJudgeModel(TokenizingEngine())  # type: ignore[arg-type]
    assert await model.label_logprobs([], ["yes", "no"]) == (-1.0, -1.0)
    with pytest.raises(UnservedReadoutError, match="'pass' and 'poor' begin with the same token of this model"):
        await model.label_logprobs([], ["pass", "poor"])
    with pytest.raises(RequestError, match="sampled_label, free_text or json"):
        TokenizingEngine.prompts.first_tokens(["pass", "poor"])
