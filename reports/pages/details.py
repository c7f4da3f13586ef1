"""The long texts of a few chosen cases: context, references, replies, and every measurement and comparison with its reason.

Files are read in batches and texts are cut as they are read, so that memory depends on the choice, not on the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from reports.errors import ReportError
from reports.tables import (
    CASES,
    CASES_FILE,
    PREFERENCES,
    PREFERENCES_FILE,
    REPLIES,
    REPLIES_FILE,
    RESULTS,
    RESULTS_FILE,
    codes_of,
    iterate_columns,
)

LONGEST_TEXT: Final = 100_000
"""Characters of one text that are kept."""

_MEASURED = ("case_id", "candidate", "seed", "measure", "status", "value", "label", "reason")
_COMPARED = ("case_id", "candidate", "against", "seed", "measure", "status", "outcome", "preference", "reason")


@dataclass(frozen=True, slots=True)
class CutText:
    """A text, or the beginning of one."""

    text: str
    length: int
    """Characters of the whole."""

    @staticmethod
    def of(text: str) -> CutText:
        """A text, cut where it is longer than 100,000 characters."""
        return CutText(text[:LONGEST_TEXT], len(text))


@dataclass(frozen=True, slots=True)
class TurnDetail:
    """One message of a context."""

    role: str
    name: str | None
    content: CutText


@dataclass(frozen=True, slots=True)
class MeasuredDetail:
    """One measurement of one reply."""

    status: str
    value: float | None
    label: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReplyDetail:
    """One reply with its measurements by measure name."""

    seed: int
    text: CutText | None
    """None where the request failed."""
    error: str | None
    reasoning: CutText | None
    """What the model thought before its reply."""
    finish_reason: str | None
    completion_tokens: int | None
    latency_s: float | None
    suspected: tuple[str, ...] = ()
    """The kinds of attempts to move a judge that are suspected in it."""
    measured: dict[str, MeasuredDetail] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComparisonDetail:
    """One comparison of two replies, as `reports.tables.PREFERENCES` has it."""

    candidate: str
    against: str
    seed: int
    measure: str
    status: str
    outcome: str | None
    preference: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case with everything that a reader may want to see of it."""

    case_id: str
    dialogue_id: str
    turn: int
    language: str | None
    act: str | None
    tags: tuple[str, ...]
    messages: tuple[TurnDetail, ...]
    references: tuple[CutText, ...]
    expectation: dict[str, Any]
    replies: dict[str, list[ReplyDetail]]
    """By candidate, in the order of the seeds; candidates without a reply are missing."""
    comparisons: list[ComparisonDetail]
    """In the order of the table; empty where the run compared nothing."""


def read_details(
    folder: Path, names: Sequence[str], row_groups: Mapping[str, Sequence[int]] | None = None
) -> list[CaseDetail]:
    """The details of some cases.

    Args:
        folder: Of the run.
        names: The ids of the cases; the result has the same order.
        row_groups: By file, where their rows lie; without it the whole files are gone through.

    Raises:
        ReportError: A file is missing, torn, or not what this version of Rejoinder writes.
    """
    rows = _Rows(folder, names, row_groups or {})
    cases = {row["case_id"]: _case(row, folder / CASES_FILE) for row in rows.of(CASES_FILE, CASES, CASES.names)}
    replies: dict[tuple[str, str, int], ReplyDetail] = {}
    for row in rows.of(REPLIES_FILE, REPLIES, REPLIES.names):
        reply = _reply(row)
        replies[row["case_id"], row["candidate"], row["seed"]] = reply
        cases[row["case_id"]].replies.setdefault(row["candidate"], []).append(reply)
    for row in rows.of(RESULTS_FILE, RESULTS, _MEASURED):
        measured_reply = replies.get((row["case_id"], row["candidate"], row["seed"]))
        if measured_reply is not None:
            measured_reply.measured[row["measure"]] = MeasuredDetail(
                row["status"], row["value"], row["label"], row["reason"]
            )
    if (folder / PREFERENCES_FILE).exists():
        for row in rows.of(PREFERENCES_FILE, PREFERENCES, _COMPARED):
            cases[row.pop("case_id")].comparisons.append(ComparisonDetail(**row))
    for case in cases.values():
        for own in case.replies.values():
            own.sort(key=lambda reply: reply.seed)
    return [cases[name] for name in names]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of the named cases."""

    folder: Path
    names: Sequence[str]
    row_groups: Mapping[str, Sequence[int]]

    def of(self, file: str, schema: pa.Schema, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        for batch in iterate_columns(self.folder / file, schema, columns, self.row_groups.get(file)):
            chosen = codes_of(pa.chunked_array([batch.column("case_id")]), self.names) >= 0
            if chosen.any():
                yield from batch.filter(pa.array(chosen)).to_pylist()


def _case(row: dict[str, Any], path: Path) -> CaseDetail:
    try:
        messages = tuple(_turn(message) for message in json.loads(row["messages"] or "[]"))
        expectation = dict(json.loads(row["expectation"] or "{}"))
    except (ValueError, TypeError, AttributeError):
        raise ReportError(
            f"holds messages or an expectation that cannot be read for the case '{row['case_id']}'; "
            "rebuild it from the run's records with `rejoinder report`",
            file=path,
        ) from None
    return CaseDetail(
        case_id=row["case_id"],
        dialogue_id=row["dialogue_id"],
        turn=row["turn"],
        language=row["language"],
        act=row["act"],
        tags=tuple(row["tags"] or ()),
        messages=messages,
        references=tuple(CutText.of(text) for text in row["references"] or ()),
        expectation=expectation,
        replies={},
        comparisons=[],
    )


def _turn(message: dict[str, Any]) -> TurnDetail:
    content = message.get("content")
    parts = [content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)] if content else []
    if message.get("tool_calls"):
        parts.append(json.dumps(message["tool_calls"], ensure_ascii=False))
    return TurnDetail(str(message.get("role", "")), message.get("name"), CutText.of("\n".join(parts)))


def _reply(row: dict[str, Any]) -> ReplyDetail:
    return ReplyDetail(
        seed=row["seed"],
        text=None if row["text"] is None else CutText.of(row["text"]),
        error=row["error"],
        reasoning=None if row["reasoning"] is None else CutText.of(row["reasoning"]),
        finish_reason=row["finish_reason"],
        completion_tokens=row["completion_tokens"],
        latency_s=row["latency_s"],
        suspected=tuple(row["suspected_attack"] or ()),
    )
