"""A run as JUnit XML, for CI servers: one test case a rule and candidate, and one a dialogue and candidate if asked."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence

from reports.dialogue_outcomes import DialogueOutcome, Fault
from reports.gating.gate import GateResult, RuleOutcome
from reports.gating.rule_names import rule_name
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import ENGLISH, Words


def junit_xml(
    gate: GateResult | None, run: str, dialogues: Sequence[DialogueOutcome] = (), words: Words = ENGLISH
) -> str:
    """The XML of one test suite for the gate and one for the dialogues, in the words of the gate's reasons.

    What is inconclusive or could not be measured is an `error`, so that no server shows it as passed.
    """
    root = ET.Element("testsuites")
    if gate:
        count = Counter(outcome.outcome for outcome in gate.outcomes)
        cases = [_test_case(outcome, words) for outcome in gate.outcomes]
        root.append(_suite(one_line(run), cases, count["fail"], count["inconclusive"]))
    if dialogues:
        counted = Counter(dialogue.outcome for dialogue in dialogues)
        cases = [_dialogue_case(dialogue, words) for dialogue in dialogues]
        root.append(
            _suite(
                words.gating.dialogues_of_run.format(run=one_line(run)), cases, counted["fail"], counted["unmeasured"]
            )
        )
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(name: str, cases: Sequence[ET.Element], failures: int, errors: int) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)), failures=str(failures), errors=str(errors))
    suite.extend(cases)
    return suite


def _dialogue_case(dialogue: DialogueOutcome, words: Words) -> ET.Element:
    """One dialogue with one candidate: which turns did not pass, a line each."""
    name = one_line(dialogue.dialogue_id)
    case = ET.Element("testcase", classname=f"dialogues.{one_line(dialogue.candidate)}", name=name)
    if dialogue.outcome != "pass":
        lines = [_fault(fault, words) for fault in dialogue.faults]
        kind = "failure" if dialogue.outcome == "fail" else "error"
        ET.SubElement(case, kind, message=lines[0], type=dialogue.outcome).text = "\n".join(lines)
    return case


def _fault(fault: Fault, words: Words) -> str:
    title, figures = one_line(fault.measure.title), Figures(words.language)
    figure = words.not_measured if fault.value is None else figures.value(fault.value, fault.measure.decimals)
    return f"{one_line(fault.case_id)}: {title} {figure}"


def _test_case(outcome: RuleOutcome, words: Words) -> ET.Element:
    name = one_line(rule_name(outcome.rule, words))
    case = ET.Element("testcase", classname=f"gate.{one_line(outcome.candidate)}", name=name)
    reason = one_line(outcome.reason)
    if outcome.outcome == "pass":
        ET.SubElement(case, "system-out").text = reason
    elif outcome.outcome == "fail":
        ET.SubElement(case, "failure", message=reason)
    else:
        ET.SubElement(case, "error", message=reason, type="inconclusive")
    return case
