"""The gate: what passes, what fails, and that nothing passes on numbers that are missing."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from report_coffee_run import coffee_run
from report_run_folder import manifest, measure, run_of_values

from reports.errors import ReportError
from reports.gating.decisions import side_of
from reports.gating.gate import GateResult, GateRule, Terms, evaluate_gate, rules_of
from reports.gating.rule_names import rule_name
from reports.pages.junit import junit_xml
from reports.pages.wording import ENGLISH, RUSSIAN
from reports.statistics.clusters import Interval
from reports.tables import read_tables

TWENTY = [f"d{i}" for i in range(20)]


def judged(folder: Path, rule: dict[str, Any], candidates: list[str] | None = None) -> GateResult:
    return evaluate_gate(read_tables(folder), [GateRule.model_validate(rule)], Terms(candidates or ()))


def run_with(tmp_path: Path, base: list[float | None], june: list[float | None], **changes: Any) -> Path:
    return run_of_values(tmp_path, {"base": base, "june": june}, TWENTY[: len(base)], **changes)


def spread(mean: float) -> list[float | None]:
    return [mean + (i % 5 - 2) * 0.05 for i in range(20)]


@pytest.mark.parametrize(
    ("rule", "outcome", "words"),
    [
        ({"at_least": 0.6}, "pass", "on average, all on the good side of 0.600"),
        ({"at_least": 0.7001}, "inconclusive", "on both sides of 0.7001: about"),
        ({"at_least": 0.8}, "fail", "all on the bad side of 0.800 (p <0.001; Holm's correction, 1 in all: <0.001)"),
        ({"at_most": 0.8}, "pass", "all on the good side of 0.800"),
        ({"at_most": 0.6}, "fail", "all on the bad side of 0.600"),
        ({"at_least": 0.6, "observed": True}, "pass", "is 0.700 in this run, at least 0.600"),
        ({"at_least": 0.7001, "observed": True}, "fail", "is 0.7000 in this run, below 0.7001"),
        ({"at_most": 0.8, "observed": True}, "pass", "at most 0.800"),
        ({"at_most": 0.6, "observed": True}, "fail", "above 0.600"),
        ({"against": "base", "margin": 0.05}, "pass", "all on the good side of −0.050"),
        ({"against": "base", "margin": 0.0}, "pass", "on the good side"),
    ],
)
def test_rules(tmp_path: Path, rule: dict[str, Any], outcome: str, words: str) -> None:
    result = judged(run_with(tmp_path, spread(0.5), spread(0.7)), {"measure": "quality", **rule})
    assert [o.candidate for o in result.outcomes] == ["june"]
    assert result.outcome == result.outcomes[0].outcome == outcome
    assert words in result.outcomes[0].reason
    assert result.outcomes[0].reason.endswith(".")


def test_margin_fails_only_if_the_whole_interval_is_worse(tmp_path: Path) -> None:
    base, noise = spread(0.7), [(-1) ** i * 0.4 for i in range(20)]
    run = run_with(tmp_path, base, [b - 0.05 + n for b, n in zip(base, noise, strict=True) if b is not None])
    outcome = judged(run, {"measure": "quality", "against": "base", "margin": 0.03}).outcomes[0]
    assert outcome.outcome == "inconclusive"
    assert "both sides of −0.030" in outcome.reason
    clearly = run_with(tmp_path / "clearly", spread(0.7), [0.5 + (i % 3) * 0.01 for i in range(20)])
    assert judged(clearly, {"measure": "quality", "against": "base", "margin": 0.03}).outcome == "fail"


def test_less_is_better_turns_the_margin_round(tmp_path: Path) -> None:
    measures = [measure("quality", higher_is_better=False)]
    run = run_with(tmp_path, spread(0.5), spread(0.7), measures=measures)
    outcome = judged(run, {"measure": "quality", "against": "base", "margin": 0.1}).outcomes[0]
    assert outcome.outcome == "fail"
    assert "bad side of +0.100" in outcome.reason
    assert judged(run, {"measure": "quality", "against": "june", "margin": 0.1}, ["base"]).outcome == "pass"


@given(
    low=st.floats(-1, 1), width=st.floats(0, 1), margin=st.floats(0, 1), direction=st.sampled_from([-1, 1])
)  # fmt: skip
def test_non_inferiority_is_about_the_whole_interval(low: float, width: float, margin: float, direction: int) -> None:
    interval = Interval(low=low, high=low + width)
    outcome = side_of(interval, -margin * direction, direction, strict=True)
    worst = min(interval.low * direction, interval.high * direction)
    best = max(interval.low * direction, interval.high * direction)
    assert (outcome == "pass") == (worst > -margin)
    assert (outcome == "fail") == (best < -margin)


NOTHING: list[float | None] = [None] * 20
HALF: list[float | None] = [1.0 if i % 2 else None for i in range(20)]


@pytest.mark.parametrize(
    ("base", "june", "rule"),
    [
        (spread(0.5), NOTHING, {"at_least": 0.1}),
        (spread(0.5), NOTHING, {"at_most": 0.9}),
        (spread(0.5), NOTHING, {"against": "base", "margin": 1.0}),
        (NOTHING, spread(0.9), {"against": "base", "margin": 1.0}),
        (spread(0.5), HALF, {"at_least": 0.1}),
        (spread(0.5), HALF, {"against": "base", "margin": 0.1}),
        (HALF, spread(1.5), {"against": "base", "margin": 0.1}),
        ([0.0] * 4, [1.0] * 4, {"against": "base", "margin": 0.5}),
    ],
)
def test_missing_numbers_never_pass(
    tmp_path: Path, base: list[float | None], june: list[float | None], rule: dict[str, Any]
) -> None:
    assert judged(run_with(tmp_path, base, june), {"measure": "quality", **rule}).outcome == "inconclusive"


def test_low_coverage_does_not_turn_a_failure_into_anything_else(tmp_path: Path) -> None:
    result = judged(run_with(tmp_path, spread(0.5), HALF), {"measure": "quality", "at_most": 0.1})
    assert result.outcome == "fail"


def test_coverage_asked_for_can_be_lowered(tmp_path: Path) -> None:
    rule = {"measure": "quality", "at_least": 0.5, "min_coverage": 0.5}
    assert judged(run_with(tmp_path, spread(0.5), HALF), rule).outcome == "pass"


def test_incomplete_runs_never_pass(tmp_path: Path) -> None:
    data = manifest(status="incomplete", finished=None)
    run = run_with(tmp_path, spread(0.5), spread(0.9), manifest_data=data)
    result = judged(run, {"measure": "quality", "at_least": 0.1})
    assert result.outcome == "inconclusive"
    assert result.outcomes[0].reason.startswith("The run is incomplete")


def test_coverage_of_a_measure_and_of_a_kind(tmp_path: Path) -> None:
    half = run_with(tmp_path, spread(0.5), HALF)
    for name in ("quality.coverage", "judge.coverage"):
        assert judged(half, {"measure": name, "at_least": 0.5}).outcome == "pass"
        outcome = judged(half, {"measure": name, "at_least": 0.51}).outcomes[0]
        assert (outcome.outcome, outcome.figure) == ("fail", 0.5)
        assert "Only 50" in outcome.reason


def test_kind_coverage_takes_all_its_measures_together(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=25))
    rows = [row for row in tables.results.to_pylist() if row["candidate"] == "base"]
    judges = {m.name for m in tables.measures if m.kind == "judge"}
    statuses = [row["status"] for row in rows if row["measure"] in judges]
    rule = GateRule(measure="judge.coverage", at_least=0.5)
    outcome = evaluate_gate(tables, [rule], Terms(["base"])).outcomes[0]
    assert outcome.figure == pytest.approx(statuses.count("ok") / len(statuses))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "qualty", "at_least": 0.5}, "no measure 'qualty'; did you mean 'quality'?"),
        ({"measure": "qualty.coverage", "at_least": 0.5}, "did you mean 'quality.coverage'?"),
        ({"measure": "quality", "against": "bas", "margin": 0.1}, "no candidate 'bas'; did you mean 'base'?"),
        ({"measure": "quality", "candidate": "jun", "at_least": 0.1}, "did you mean 'june'?"),
    ],
)
def test_unknown_names_are_errors(tmp_path: Path, rule: dict[str, Any], words: str) -> None:
    run = run_with(tmp_path, spread(0.5), spread(0.5))
    with pytest.raises(ReportError) as caught:
        judged(run, rule)
    assert words in str(caught.value)


def test_unknown_candidates_and_measures_without_a_good_side(tmp_path: Path) -> None:
    run = run_with(tmp_path, spread(0.5), spread(0.5), measures=[measure("quality", higher_is_better=None)])
    with pytest.raises(ReportError, match="did you mean 'june'"):
        judged(run, {"measure": "quality", "at_least": 0.1}, ["jun"])
    with pytest.raises(ReportError, match="has no better side"):
        judged(run, {"measure": "quality", "against": "base", "margin": 0.1})
    with pytest.raises(ReportError, match="no rule"):
        evaluate_gate(read_tables(run), [])


def test_who_is_judged(tmp_path: Path) -> None:
    run = run_with(tmp_path, spread(0.5), spread(0.7))
    alone = run_of_values(tmp_path / "alone", {"base": spread(0.5)}, TWENTY)
    rule = {"measure": "quality", "at_least": 0.1}
    assert [o.candidate for o in judged(run, rule).outcomes] == ["june"]
    assert [o.candidate for o in judged(run, rule, ["base", "june"]).outcomes] == ["base", "june"]
    assert [o.candidate for o in judged(run, rule | {"candidate": "base"}, ["base", "june"]).outcomes] == ["base"]
    assert [o.candidate for o in judged(alone, rule).outcomes] == ["base"]
    left_out = judged(run, rule | {"candidate": "june"}, ["base"])
    assert (left_out.outcomes, left_out.outcome) == ((), "inconclusive")


@pytest.mark.parametrize(
    ("rule", "words", "english", "russian"),
    [
        (
            {"at_least": 0.1, "slice": {"tag": "*"}},
            "quality (tag *) at least 0.1",
            "quality: the run has no slice of the kind tag, so there is nothing to judge.",
            "quality: в прогоне нет ни одного среза этого вида (метка), судить не о чем.",
        ),
        (
            {"against": "june", "margin": 0.1},
            "quality against june, margin 0.1",
            "nobody but june is to be released, and the rule compares with june; name another `candidate`",
            "выпускается только june, и правило сравнивает с june же; назовите другого кандидата",
        ),
    ],
)
def test_a_rule_that_judges_nothing_is_inconclusive_and_says_why(
    tmp_path: Path, rule: dict[str, Any], words: str, english: str, russian: str
) -> None:
    tables = read_tables(run_with(tmp_path, spread(0.5), spread(0.7)))
    good, nothing = (GateRule.model_validate({"measure": "quality", **one}) for one in ({"at_least": 0.1}, rule))
    for language, sentence in ((ENGLISH, english), (RUSSIAN, russian)):
        gate = evaluate_gate(tables, [good, nothing], words=language)
        assert gate.outcome == gate.of_candidate("june") == "inconclusive"
        assert [(one.candidate, one.outcome) for one in gate.outcomes] == [("june", "pass"), ("june", "inconclusive")]
        assert sentence in gate.outcomes[1].reason
    assert rule_name(nothing) == words
    asked = evaluate_gate(tables, [good, nothing], Terms(["june"]))
    assert asked.outcome == "inconclusive", "who is named alone is still compared with nobody"


@pytest.mark.parametrize(
    "rule",
    [
        {"measure": "quality"},
        {"measure": "quality", "at_least": 0.5, "at_most": 0.9},
        {"measure": "quality", "against": "base"},
        {"measure": "quality", "at_least": 0.5, "margin": 0.1},
        {"measure": "quality", "against": "base", "margin": -0.1},
        {"measure": "quality", "at_least": float("nan")},
        {"measure": "quality.coverage", "at_most": 0.5},
        {"measure": "quality.coverage", "against": "base", "margin": 0.1},
        {"measure": " ", "at_least": 0.5},
        {"measure": "quality", "at_leats": 0.5},
    ],
)
def test_rules_that_make_no_sense_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GateRule.model_validate(rule)


def test_rules_are_read_from_the_runs_own_spec(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path / "good", dialogues=6))
    assert [rule.measure for rule in rules_of(tables)] == ["correctness", "style", "check.order", "judge.coverage"]
    dumped = [rule.model_dump(mode="json") for rule in rules_of(tables)]
    again = read_tables(coffee_run(tmp_path / "again", dialogues=6, gate=dumped))
    assert rules_of(again) == rules_of(tables)
    bad = read_tables(coffee_run(tmp_path / "bad", dialogues=6, gate=[{"measure": "act"}]))
    with pytest.raises(ReportError, match="has gate rules"):
        rules_of(bad)


def test_reasons_speak_russian(tmp_path: Path) -> None:
    tables = read_tables(run_with(tmp_path, spread(0.5), spread(0.7)))
    rule = GateRule(measure="quality", against="base", margin=0.05)
    reason = evaluate_gate(tables, [rule], words=RUSSIAN).outcomes[0].reason
    assert "по хорошую сторону от −0,050" in reason


def test_junit(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path))
    gate = evaluate_gate(tables, rules_of(tables))
    suite = ET.fromstring(junit_xml(gate, "run \x1b[31m <&>")).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert len(cases) == len(gate.outcomes) == int(suite.attrib["tests"]) == 8
    for one, outcome in zip(cases, gate.outcomes, strict=True):
        tag = {"pass": "system-out", "fail": "failure", "inconclusive": "error"}[outcome.outcome]
        assert [child.tag for child in one] == [tag]
        assert outcome.candidate in one.attrib["classname"]
    assert int(suite.attrib["failures"]) == sum(o.outcome == "fail" for o in gate.outcomes) > 0
    assert "␛" in suite.attrib["name"]
