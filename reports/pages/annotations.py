"""A gate's outcome as annotations of GitHub Actions: workflow commands, one line each.

Source: GitHub's "Workflow commands for GitHub Actions", and how its toolkit escapes them (`actions/toolkit`, command.ts).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reports.gating.gate import GateResult
from reports.gating.rule_names import rule_name
from reports.pages.text import one_line
from reports.pages.wording import ENGLISH, Words

_LEVELS: Final = {"fail": "error", "inconclusive": "warning"}


def annotation_lines(gate: GateResult, words: Words = ENGLISH) -> Iterator[str]:
    """A line for each rule and candidate that did not pass: an error if it failed, a warning if it is inconclusive."""
    for outcome in gate.outcomes:
        level = _LEVELS.get(outcome.outcome)
        if level is not None:
            title = _property(f"{outcome.candidate}: {rule_name(outcome.rule, words)}")
            yield f"::{level} title={title}::{_message(outcome.reason)}"


def _message(text: str) -> str:
    return one_line(text).replace("%", "%25")  # line ends, the other signs to be escaped, are gone


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
