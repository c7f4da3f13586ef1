"""The readout by drawn answers: seeds, agreement, what cannot be read, and fallbacks from any readout to any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from judge_models import HOUSE_RUBRIC, LATTE, ScriptedJudgeModel, judge_by, question
from pydantic import ValidationError

from harness.judging.drawn_answers import DrawnTally
from judges.judge import Judge
from judges.judge_model import JudgeModelError
from judges.loading import load_rubric
from judges.pairs import PairJudge
from judges.readouts.readout import SampledLabel
from judges.structured_output import StructuredOutput
from reports.drawn_answers import DrawnAnswers
from suites.userfile import InputError

MESSAGES = [{"role": "user", "content": "?"}]
YES_NO = question(**{"pass": "yes", "fail": "no"})
SAMPLED = HOUSE_RUBRIC + "readout: {kind: sampled_label, samples: 4, seed: 7, temperature: 0.8}\n"


@dataclass
class DrawingJudgeModel:
    """Answers by the seed it is asked with."""

    by_seed: Mapping[int, str]
    identity: str = "drawing@00000000"
    asked: list[tuple[int, float]] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        self.asked.append((seed, temperature))
        return self.by_seed[seed]

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        raise JudgeModelError("gives no log-probabilities")


def drawing(*texts: str, first: int = 0) -> DrawingJudgeModel:
    return DrawingJudgeModel(dict(enumerate(texts, first)))


def readout(**fields: object) -> SampledLabel:
    return SampledLabel.model_validate({"kind": "sampled_label", **fields})


async def test_answers_are_drawn_with_seeds_of_their_own_and_agreement_is_told(tmp_path: Path) -> None:
    model = drawing("yes", "No.", "Yes!", "Verdict: yes", first=7)
    file = tmp_path / "rubric.yaml"
    file.write_text(SAMPLED, encoding="utf-8")
    judge = Judge(load_rubric(file), model)
    verdict = await judge.judge(LATTE, "Which size?")
    assert model.asked == [(7, 0.8), (8, 0.8), (9, 0.8), (10, 0.8)]
    assert (verdict.status, verdict.label, verdict.score) == ("ok", "pass", 0.75)
    assert verdict.probabilities == {"pass": 0.75, "fail": 0.25}
    assert verdict.samples is not None
    assert verdict.samples.model_dump() == {"drawn": 4, "unparsed": 0, "agreement": 0.75}
    assert "|readout:sampled_label|temp:0.8|" in judge.signature


async def test_what_cannot_be_read_is_counted_and_not_drawn_again() -> None:
    model = drawing("yes", "Hm.", "yes", "no", "Well")
    reading = await readout().read(model, MESSAGES, YES_NO)
    assert len(model.asked) == 5
    assert (reading.status, reading.label) == ("ok", "pass")
    assert reading.weights == pytest.approx({"pass": 2 / 3, "fail": 1 / 3})
    assert reading.samples is not None
    assert reading.samples.model_dump() == {"drawn": 5, "unparsed": 2, "agreement": 0.4}


@pytest.mark.parametrize(
    ("texts", "status", "said"),
    [
        (["yes", "Hm.", "Hm.", "Hm."], "unparsed", "3 of 4 answers cannot be read; the first: "),
        (["", "", "", ""], "unparsed", "4 of 4 answers"),
        (["I'm sorry, no idea", "I can't", "Sorry", "As an AI"], "refused", "I'm sorry"),
    ],
)
async def test_too_few_answers_to_read_make_no_verdict(texts: list[str], status: str, said: str) -> None:
    model = drawing(*texts)
    reading = await readout(samples=4).read(model, MESSAGES, YES_NO)
    assert (reading.status, reading.label, reading.weights) == (status, None, {})
    assert reading.reason is not None and said in reading.reason
    assert reading.samples is not None and reading.samples.unparsed == sum(text != "yes" for text in texts)
    assert len(model.asked) == 4


async def test_the_likeliest_label_can_take_the_whole_score() -> None:
    reading = await readout(samples=3, score="likeliest").read(drawing("no", "no", "yes"), MESSAGES, YES_NO)
    assert (reading.label, reading.weights) == ("fail", {"fail": 1.0})
    even = await readout(samples=2, score="likeliest").read(drawing("no", "yes"), MESSAGES, YES_NO)
    assert even.label == "fail"  # of equals the one that was drawn first


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("No, it does not ask", "fail"),
        ("**Yes** - it", None),
        ("yes\nbecause", "pass"),
        ("No one asks", None),
        ("Yesterday", None),
        ("I say yes", None),
    ],
)
async def test_an_answer_stands_at_the_beginning(text: str, label: str | None) -> None:
    assert YES_NO.answers.label_at_start(text) == label


async def test_any_number_of_a_wide_scale_can_be_drawn() -> None:
    hundred = question(bounds=(0, 100))
    reading = await readout(samples=4).read(drawing("70", "80.", "170", "70"), MESSAGES, hundred)
    assert reading.label == "70"
    assert reading.samples is not None and reading.samples.unparsed == 1


@pytest.mark.parametrize(
    "fields", [{"samples": 1}, {"temperature": 0}, {"seed": -1}, {"minimum_read": 0}, {"sample": 3}]
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        readout(**fields)


@pytest.mark.parametrize(
    ("chain", "model", "came", "asked"),
    [
        ("{kind: json, fallback: {kind: free_text}}", ScriptedJudgeModel(text="Verdict: yes"), "free_text", 2),
        (
            "{kind: free_text, fallback: {kind: sampled_label, samples: 2}}",
            ScriptedJudgeModel(text="Yes, it does"),
            "sampled_label",
            3,
        ),
        (
            "{kind: free_text, fallback: {kind: label_probabilities}}",
            ScriptedJudgeModel({"yes": 0.9}, text="Hm."),
            "label_probabilities",
            2,
        ),
        (
            "{kind: label_probabilities, fallback: {kind: sampled_label, samples: 3, fallback: {kind: free_text}}}",
            ScriptedJudgeModel(no_logprobs="none", text="I think that Verdict: yes"),
            "sampled_label",
            4,
        ),
        (
            "{kind: label_probabilities, fallback: {kind: json, fallback: {kind: free_text}}}",
            ScriptedJudgeModel(no_logprobs="none", text="It asks.\nVerdict: yes"),
            "free_text",
            3,
        ),
        ("{kind: free_text, fallback: {kind: json}}", ScriptedJudgeModel(text="Verdict: yes"), "free_text", 1),
        ("{kind: sampled_label, samples: 2}", ScriptedJudgeModel({"yes": 0.9}, text="Hm."), None, 2),
    ],
)
async def test_fallbacks_are_tried_in_turn_and_only_as_the_rubric_says(
    chain: str, model: ScriptedJudgeModel, came: str | None, asked: int, tmp_path: Path
) -> None:
    model.prompts.clear()
    judge = judge_by(HOUSE_RUBRIC + f"readout: {chain}\n", model, tmp_path)
    verdict = await judge.judge(LATTE, "Which size?")
    assert (verdict.readout if verdict.status == "ok" else None) == came
    assert len(model.prompts) == asked
    assert f"|readout:{judge.rubric.readout_kinds}|" in judge.signature


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ("{kind: json, fallback: {kind: json}}", ":10: readout.fallback.kind: falls back on json, which has failed"),
        (
            "{kind: json, fallback: {kind: free_text, fallback: {kind: json}}}",
            ":10: readout.fallback.fallback.kind: falls back on json",
        ),
        ("{kind: json, fallback: {kind: free_txt}}", "'free_text'"),
        ("{kind: sampled_label, sampels: 3}", "did you mean 'samples'?"),
    ],
)
def test_a_fallback_that_makes_no_sense_is_told(chain: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "rubric.yaml"
    file.write_text(HOUSE_RUBRIC + f"readout: {chain}\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_rubric(file)
    assert said in str(error.value)


async def test_agreement_is_counted_over_many_verdicts(tmp_path: Path) -> None:
    file = tmp_path / "rubric.yaml"
    file.write_text(SAMPLED, encoding="utf-8")
    rubric = load_rubric(file)
    tally = DrawnTally()
    assert tally.summary is None
    for texts in (("yes", "No.", "Yes!", "hm"), ("no", "no", "no", "no"), ("hm", "hm", "hm", "no")):
        tally.add(await Judge(rubric, drawing(*texts, first=7)).judge(LATTE, "Which size?"))
    assert tally.summary == DrawnAnswers(drawn=12, unread=4, questions=2, agreement=0.75)
    tally.add(await Judge(rubric, drawing()).judge(LATTE, ""))  # nobody was asked
    assert tally.summary.drawn == 12


async def test_of_a_pair_the_answers_of_both_orders_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "rubric.yaml"
    file.write_text(
        SAMPLED.replace("binary", "pair").replace(
            "pass: it is good\n      fail:", "first: a\n      second: b\n      tie:"
        )
    )
    rubric = load_rubric(file)
    turning = await PairJudge(rubric, drawing("1", "1", "1", "2", first=7)).compare(LATTE, "Which size?", "Sure.")
    unread = await PairJudge(rubric, drawing("hm", "hm", "hm", "2", first=7)).compare(LATTE, "Which size?", "Sure.")
    tally = DrawnTally()
    for verdict in (turning, unread):
        tally.add(verdict)
    assert (turning.outcome, unread.status) == ("inconsistent", "unparsed")
    assert tally.summary == DrawnAnswers(drawn=16, unread=6, questions=2, agreement=0.75)
