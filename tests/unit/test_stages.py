"""Which engines are loaded together, and what each stage of a run does."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import stages
from harness.engines.engine import BARE_BASE, Candidate, Engine
from harness.engines.openai_engine import OpenAiEngine
from harness.engines.transformers_engine import TransformersEngine
from harness.judging.judge_models import JUDGE
from harness.spec import EngineSpec, JudgeEngineSpec
from harness.stages import EngineChoice, JudgeChoice, Stage, check_judging, plan_stages
from suites.userfile import InputError

TRANSFORMERS = EngineChoice("transformers", EngineSpec(model="base"))
ADAPTER, OTHER_ADAPTER = Path("/adapters/barista"), Path("/adapters/june")
SAME = JudgeEngineSpec(kind="same")


def planned(
    candidates: dict[str, Candidate],
    judging: JudgeEngineSpec | None = None,
    judge: EngineChoice | None = None,
    engine: EngineChoice = TRANSFORMERS,
) -> list[Stage]:
    choice = JudgeChoice(judging, judge) if judging is not None else None
    return plan_stages(engine, candidates, choice, proving=True)


def served(engine: Engine) -> dict[str, Candidate]:
    assert isinstance(engine, TransformersEngine)
    return dict(engine._wanted)


def loaded(engine: Engine) -> tuple[str, Path | None]:
    assert isinstance(engine, TransformersEngine)
    return engine._options.model, engine._options.merge


def test_candidates_of_one_base_and_their_judge_share_one_engine() -> None:
    candidates = {"generic": Candidate(), "barista": Candidate(adapter=ADAPTER), "short": Candidate(system="Be brief.")}
    (stage,) = planned(candidates, SAME)
    assert len(stage.engines) == 1
    assert stage.judge is stage.engines[0]
    assert served(stage.judge) == {**candidates, JUDGE: Candidate(), BARE_BASE: Candidate()}


def test_without_adapters_nobody_asks_for_the_bare_base() -> None:
    (stage,) = planned({"generic": Candidate()})
    assert served(stage.engines[0]) == {"generic": Candidate()}


def test_a_judge_adapter_is_served_by_the_candidates_engine() -> None:
    (stage,) = planned({"generic": Candidate()}, JudgeEngineSpec(kind="same", adapter=ADAPTER))
    assert served(stage.engines[0])[JUDGE] == Candidate(adapter=ADAPTER)


def test_other_checkpoints_go_first_and_the_engine_that_judges_goes_last() -> None:
    candidates = {"generic": Candidate(), "tuned": Candidate(model="tuned-checkpoint")}
    first, last = planned(candidates, SAME)
    assert loaded(first.engines[0]) == ("tuned-checkpoint", None)
    assert (list(first.generating), first.candidates, first.judge) == (["tuned"], ("tuned",), None)
    assert loaded(last.engines[0]) == ("base", None)
    assert list(last.generating) == ["generic"]
    assert last.candidates == ("generic", "tuned"), "the replies of the first stage are judged here"
    assert last.judge is last.engines[0]


def test_a_judge_on_the_base_is_loaded_even_where_no_candidate_is_on_it() -> None:
    *_, last = planned({"tuned": Candidate(model="tuned-checkpoint")}, SAME)
    assert last.generating == {}
    assert loaded(last.engines[0]) == ("base", None)


def test_a_merged_adapter_is_a_base_of_its_own() -> None:
    candidates = {
        "dora": Candidate(adapter=ADAPTER, merge=True),
        "brief": Candidate(adapter=ADAPTER, merge=True, system="Be brief."),
        "june": Candidate(adapter=OTHER_ADAPTER),
    }
    merged, plain = planned(candidates)
    assert loaded(merged.engines[0]) == ("base", ADAPTER)
    assert served(merged.engines[0]) == {"dora": Candidate(), "brief": Candidate(system="Be brief.")}
    assert served(plain.engines[0]) == {"june": Candidate(adapter=OTHER_ADAPTER), BARE_BASE: Candidate()}


def test_merging_needs_an_adapter() -> None:
    with pytest.raises(InputError, match=r"candidates\.dora\.merge: needs an `adapter`"):
        planned({"dora": Candidate(merge=True)})


def test_a_judge_of_its_own_runs_beside_or_after() -> None:
    candidates = {"generic": Candidate(), "tuned": Candidate(model="tuned-checkpoint")}
    judge = EngineChoice("transformers", EngineSpec(model="judge-model"))
    first, second = planned(candidates, JudgeEngineSpec(kind="transformers", when="beside"), judge)
    assert first.judge is second.judge is not None, "it is loaded once"
    assert (first.candidates, second.candidates) == (("generic",), ("tuned",))
    *generating, judging = planned(candidates, JudgeEngineSpec(kind="transformers", when="after"), judge)
    assert [stage.judge for stage in generating] == [None, None]
    assert (judging.generating, judging.candidates) == ({}, ("generic", "tuned"))


@pytest.mark.parametrize("enough", [True, False])
def test_where_it_is_not_said_memory_decides(monkeypatch: pytest.MonkeyPatch, enough: bool) -> None:
    monkeypatch.setattr(stages, "fit_together", lambda first, second: enough)
    judge = EngineChoice("transformers", EngineSpec(model="judge-model"))
    planned_stages = planned({"generic": Candidate()}, JudgeEngineSpec(kind="transformers"), judge)
    assert len(planned_stages) == (1 if enough else 2)


def test_an_endpoint_serves_all_its_models_from_one_engine() -> None:
    endpoint = EngineChoice("openai", EngineSpec(options={"base_url": "http://127.0.0.1:1/v1"}))
    (stage,) = planned({"a": Candidate(model="a"), "b": Candidate(model="b")}, SAME, engine=endpoint)
    assert isinstance(stage.engines[0], OpenAiEngine)
    assert len(stage.engines) == 1


def test_a_wrong_setting_of_the_judges_engine_is_named_there() -> None:
    judge = EngineChoice("transformers", EngineSpec(model="judge-model", options={"batch_sise": 3}))
    with pytest.raises(InputError, match=r"judge_engine\.options\.batch_sise"):
        planned({"generic": Candidate()}, JudgeEngineSpec(kind="transformers", when="after"), judge)


@pytest.mark.parametrize(
    "settings", [{"model": "other"}, {"options": {"dtype": "float32"}}, {"when": "after"}], ids=lambda s: next(iter(s))
)
def test_what_only_an_own_engine_can_have_is_refused_with_the_same_engine(settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match=rf"judge_engine\.{next(iter(settings))}: .*leave it out"):
        check_judging(JudgeEngineSpec.model_validate({"kind": "same", **settings}))


def test_judges_with_models_of_their_own_share_the_judges_engine() -> None:
    jurors = {"judge.strict": Candidate(adapter=ADAPTER)}
    (stage,) = plan_stages(TRANSFORMERS, {"generic": Candidate()}, JudgeChoice(SAME, None, jurors), proving=True)
    assert stage.candidates == ("generic",)
    assert stage.judge is stage.engines[0] and len(stage.engines) == 1
    assert served(stage.judge)["judge.strict"] == Candidate(adapter=ADAPTER)
    assert [set(check.candidates) for check in stage.checks] == [{"judge.strict"}]
    own = JudgeChoice(JudgeEngineSpec(kind="transformers", model="j", when="after"), TRANSFORMERS, jurors)
    *_, last = plan_stages(TRANSFORMERS, {"generic": Candidate()}, own, proving=False)
    assert last.judge is not None and set(served(last.judge)) == {JUDGE, "judge.strict"}
