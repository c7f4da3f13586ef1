"""The gate's outcome as JUnit XML, for CI servers: one test case a rule and candidate."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

from reports.gating.certified import certified_rule_name
from reports.gating.gate import GateResult, GateRule, RuleOutcome
from reports.pages.text import one_line
from reports.pages.wording import ENGLISH, Words


def junit_xml(gate: GateResult, run: str) -> str:
    """The XML of one test suite. What is inconclusive is an `error`, so that no server shows it as passed."""
    count = Counter(outcome.outcome for outcome in gate.outcomes)
    suite = ET.Element(
        "testsuite",
        name=one_line(run),
        tests=str(len(gate.outcomes)),
        failures=str(count["fail"]),
        errors=str(count["inconclusive"]),
    )
    for outcome in gate.outcomes:
        suite.append(_test_case(outcome))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _test_case(outcome: RuleOutcome) -> ET.Element:
    case = ET.Element(
        "testcase", classname=f"gate.{one_line(outcome.candidate)}", name=one_line(rule_name(outcome.rule))
    )
    reason = one_line(outcome.reason)
    if outcome.outcome == "pass":
        ET.SubElement(case, "system-out").text = reason
    elif outcome.outcome == "fail":
        ET.SubElement(case, "failure", message=reason)
    else:
        ET.SubElement(case, "error", message=reason, type="inconclusive")
    return case


def rule_name(rule: GateRule, words: Words = ENGLISH) -> str:
    """A rule in short: `correctness against base, margin 0.03`."""
    if rule.against is not None:
        return words.rule_against.format(measure=rule.measure, against=rule.against, margin=f"{rule.margin:g}")
    if rule.certified is not None:
        return certified_rule_name(rule, words)
    if rule.at_least is not None:
        return words.rule_at_least.format(measure=rule.measure, bound=f"{rule.at_least:g}")
    return words.rule_at_most.format(measure=rule.measure, bound=f"{rule.at_most:g}")
