"""Building the tables of `reports.tables` from a run's records, in chunks, so that memory stays small."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from harness.metrics.metric import Measure, Measurement, Metric
from harness.pipeline import MetricChoice, by_name
from harness.records import ScoreRecord, Slot, VerdictRecord
from harness.run_folder import RunFolder, write_atomically
from harness.run_log import RunLog
from reports.tables import CASES, REPLIES, RESULTS
from suites.cases import Case

CHUNK_ROWS = 20_000

Row = dict[str, Any]


class CasePlace(NamedTuple):
    """What the rows of a case need to know of it."""

    dialogue_id: str
    language: str


class Tabulation:
    """Writes the derived files of one run folder."""

    def __init__(self, folder: RunFolder, metrics: MetricChoice, judge_measures: Sequence[Measure]) -> None:
        self._folder = folder
        self._metrics = metrics
        self._judge_measures = judge_measures
        # Where a place in the run has several records (a failed request tried again), the last one counts.
        self._completions = _last_offsets(folder.completions)
        self._scores = _last_offsets(folder.scores)
        self._verdicts: dict[tuple[Slot, str], int] = {
            (record.slot, record.measure): offset for offset, record in folder.verdicts.placed_records()
        }

    def write(self, cases: Iterable[Case], language: str) -> None:
        """Write `cases.parquet`, `replies.parquet`, `results.parquet` and `measures.json`.

        Args:
            cases: The cases that the run replayed; records of other cases are left out.
            language: The suite's; its metrics describe the measures.
        """
        path = self._folder.path
        places: dict[str, CasePlace] = {}
        _write_table(path / "cases.parquet", CASES, (_case_row(case, places) for case in cases))
        _write_table(path / "replies.parquet", REPLIES, self._reply_rows(places))
        _write_table(path / "results.parquet", RESULTS, self._result_rows(places))
        self._write_measures(language)

    def _reply_rows(self, cases: Mapping[str, CasePlace]) -> Iterator[Row]:
        for slot, offset in self._completions.items():
            if slot.case_id in cases:
                record = self._folder.completions.record_at(offset)
                yield record.model_dump(include=set(REPLIES.names))

    def _result_rows(self, cases: Mapping[str, CasePlace]) -> Iterator[Row]:
        for slot, offset in self._completions.items():
            if slot.case_id not in cases:
                continue
            record = self._folder.completions.record_at(offset)
            failure = None if record.status == "ok" else f"no reply: {record.error}"
            place = cases[slot.case_id]
            for measurement in self._measurements(slot, place.language, failure):
                yield {**slot._asdict(), "dialogue_id": place.dialogue_id, **measurement.model_dump()}

    def _measurements(self, slot: Slot, language: str, failure: str | None) -> Iterator[Measurement]:
        """All measurements of one reply; those of a reply that failed have the status `error`."""
        if failure is not None:
            names = [m.name for metric in self._metrics(language) for m in metric.measures]
            for name in (*names, *(measure.name for measure in self._judge_measures)):
                yield Measurement(measure=name, status="error", reason=failure)
            return
        if slot in self._scores:
            yield from self._folder.scores.record_at(self._scores[slot]).measurements
        for measure in self._judge_measures:
            offset = self._verdicts.get((slot, measure.name))
            if offset is not None:
                yield _judged(self._folder.verdicts.record_at(offset))

    def _write_measures(self, language: str) -> None:
        corpus: dict[str, dict[str, float]] = {}
        candidates = dict.fromkeys(slot.candidate for slot in self._scores)
        for metric in self._metrics(language):
            for candidate in candidates:
                for name, value in metric.corpus_values(self._measured_replies(candidate, metric)).items():
                    corpus.setdefault(name, {})[candidate] = value
        measures = [m for metric in self._metrics(language) for m in metric.measures] + list(self._judge_measures)
        listing = [measure.model_dump() | {"corpus": corpus.get(measure.name, {})} for measure in measures]
        write_atomically(self._folder.path / "measures.json", json.dumps(listing, ensure_ascii=False, indent=1))

    def _measured_replies(self, candidate: str, metric: Metric) -> Iterator[tuple[str, Mapping[str, Measurement]]]:
        for slot, offset in self._scores.items():
            if slot.candidate == candidate and slot in self._completions:
                text = self._folder.completions.record_at(self._completions[slot]).text
                if text is not None:
                    yield text, by_name(self._folder.scores.record_at(offset).measurements)


def _last_offsets(log: RunLog[Any]) -> dict[Slot, int]:
    return {record.slot: offset for offset, record in log.placed_records()}


def _judged(record: VerdictRecord) -> Measurement:
    verdict = record.verdict
    return Measurement(
        measure=record.measure,
        status=verdict.status,
        value=verdict.score,
        label=verdict.label,
        reason=verdict.reason,
    )


def _case_row(case: Case, places: dict[str, CasePlace]) -> Row:
    places[case.id] = CasePlace(case.dialogue_id, case.language)
    return {
        "case_id": case.id,
        "dialogue_id": case.dialogue_id,
        "turn": case.turn,
        "language": case.language,
        "tags": list(case.tags),
        "act": case.expectation.act.value if case.expectation.act else None,
        "messages": json.dumps(case.messages_for_model(), ensure_ascii=False),
        "references": list(case.references),
        "expectation": case.expectation.model_dump_json(exclude_defaults=True),
    }


def _write_table(path: Path, schema: pa.Schema, rows: Iterator[Row]) -> None:
    """Write rows as Parquet, a chunk at a time, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
            for chunk in _chunks(rows):
                writer.write_table(_arrow_table(chunk, schema))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _arrow_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    columns = {f.name: pa.array([row.get(f.name) for row in rows], _plain(f.type)) for f in schema}
    return pa.table(columns).cast(schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type that Python values are put into first: plain values for dictionary columns."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
