"""What could not be measured: replies that never came and measurements without a value, with their commonest reasons.

What does not apply to a case, and what an incomplete run has still to do, is not among it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from reports.scores import STATUSES, Scores
from reports.tables import REPLIES, REPLIES_FILE, RESULTS, RESULTS_FILE, Origin, RunTables, iterate_columns

FAILED: Final = ("unparsed", "refused", "error")
"""The statuses of a measurement that was due and has no value."""

_MOST_REASONS = 2
_LONGEST_REASON = 200  # characters: judges' answers stand in reasons
_PLACE = ("case_id", "candidate", "seed")
_READ = (*_PLACE, "measure", "status", "reason")

Place = tuple[str, str, int]
"""Case, candidate, seed."""


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """What one candidate lacks of a measure, or of several that lack the same."""

    candidate: str
    measures: tuple[str, ...]
    """Names; empty where the replies themselves are lacking, since their requests failed."""
    counts: Mapping[str, int]
    """Measurements by `FAILED`; failed requests are errors."""
    due: int
    """Measurements that apply, of replies that came; or requests."""
    reasons: tuple[tuple[str, int], ...]
    """The commonest ones, shortened, and how often each was given."""

    @property
    def share(self) -> float:
        """What is lacking of what was due, from 0 to 1."""
        return sum(self.counts.values()) / self.due


def unmeasured_of(tables: RunTables, scores: Scores) -> tuple[Unmeasured, ...]:
    """What could not be measured: failed requests first, then the measures that lack most.

    A reply that never came counts as a failed request and not again at every measure.

    Raises:
        ReportError: The results or replies are missing, torn, or not what this version of Rejoinder writes.
    """
    failed = [STATUSES.index(status) for status in FAILED]
    if not scores.statuses[:, :, failed].any():
        return ()
    requests, places = _failed_requests(tables)
    measures = _failed_measurements(tables, scores, places)
    return (*requests, *sorted(measures, key=lambda one: -one.share))


@dataclass(slots=True)
class _Tally:
    """What is counted of one candidate's requests, or of its measurements of one measure."""

    counts: Counter[str]
    reasons: Counter[str]
    lost: int = 0
    """Measurements of replies that never came."""

    @classmethod
    def empty(cls) -> _Tally:
        return cls(Counter(), Counter())

    def add(self, status: str, reason: str | None) -> None:
        self.counts[status] += 1
        if reason:
            self.reasons[reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"] += 1

    def lacking(self, candidate: str, measures: tuple[str, ...], due: int) -> Unmeasured:
        counts = {status: self.counts[status] for status in FAILED}
        return Unmeasured(candidate, measures, counts, due, tuple(self.reasons.most_common(_MOST_REASONS)))


def _failed_requests(tables: RunTables) -> tuple[list[Unmeasured], set[Place]]:
    """Of each candidate, and the places of the replies that are lacking."""
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally.empty)
    replies: Counter[str] = Counter()
    places: set[Place] = set()
    for origin in tables.origins:
        columns = (*_PLACE, "status", "error")
        for batch in iterate_columns(origin.folder / REPLIES_FILE, REPLIES, columns):
            for pair in pc.value_counts(batch.column("candidate")).to_pylist():
                replies[_renamed(pair["values"], origin)] += pair["counts"]
            for row in _rows(batch, "error"):
                candidate = _renamed(row["candidate"], origin)
                tallies[candidate].add("error", row["error"])
                places.add((row["case_id"], candidate, row["seed"]))
    found = [tallies[name].lacking(name, (), replies[name]) for name in tables.candidates if name in tallies]
    return found, places


def _failed_measurements(tables: RunTables, scores: Scores, no_reply: set[Place]) -> list[Unmeasured]:
    tallies: defaultdict[tuple[str, str], _Tally] = defaultdict(_Tally.empty)
    for row in chain.from_iterable(map(_failed_rows, tables.origins)):
        tally = tallies[row["measure"], row["candidate"]]
        if (row["case_id"], row["candidate"], row["seed"]) in no_reply:
            tally.lost += 1
        else:
            tally.add(row["status"], row["reason"])
    alike: dict[Any, list[str]] = {}
    for m, measure in enumerate(scores.measures):
        for c, candidate in enumerate(scores.candidates):
            tally = tallies[measure.name, candidate]
            if tally.counts:
                due = int(scores.statuses[m, c, : STATUSES.index("skipped")].sum()) - tally.lost
                own = tally.lacking(candidate, (), due)
                key = (candidate, tuple(own.counts.items()), due, own.reasons)
                alike.setdefault(key, []).append(measure.name)
    return [
        Unmeasured(candidate, tuple(names), dict(counts), due, reasons)
        for (candidate, counts, due, reasons), names in alike.items()
    ]


def _failed_rows(origin: Origin) -> Iterator[dict[str, Any]]:
    for batch in iterate_columns(origin.folder / RESULTS_FILE, RESULTS, _READ):
        for row in _rows(batch, *FAILED):
            yield {**row, "candidate": _renamed(row["candidate"], origin)}


def _rows(batch: pa.RecordBatch, *statuses: str) -> list[dict[str, Any]]:
    """The rows of these statuses."""
    status = batch.column("status").dictionary_decode()
    rows: list[dict[str, Any]] = batch.filter(pc.is_in(status, value_set=pa.array(statuses))).to_pylist()
    return rows


def _renamed(candidate: str, origin: Origin) -> str:
    return origin.names.get(candidate, candidate)
