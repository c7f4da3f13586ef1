"""What CI servers read: JUnit with a test case a dialogue, and annotations of GitHub Actions."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, result, write_run

from reports.analysis import analyse
from reports.dialogue_outcomes import dialogue_outcomes
from reports.gating.gate import GateResult, GateRule, RuleOutcome, evaluate_gate, rules_of
from reports.pages.annotations import annotation_lines
from reports.pages.junit import junit_xml
from reports.scores import scores_of
from reports.tables import read_tables

ACT = measure("act", title="Act", kind="act")


def test_a_dialogue_passes_when_all_its_turns_pass(tmp_path: Path) -> None:
    values = {"a#1": 1.0, "a#2": 1.0, "b#1": 1.0, "b#2": 0.0, "c#1": None, "c#2": 1.0, "d#1": None, "d#2": 0.0}
    run = write_run(
        tmp_path,
        measures=[ACT],
        cases=map(case, values),
        results=[result(case_id, name, "act", value) for name in ("base", "june") for case_id, value in values.items()],
        manifest_data=manifest(),
    )
    tables = read_tables(run)
    found = dialogue_outcomes(tables, scores_of(tables))
    assert [(one.candidate, one.dialogue_id, one.outcome) for one in found] == [
        ("june", "a", "pass"),
        ("june", "b", "fail"),
        ("june", "c", "unmeasured"),
        ("june", "d", "fail"),
    ]
    suite = ET.fromstring(junit_xml(None, "run", found))[0]
    assert suite.attrib == {"name": "run dialogues", "tests": "4", "failures": "2", "errors": "1"}
    failure = suite[1][0]
    assert (failure.tag, failure.attrib["message"], failure.text) == ("failure", "b#2: Act 0.000", "b#2: Act 0.000")
    assert (suite[2][0].tag, suite[2][0].attrib["message"]) == ("error", "c#1: Act not measured")
    assert suite[3][0].text == "d#1: Act not measured\nd#2: Act 0.000"


def test_a_russian_run_is_told_of_in_russian(tmp_path: Path) -> None:
    values = {"a#1": 0.0, "b#1": None}
    run = write_run(
        tmp_path,
        measures=[measure("act", title="Dialogue act", kind="act")],
        cases=map(case, values),
        results=[result(case_id, name, "act", value) for name in ("base", "june") for case_id, value in values.items()],
        manifest_data=manifest(spec={"gate": [{"measure": "act", "at_least": 0.5}]}),
    )
    analysis = analyse(read_tables(run), "ru")
    assert analysis.gate is not None
    outcomes = dialogue_outcomes(analysis.tables, analysis.scores)
    rules, dialogues = ET.fromstring(junit_xml(analysis.gate, "run", outcomes, analysis.words))
    assert rules[0].attrib["name"] == "act не меньше 0.5"
    assert dialogues.attrib["name"] == "run: диалоги"
    assert [one[0].attrib["message"] for one in dialogues] == ["a#1: Речевой акт 0,000", "b#1: Речевой акт не измерено"]
    (line,) = annotation_lines(analysis.gate, analysis.words)
    assert line.startswith("::warning title=june%3A act не меньше 0.5::Речевой акт: измерено диалогов: 1; ")
    direct = evaluate_gate(read_tables(run), rules_of(analysis.tables), words=analysis.words)
    assert direct == analysis.gate, "titles are translated wherever a gate is asked"


def test_the_dialogues_that_pass_are_those_of_the_report(tmp_path: Path) -> None:
    """With one measure that passes, the share of passing test cases is the report's share of dialogues."""
    tables = read_tables(coffee_run(tmp_path, 40))
    scores = scores_of(tables).of_measures(["act"])
    found = [one for one in dialogue_outcomes(tables, scores) if one.candidate == "june"]
    known = [one for one in found if one.outcome != "unmeasured"]
    passing = analyse(tables).comparison.means["act", "june"].passing
    assert passing is not None
    assert passing.share == sum(one.outcome == "pass" for one in known) / len(known)


def test_rules_and_dialogues_are_suites_of_one_file(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, 30))
    analysis = analyse(tables)
    outcomes = dialogue_outcomes(tables, analysis.scores)
    both = ET.fromstring(junit_xml(analysis.gate, "run", outcomes))
    assert [suite.attrib["name"] for suite in both] == ["run", "run dialogues"]
    for suite in both:
        assert int(suite.attrib["tests"]) == len(suite)
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
    assert len(both[1]) == 2 * 30


def test_annotations_are_escaped_as_github_reads_them() -> None:
    rule = GateRule.model_validate({"measure": "act", "at_least": 0.5})
    outcomes = [
        RuleOutcome(rule=rule, candidate="a:b,c", outcome="fail", reason="10 % is bad\n::error::forged"),
        RuleOutcome(rule=rule, candidate="d", outcome="inconclusive", reason="too few"),
        RuleOutcome(rule=rule, candidate="e", outcome="pass", reason="fine"),
    ]
    assert list(annotation_lines(GateResult(outcome="fail", outcomes=tuple(outcomes)))) == [
        "::error title=a%3Ab%2Cc%3A act at least 0.5::10 %25 is bad ::error::forged",
        "::warning title=d%3A act at least 0.5::too few",
    ]
