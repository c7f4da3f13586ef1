"""Cases as JSON for the page's script: short, escaped for HTML, and not larger than the page allows.

Messages and reasons that several cases share are stored once and named by their position. A text is a string, or
`{"text", "length"}` where it was cut. Only a run that compares replies has `pair_measures`, and `comparisons` in its cases.
The script `templates/case_source.js` reads exactly this: packed into a page, or some cases at a time from `rejoinder view`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from reports.analysis import Analysis
from reports.failures.review import Review
from reports.pages.details import CaseDetail, ComparisonDetail, CutText, MeasuredDetail, ReplyDetail, read_details
from reports.pages.failure_text import name_of_group
from reports.pages.selection import MOST_CASES, Selection, Standing, Wanted, select_cases, standing_of
from reports.pages.text import one_line, visible
from reports.records import Measure, PairMeasure
from reports.scores import STATUSES
from reports.tables import names_in

TEXT_LIMITS: Final = (100_000, 20_000, 6_000, 2_000, 800)
"""Characters of a text that are shown: the longest of these with which the page is not too large."""

Json = Any


@dataclass(frozen=True, slots=True)
class CaseData:
    """What the page's script shows."""

    packed: str
    """JSON, deflated and in base64."""
    selection: Selection


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of the replies to every case beyond the tables."""

    standing: Standing
    failures: npt.NDArray[np.int16]
    """The failure group of every reply, -1 where it has none; shape [candidates, cases, seeds]."""
    seeds: tuple[int, ...]
    review: Review = field(default_factory=Review)

    @staticmethod
    def of(analysis: Analysis) -> CaseFacts:
        """Those of a run."""
        standing = standing_of(analysis.scores, analysis.tables.manifest.baseline)
        return CaseFacts(standing, analysis.failures.group_of(), analysis.failures.faults.seeds, analysis.review)


def case_data(analysis: Analysis, most_bytes: int) -> CaseData:
    """The cases to show, in at most `most_bytes` of ASCII. Longer texts are cut first, then cases are left out.

    Raises:
        ReportError: A file is missing, torn, or not what this version of Rejoinder writes.
    """
    tables, facts = analysis.tables, CaseFacts.of(analysis)
    frame, wanted = page_frame(analysis), _wanted(analysis)
    baseline = tables.candidates.index(tables.manifest.baseline)
    most = MOST_CASES
    while True:
        selection = select_cases(facts.standing, baseline, most, wanted)
        details = read_details(tables.folder, tables.case_ids(selection.positions))
        for limit in TEXT_LIMITS:
            writer = CaseWriter(tables.candidates, tables.measures, tables.manifest.preferences, facts, limit)
            cases = writer.payload(selection.positions, selection.groups, details)
            text = packed(frame | cases)
            if len(text) <= most_bytes or most == 1:
                return CaseData(text, selection)
        most = max(1, min(most, len(selection.positions)) // 2)


def packed(data: Json) -> str:
    """JSON deflated, in base64: no sign in it can end a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode()


def json_for_html(data: Json) -> str:
    """JSON that cannot end a script element, whatever text is in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_frame(analysis: Analysis) -> Json:
    """What the script knows of the run before it knows any case."""
    tables, cases = analysis.tables, analysis.tables.cases
    unparsed = STATUSES.index("unparsed")
    compared = [one_line(m.title) for m in tables.manifest.preferences]
    return {
        "candidates": [one_line(name) for name in tables.candidates],
        "baseline": tables.candidates.index(tables.manifest.baseline),
        "statuses": STATUSES,
        "measures": [
            {"title": one_line(m.title), "kind": m.kind, "decimals": m.decimals, "direction": m.direction}
            for m in tables.measures
        ],
        "failures": [{"name": name_of_group(group.fault, analysis)} for group in analysis.failures.groups],
        "acts": sorted(map(one_line, names_in(cases["act"]))),
        "languages": sorted(map(one_line, names_in(cases["language"]))),
        "tags": sorted(map(one_line, names_in(pc.list_flatten(cases["tags"])))),
        "whole_hint": Selection.of_all(len(cases)).hint(analysis.words),
        "has_unparsed": bool(analysis.scores.statuses[:, :, unparsed].any()),
        "has_suspected": bool(analysis.suspicions.kinds),
        **({"pair_measures": compared} if compared else {}),
    }


def _wanted(analysis: Analysis) -> Wanted:
    tables = analysis.tables
    position = {name: i for i, name in enumerate(tables.cases["case_id"].to_pylist())}
    typical = [
        position[reply.case_id]
        for group in analysis.failures.groups
        for wording in group.wordings
        for reply in wording.typical
    ]
    return Wanted(
        typical=tuple(dict.fromkeys(typical)),
        suspected=analysis.suspicions.positions(tables),
        slices=[part.positions for part in analysis.slices.slices],
    )


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


class CaseWriter:
    """Turns case details into the script's JSON, with texts of at most `limit` characters."""

    def __init__(
        self,
        candidates: Sequence[str],
        measures: Sequence[Measure],
        pair_measures: Sequence[PairMeasure],
        facts: CaseFacts,
        limit: int,
    ) -> None:
        self._candidates = candidates
        self._measures = measures
        self._pair_measures = [measure.name for measure in pair_measures]
        self._facts = facts
        self._limit = limit
        self._messages = _Shared()
        self._reasons = _Shared()

    def payload(self, positions: Sequence[int], groups: Sequence[str], details: Sequence[CaseDetail]) -> Json:
        """Some cases with the messages and reasons that they name; `groups` says why each of them is shown."""
        chosen = zip(positions, groups, details, strict=True)
        cases = [self._case(detail, position, group) for position, group, detail in chosen]
        return {"messages": self._messages.values, "reasons": self._reasons.values, "cases": cases}

    def _case(self, case: CaseDetail, position: int, group: str) -> Json:
        comparisons = [self._comparison(one) for one in case.comparisons if one.measure in self._pair_measures]
        return {
            "id": one_line(case.case_id),
            "raw_id": case.case_id,
            "dialogue": one_line(case.dialogue_id),
            "act": case.act and one_line(case.act),
            "language": case.language and one_line(case.language),
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
            "standing": [*map(_rounded, self._facts.standing.score[:, position])],
            "change": [*map(_rounded, self._facts.standing.change[:, position])],
            "replies": [
                [
                    self._reply(reply, self._facts.failures[number, position], (case.case_id, name))
                    for reply in case.replies.get(name, ())
                ]
                for number, name in enumerate(self._candidates)
            ],
            **({"comparisons": comparisons} if comparisons else {}),
        }

    def _reply(self, reply: ReplyDetail, failures: npt.NDArray[np.int16], whose: tuple[str, str]) -> Json:
        """One reply; `failures` are the groups of the candidate's replies to the case, by seed."""
        mark = self._facts.review.mark_of((*whose, reply.seed))
        failure = int(failures[self._facts.seeds.index(reply.seed)])
        return {
            "seed": reply.seed,
            "text": reply.text and self._text(reply.text),
            "reasoning": reply.reasoning and self._text(reply.reasoning),
            "error": reply.error and visible(reply.error)[: self._limit],
            "finish": reply.finish_reason and one_line(reply.finish_reason),
            "suspected": [one_line(kind) for kind in reply.suspected],
            "failure": failure if failure >= 0 else None,
            "mark": mark and [mark.label, visible(mark.note)],
            "tokens": reply.completion_tokens,
            "seconds": None if reply.latency_s is None else round(reply.latency_s, 2),
            "scores": [self._score(reply.measured.get(m.name)) for m in self._measures],
        }

    def _score(self, measured: MeasuredDetail | None) -> Json:
        """A plain number, or [status, value, label, reason] by position; null where there is no measurement."""
        if measured is None:
            return None
        value = _rounded(measured.value)
        status = "error" if measured.status == "ok" and value is None else measured.status
        if status == "ok" and not measured.label and not measured.reason:
            return value
        label = measured.label and one_line(measured.label)
        return [STATUSES.index(status), value, label, self._reason(measured.reason)]

    def _comparison(self, compared: ComparisonDetail) -> Json:
        return {
            "measure": self._pair_measures.index(compared.measure),
            "candidate": self._candidates.index(compared.candidate),
            "against": self._candidates.index(compared.against),
            "seed": compared.seed,
            "status": STATUSES.index(compared.status),
            "outcome": compared.outcome,
            "preference": _rounded(compared.preference),
            "reason": self._reason(compared.reason),
        }

    def _reason(self, reason: str | None) -> int | None:
        return self._reasons.position(visible(reason)[: self._limit]) if reason else None

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


def _rounded(value: float | None) -> float | None:
    """A number as short as readers need it; None where it is none."""
    return None if value is None or not np.isfinite(value) else round(float(value), 4)
