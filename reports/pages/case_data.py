"""The cases of a page as JSON for its script: short, escaped for HTML, and not larger than the page allows.

Messages and reasons that several cases share are stored once and named by their position. A text is a string, or
`{"text", "length"}` where it was cut. The script `templates/cases.js` reads exactly this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from reports.analysis import Analysis
from reports.pages.details import CaseDetail, CutText, MeasuredDetail, ReplyDetail, read_details
from reports.pages.selection import MOST_CASES, Selection, Standing, select_cases, standing_of
from reports.pages.text import one_line, visible
from reports.scores import STATUSES
from reports.suspicions import suspicions_of

_TEXT_LIMITS: Final = (100_000, 20_000, 6_000, 2_000, 800)

Json = Any


@dataclass(frozen=True, slots=True)
class CaseData:
    """What the page's script shows."""

    json: str
    """Safe inside a script element."""
    selection: Selection


def case_data(analysis: Analysis, most_bytes: int) -> CaseData:
    """The cases to show, in at most `most_bytes` of UTF-8. Longer texts are cut first, then cases are left out.

    Raises:
        ReportError: A file is missing, torn, or not what this version of Rejoinder writes.
    """
    tables = analysis.tables
    suspected = suspicions_of(tables).positions(tables)
    standing = replace(standing_of(analysis.scores, tables.manifest.baseline), suspected=suspected)
    baseline = tables.candidates.index(tables.manifest.baseline)
    most = MOST_CASES
    while True:
        selection = select_cases(standing, baseline, most)
        details = read_details(tables, selection.positions)
        for limit in _TEXT_LIMITS:
            text = json_for_html(_Writer(analysis, standing, limit).payload(selection, details))
            if len(text.encode()) <= most_bytes or most == 1:
                return CaseData(text, selection)
        most = max(1, min(most, len(selection.positions)) // 2)


def json_for_html(data: Json) -> str:
    """JSON that cannot end a script element, whatever text is in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@dataclass(slots=True)
class _Shared:
    """Values that are stored once and named by their position."""

    values: list[Json] = field(default_factory=list)
    _positions: dict[str, int] = field(default_factory=dict)

    def position(self, value: Json) -> int:
        key = json.dumps(value, ensure_ascii=False)
        if key not in self._positions:
            self._positions[key] = len(self.values)
            self.values.append(value)
        return self._positions[key]


class _Writer:
    """Turns case details into the page's JSON, with texts of at most `limit` characters."""

    def __init__(self, analysis: Analysis, standing: Standing, limit: int) -> None:
        self._analysis = analysis
        self._standing = standing
        self._limit = limit
        self._messages = _Shared()
        self._reasons = _Shared()

    def payload(self, selection: Selection, details: Sequence[CaseDetail]) -> Json:
        tables = self._analysis.tables
        chosen = zip(selection.positions, selection.groups, details, strict=True)
        cases = [self._case(detail, position, group) for position, group, detail in chosen]
        return {
            "candidates": [one_line(name) for name in tables.candidates],
            "baseline": tables.candidates.index(tables.manifest.baseline),
            "statuses": STATUSES,
            "measures": [
                {"title": one_line(m.title), "kind": m.kind, "decimals": m.decimals, "direction": m.direction}
                for m in tables.measures
            ],
            "messages": self._messages.values,
            "reasons": self._reasons.values,
            "cases": cases,
        }

    def _case(self, case: CaseDetail, position: int, group: str) -> Json:
        return {
            "id": one_line(case.case_id),
            "dialogue": one_line(case.dialogue_id),
            "act": case.act and one_line(case.act),
            "tags": [one_line(tag) for tag in case.tags],
            "group": group,
            "context": [
                self._messages.position([one_line(m.role), m.name and one_line(m.name), self._text(m.content)])
                for m in case.messages
            ],
            "references": [self._text(reference) for reference in case.references],
            "expectation": [
                [one_line(key), self._expected(value)] for key, value in case.expectation.items() if key != "act"
            ],
            "standing": _rounded(self._standing.score[:, position]),
            "change": _rounded(self._standing.change[:, position]),
            "replies": [
                [self._reply(reply) for reply in case.replies.get(name, ())]
                for name in self._analysis.tables.candidates
            ],
        }

    def _reply(self, reply: ReplyDetail) -> Json:
        return {
            "seed": reply.seed,
            "text": reply.text and self._text(reply.text),
            "reasoning": reply.reasoning and self._text(reply.reasoning),
            "error": reply.error and visible(reply.error)[: self._limit],
            "finish": reply.finish_reason and one_line(reply.finish_reason),
            "suspected": [one_line(kind) for kind in reply.suspected],
            "tokens": reply.completion_tokens,
            "seconds": None if reply.latency_s is None else round(reply.latency_s, 2),
            "scores": [self._score(reply.measured.get(m.name)) for m in self._analysis.tables.measures],
        }

    def _score(self, measured: MeasuredDetail | None) -> Json:
        """A plain number, or [status, value, label, reason] by position; null where there is no measurement."""
        if measured is None:
            return None
        value = measured.value if measured.value is not None and np.isfinite(measured.value) else None
        rounded = None if value is None else round(value, 4)
        status = "error" if measured.status == "ok" and value is None else measured.status
        if status == "ok" and not measured.label and not measured.reason:
            return rounded
        reason = self._reasons.position(visible(measured.reason)[: self._limit]) if measured.reason else None
        return [STATUSES.index(status), rounded, measured.label and one_line(measured.label), reason]

    def _text(self, text: CutText) -> Json:
        shown = visible(text.text[: self._limit])
        return shown if text.length <= self._limit else {"text": shown, "length": text.length}

    def _expected(self, value: Json) -> str:
        """What is expected, for people: alternatives by a slash, several things by a comma."""
        if not isinstance(value, list):
            return one_line(str(value))[: self._limit]
        parts = [_order_line(part) if isinstance(part, dict) else _alternatives(part) for part in value]
        return ", ".join(parts)[: self._limit]


def _order_line(line: dict[str, Json]) -> str:
    return f"{line.get('quantity', 1)} × {_alternatives(line.get('item', ''))}"


def _alternatives(phrase: Json) -> str:
    return one_line(" / ".join(map(str, phrase)) if isinstance(phrase, list) else str(phrase))


def _rounded(values: Any) -> list[float | None]:
    return [round(float(v), 4) if np.isfinite(v) else None for v in values]
