"""The public orders and bookings of the test data as suites, with recorded replies, for the end-to-end tests.

Everything is made in a folder that the caller names; no line of that data stands in the project.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from suites.cases import Case, cases_of
from suites.loading import load_suite

DATA = Path(os.environ.get("REJOINDER_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))

LANGUAGES = {"orders_taskmaster": "en", "orders_sgd": "en", "orders_ru_multiwoz": "ru"}
"""The sets and their languages."""

ACTS = ("clarify", "confirm")
"""The gold acts that Rejoinder has as well; the sets call all others `other`."""

Row = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    """The lines of one set; skips the test where there is no such file."""
    file = DATA / f"{name}.jsonl"
    if not file.exists():
        pytest.skip(f"the test data {file} is not there (REJOINDER_TEST_DATA)")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def rows_by_dialogue(name: str) -> dict[str, list[Row]]:
    """The lines of one set by dialogue, each beginning as the one before it; a line's id is `<dialogue>#<turn>`."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(name):
        found[row["id"].partition("#")[0]].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: int(row["target_index"]))
    return found


def write_suite(folder: Path, name: str) -> Path:
    """One set as a suite in which every line of the set is a target turn; returns the header file."""
    dialogues = [{"id": dialogue, "messages": _messages(rows)} for dialogue, rows in rows_by_dialogue(name).items()]
    return _write(folder, dialogues, name=name, language=LANGUAGES[name])


def write_swapped_suite(folder: Path, name: str) -> Path:
    """One set as a suite in which a model takes the customer's part; returns the header file.

    What the other side looks up stays out of it: a customer does not see that.
    """
    dialogues = [
        {"id": dialogue, "messages": rows[-1]["turns"][: rows[-1]["target_index"]]}
        for dialogue, rows in rows_by_dialogue(name).items()
    ]
    system = "You call a shop and order what you feel like."
    return _write(
        folder, dialogues, name=f"{name}_swapped", system=system, target_role="user", targets="all", language="en"
    )


def write_spec(folder: Path, suite: Path, extra: Mapping[str, Any]) -> Path:
    """A spec with the recorded replies of three candidates.

    `gold` says each target turn itself, `shifted`, the baseline, the one of another dialogue, and `silent` nothing.
    """
    with (folder / "replies.jsonl").open("w", encoding="utf-8") as lines:
        for case, other in paired_cases(suite):
            replies = {"gold": case.references[0], "shifted": other.references[0], "silent": ""}
            for candidate, reply in replies.items():
                line = {"case_id": case.id, "candidate": candidate, "reply": reply}
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    spec = folder / "eval.yaml"
    fields = {
        "suite": str(suite),
        "engine": {"kind": "recorded", "options": {"replies": "replies.jsonl"}},
        "candidates": {"gold": {}, "shifted": {}, "silent": {}},
        "baseline": "shifted",
        "metrics": ["bleu", "chrf", "rouge", "act"],
        **extra,
    }
    spec.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return spec


def paired_cases(suite: Path) -> Iterator[tuple[Case, Case]]:
    """Each case of a suite with a case of another dialogue, which is used for one case only."""
    cases = list(cases_of(load_suite(suite)))
    half = len(cases) // 2
    for case, other in zip(cases, cases[half:] + cases[:half], strict=True):
        assert case.dialogue_id != other.dialogue_id
        yield case, other


def _messages(rows: list[Row]) -> list[Row]:
    """The longest line's turns, each line's last one marked as target, after the tool calls that are new in that line."""
    messages: list[Row] = []
    turns = calls = 0
    for row in rows:
        context = row.get("tool_context", [])
        messages += row["turns"][turns : row["target_index"]]
        for number, call in enumerate(context[calls:], start=calls):
            messages += _tool_messages(call, f"call_{number}")
        expectation = {"act": row["act"]} if row["act"] in ACTS else {}
        messages.append({**row["turns"][row["target_index"]], "target": {"expectation": expectation}})
        turns, calls = row["target_index"] + 1, len(context)
    return messages


def _tool_messages(call: Row, identifier: str) -> list[Row]:
    """A tool call and its answer in the OpenAI convention."""
    called = {"id": identifier, "type": "function", "function": _function(call)}
    return [
        {"role": "assistant", "tool_calls": [called]},
        {"role": "tool", "tool_call_id": identifier, "content": call["response"]},
    ]


def _function(call: Row) -> Row:
    """What was called; the sets write it as a name with a request, `{method, parameters}`, or `{name: arguments}`."""
    if "request" in call:
        return {"name": call["call"], "arguments": call["request"]}
    written = json.loads(call["call"])
    if "method" in written:
        return {"name": written["method"], "arguments": json.dumps(written["parameters"])}
    ((name, arguments),) = written.items()
    return {"name": name, "arguments": json.dumps(arguments)}


def _write(folder: Path, dialogues: list[Row], **header: str) -> Path:
    with (folder / "held_out.jsonl").open("w", encoding="utf-8") as lines:
        for dialogue in dialogues:
            lines.write(json.dumps(dialogue, ensure_ascii=False) + "\n")
    file = folder / "suite.yaml"
    file.write_text(yaml.safe_dump({**header, "held_out": "held_out.jsonl"}), encoding="utf-8")
    return file
