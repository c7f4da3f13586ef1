"""Judges: the verdict of each status, its signature, checklists, fallbacks, and judges that are no rubric."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from judge_models import HOUSE_RUBRIC, LATTE, ScriptedJudgeModel, case_of, judge_by
from pydantic import ValidationError

from judges import loading
from judges.judge import Judge, Verdictor
from judges.judge_model import JudgeModel, JudgeModelError
from judges.loading import installed_judge, load_rubric
from judges.rubrics.rubric import Rubric
from judges.rubrics.rubric_test import Distances, confusion, distances, rubric_test
from judges.verdict import Verdict
from suites.cases import Case
from suites.dialogue import Expectation
from suites.userfile import InputError

YES = ScriptedJudgeModel({"yes": 0.6, "no": 0.2})

CHECKLIST = """\
name: checks
scale: {kind: checklist, items: {polite: 1, asks: 3}}
languages:
  en:
    question: Look at the reply.
    anchors:
      polite: Is it polite?
      asks: Does it ask for the size?
    examples:
      - reply: Size?
        verdict: {polite: fail, asks: pass}
    tests:
      - reply: Which size would you like?
        verdict: {polite: pass, asks: pass}
"""

FALLBACK = HOUSE_RUBRIC + "readout: {kind: label_probabilities, fallback: {kind: free_text}}\n"


async def test_a_verdict_holds_all_there_is_to_know(tmp_path: Path) -> None:
    judge = judge_by(HOUSE_RUBRIC, YES, tmp_path)
    verdict = await judge.judge(LATTE, "Which size?")
    assert verdict.status == "ok"
    assert verdict.score == pytest.approx(0.75)
    assert verdict.label == "pass"
    assert verdict.probabilities == pytest.approx({"pass": 0.75, "fail": 0.25})
    assert verdict.label_mass == pytest.approx(0.8)
    assert verdict.readout == "label_probabilities"
    assert verdict.signature == judge.signature
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict


def test_the_signature_names_judge_rubric_readout_and_version(tmp_path: Path) -> None:
    judge = judge_by(HOUSE_RUBRIC, YES, tmp_path)
    assert judge.signature == (
        f"judge:scripted@00000000|rubric:house@v1:{judge.rubric.digest()[:8]}|readout:label_probabilities|temp:0"
        f"|v:{metadata.version('rejoinder')}"
    )
    other_rubric = judge_by(HOUSE_RUBRIC.replace("bad", "poor"), YES, tmp_path)
    other_model = judge_by(HOUSE_RUBRIC, ScriptedJudgeModel(identity="scripted@00000001"), tmp_path)
    with_fallback = judge_by(FALLBACK, YES, tmp_path)
    assert len({j.signature for j in (judge, other_rubric, other_model, with_fallback)}) == 4
    assert "|readout:label_probabilities>free_text|" in with_fallback.signature


@pytest.mark.parametrize(
    ("rubric", "model", "case", "status", "said"),
    [
        (HOUSE_RUBRIC, ScriptedJudgeModel({"yes": 0.01}), LATTE, "unparsed", "hold 0.01 of the probability"),
        (HOUSE_RUBRIC, ScriptedJudgeModel(no_logprobs="gives no log-probabilities"), LATTE, "error", "gives no log"),
        (HOUSE_RUBRIC, YES, case_of(("user", "Ein Latte."), language="de"), "skipped", "no texts in 'de'"),
        (HOUSE_RUBRIC + "sees: [reply, persona]\nrequires: [persona]\n", YES, LATTE, "skipped", "has no persona"),
        (
            HOUSE_RUBRIC + "sees: [reply, references, expectation]\nrequires: [references, expectation]\n",
            YES,
            LATTE,
            "skipped",
            "has no references and no expectation",
        ),
        (
            HOUSE_RUBRIC + "readout: {kind: free_text}\n",
            ScriptedJudgeModel(text="I'm sorry, I can't."),
            LATTE,
            "refused",
            "I'm sorry",
        ),
        (HOUSE_RUBRIC + "readout: {kind: free_text}\n", ScriptedJudgeModel(text="Hm."), LATTE, "unparsed", "Hm."),
        (
            HOUSE_RUBRIC + "readout: {kind: free_text}\n",
            ScriptedJudgeModel(text=JudgeModelError("timed out")),
            LATTE,
            "error",
            "timed out",
        ),
    ],
)
async def test_what_could_not_be_judged_has_a_reason_and_no_score(
    rubric: str, model: ScriptedJudgeModel, case: Case, status: str, said: str, tmp_path: Path
) -> None:
    verdict = await judge_by(rubric, model, tmp_path).judge(case, "Which size?")
    assert (verdict.status, verdict.score, verdict.label) == (status, None, None)
    assert verdict.reason is not None
    assert said in verdict.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "unparsed", "score": 0.0, "reason": "x"},
        {"status": "error", "score": None},
        {"status": "ok", "score": None},
    ],
)
def test_a_status_can_never_become_a_number(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Verdict.model_validate({"rubric": "house", "signature": "s", **fields})


@pytest.mark.parametrize("reply", ["", " \n\t"])
async def test_an_empty_reply_fails_without_asking_the_model(reply: str, tmp_path: Path) -> None:
    model = ScriptedJudgeModel({"yes": 1.0})
    verdict = await judge_by(HOUSE_RUBRIC, model, tmp_path).judge(LATTE, reply)
    assert (verdict.status, verdict.score, verdict.reason) == ("ok", 0, "the reply is empty")
    assert not model.prompts


async def test_an_empty_reply_gets_the_lowest_point_of_the_scale(tmp_path: Path) -> None:
    text = HOUSE_RUBRIC.replace("{kind: binary}", "{kind: ordinal, lowest: 2, highest: 3}")
    text = text.replace("pass:", "2:").replace("fail:", "3:")
    assert (await judge_by(text, YES, tmp_path).judge(LATTE, "")).score == 2


async def test_a_rubric_without_a_fallback_asks_once(tmp_path: Path) -> None:
    model = ScriptedJudgeModel({"yes": 0.01}, text="Verdict: yes")
    await judge_by(HOUSE_RUBRIC, model, tmp_path).judge(LATTE, "Which size?")
    assert len(model.prompts) == 1


@pytest.mark.parametrize(
    "model",
    [
        ScriptedJudgeModel(no_logprobs="none", text="It asks.\nVerdict: yes"),
        ScriptedJudgeModel({"yes": 0.01}, text="It asks.\nVerdict: yes"),
    ],
    ids=["no log-probabilities", "too little mass"],
)
async def test_the_fallback_that_the_rubric_names_takes_over(model: ScriptedJudgeModel, tmp_path: Path) -> None:
    verdict = await judge_by(FALLBACK, model, tmp_path).judge(LATTE, "Which size?")
    assert (verdict.status, verdict.score, verdict.readout) == ("ok", 1, "free_text")
    assert "Verdict:" in model.prompts[1][0]["content"]
    assert "Answer only" not in model.prompts[1][0]["content"]


async def test_each_item_of_a_checklist_is_asked_on_its_own(tmp_path: Path) -> None:
    judge = judge_by(CHECKLIST, YES, tmp_path)
    YES.prompts.clear()
    verdict = await judge.judge(LATTE, "Size?")
    assert [prompt[0]["content"].splitlines()[1] for prompt in YES.prompts] == [
        "Is it polite?",
        "Does it ask for the size?",
    ]
    assert [prompt[1]["content"] for prompt in YES.prompts] == ["no", "yes"]
    assert [(item.item, item.label) for item in verdict.items] == [("polite", "pass"), ("asks", "pass")]
    assert verdict.score == pytest.approx(0.75)
    assert verdict.label is None


async def test_a_checklist_with_an_item_that_could_not_be_read_has_no_score(tmp_path: Path) -> None:
    verdict = await judge_by(CHECKLIST, ScriptedJudgeModel(), tmp_path).judge(LATTE, "Size?")
    assert (verdict.status, verdict.score) == ("unparsed", None)
    assert verdict.reason is not None
    assert verdict.reason.startswith("item 'polite'")


async def test_the_dialogue_act_judge_compares_with_the_act_that_is_due() -> None:
    judge = Judge(load_rubric("dialogue_act"), ScriptedJudgeModel({"ask": 0.5, "confirm": 0.3}))
    due = LATTE.model_copy(update={"expectation": Expectation(act="clarify")})
    other = LATTE.model_copy(update={"expectation": Expectation(act="inform")})
    right, wrong, unknown = [await judge.judge(case, "Which size?") for case in (due, other, LATTE)]
    assert (right.label, right.score) == ("clarify", 1)
    assert (wrong.label, wrong.score) == ("clarify", 0)
    assert (unknown.status, unknown.reason) == ("skipped", "the case has no dialogue act that is due")


def test_a_rubric_made_in_python_is_checked_too() -> None:
    fields = {"question": "?", "anchors": {"pass": "good"}}
    rubric = Rubric.model_validate({"name": "made", "scale": {"kind": "binary"}, "languages": {"en": fields}})
    with pytest.raises(InputError, match=r"rubric made: languages.en.anchors: 'fail' of the scale has no anchor"):
        Judge(rubric, YES)


async def test_rubric_tests_pair_right_labels_with_given_ones(tmp_path: Path) -> None:
    tested = await rubric_test(load_rubric("style"), ScriptedJudgeModel({"yes": 0.9, "да": 0.01}))
    counts = confusion(tested)
    assert counts == {("pass", "pass"): 3, ("fail", "pass"): 3, ("pass", "unparsed"): 3, ("fail", "unparsed"): 3}
    assert {case.case.language for case in tested} == {"en", "ru"}
    assert len(await rubric_test(load_rubric("style"), YES, "ru")) == 6

    acts = await rubric_test(load_rubric("dialogue_act"), ScriptedJudgeModel({"ask": 0.9}), "en")
    assert [case.verdict.score for case in acts] == [float(case.expected == "clarify") for case in acts]

    judge = judge_by(CHECKLIST, ScriptedJudgeModel({"no": 0.9}), tmp_path)
    assert confusion(await rubric_test(judge.rubric, ScriptedJudgeModel({"no": 0.9}))) == {("pass", "fail"): 2}
    assert confusion(await rubric_test(judge.rubric, ScriptedJudgeModel())) == {("pass", "unparsed"): 2}


async def test_scores_that_cannot_be_read_have_no_distance(tmp_path: Path) -> None:
    text = HOUSE_RUBRIC.replace("{kind: binary}", "{kind: numeric, highest: 9}").replace("pass:", "0:")
    tests = "    tests:\n      - {reply: a, verdict: 8}\n      - {reply: b, verdict: 2}\n"
    rubric = judge_by(text.replace("fail:", "9:") + tests, YES, tmp_path).rubric
    found = distances(await rubric_test(rubric, ScriptedJudgeModel({"6": 0.5, "7": 0.5})))
    assert found == Distances(mean=3.0, worst=4.5, scored=2, without_score=0)
    assert distances(await rubric_test(rubric, ScriptedJudgeModel())) == Distances(None, None, 0, 2)


class ShortReplies:
    """A programmatic check, as a plugin would bring it."""

    measure = "short"
    title = "Short"
    description = "The reply has at most ten words."
    bounds = (0.0, 1.0)
    signature = "check:short|v:1"

    async def judge(self, case: Case, reply: str) -> Verdict:
        return Verdict(rubric=self.measure, score=float(len(reply.split()) <= 10), signature=self.signature)


def short_replies(_: JudgeModel) -> Verdictor:
    return ShortReplies()


def broken_judge(_: JudgeModel) -> Verdictor:
    raise RuntimeError("no licence")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        metadata.EntryPoint(name, f"{__name__}:{value}", loading.ENTRY_POINTS)
        for name, value in (("short", "short_replies"), ("broken", "broken_judge"), ("gone", "nothing"))
    ]
    monkeypatch.setattr(loading, "entry_points", lambda group: metadata.EntryPoints(points).select(group=group))


@pytest.mark.usefixtures("plugins")
async def test_judges_written_in_python_come_in_through_entry_points(tmp_path: Path) -> None:
    assert loading.plugin_judge_names() == ["broken", "gone", "short"]
    judge = installed_judge("short", YES)
    assert isinstance(judge, Verdictor)
    verdict = await judge.judge(LATTE, "Which size?")
    assert (verdict.rubric, verdict.status, verdict.score) == ("short", "ok", 1)
    with pytest.raises(InputError, match=r"the judge 'broken' .* cannot be loaded: RuntimeError: no licence"):
        installed_judge("broken", YES)
    with pytest.raises(InputError, match="the judge 'gone'"):
        installed_judge("gone", YES)
    with pytest.raises(InputError, match="did you mean 'short'"):
        load_rubric("shirt")
