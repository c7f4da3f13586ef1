"""Building the tables of `reports.tables` from a run's records, in chunks, so that memory stays small."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.judging.drawn_answers import DrawnTally
from harness.metrics.metric import CorpusMetric, Measurement
from harness.pair_tabulation import preference_rows
from harness.pipeline import by_name
from harness.records import CompletionRecord, Slot
from harness.run_folder import Manifest, RunFolder, write_atomically
from harness.run_log import RunLog
from judges.verdict import Verdict
from reports.drawn_answers import DRAWN_FILE
from reports.tables import CASES, DESCRIBED, PREFERENCES, REPLIES, RESULTS
from suites.cases import Case

CHUNK_ROWS = 5_000
CASES_FILE = "cases.parquet"

Row = dict[str, Any]


def write_cases(folder: RunFolder, cases: Iterable[Case]) -> None:
    """Write `cases.parquet`, once, at the start of a run: with it a run folder tells its story without the suite."""
    _write_table(folder.path / CASES_FILE, CASES, map(_case_row, cases))


def described_cases(cases: Iterable[Case]) -> pa.Table:
    """What reports slice cases by, as `RunTables.cases` has it, before there is a run."""
    return pa.Table.from_pylist(
        [_description(case) for case in cases], pa.schema([CASES.field(name) for name in DESCRIBED])
    )


class Tabulation:
    """Writes the derived tables of one run folder from its records, its cases and its manifest."""

    def __init__(self, folder: RunFolder, manifest: Manifest, metrics: Sequence[CorpusMetric]) -> None:
        """Make ready.

        Args:
            folder: The run.
            manifest: Its manifest, which names all measures, juries and comparisons of the run.
            metrics: Those that give corpus figures.
        """
        self._folder = folder
        self._manifest = manifest
        self._measures = manifest.measures
        self._metrics = metrics
        places = pq.read_table(folder.path / CASES_FILE, columns=["case_id", "dialogue_id"])
        # Names are interned: each stands in several places for every reply.
        self._dialogue_of = dict(zip(*(map(intern, column.to_pylist()) for column in places.columns), strict=True))
        # Where a place in the run has several records (a failed request tried again), the last one counts.
        self._completions = _last_offsets(folder.completions)
        self._scores = _last_offsets(folder.scores)
        self._drawn: defaultdict[str, DrawnTally] = defaultdict(DrawnTally)
        """By measure; complete once the results and the preferences have been written."""
        self._verdicts: dict[tuple[Slot, str], int] = {
            (_interned(record.slot), intern(record.measure)): offset
            for offset, record in folder.verdicts.placed_records()
        }

    def write(self) -> None:
        """Write `replies.parquet`, `results.parquet`, `measures.json`, and what is there only in some runs."""
        path = self._folder.path
        _write_table(path / "replies.parquet", REPLIES, self._reply_rows())
        _write_table(path / "results.parquet", RESULTS, self._result_rows())
        self._write_measures()
        if self._manifest.preferences:
            rows = preference_rows(self._folder, self._manifest, self._dialogue_of, self._completions, self._drawn)
            _write_table(path / "preferences.parquet", PREFERENCES, rows)
        self._write_drawn()

    def _reply_rows(self) -> Iterator[Row]:
        for record in self._completion_records():
            yield record.model_dump(include=set(REPLIES.names))

    def _result_rows(self) -> Iterator[Row]:
        for record in self._completion_records():
            place = {**record.slot._asdict(), "dialogue_id": self._dialogue_of[record.case_id]}
            for measurement in self._measurements(record):
                yield {**place, **measurement.model_dump()}

    def _completion_records(self, candidate: str | None = None) -> Iterator[CompletionRecord]:
        """The completions that count, of all candidates or of one: the last of each place, of the cases that were replayed."""
        for slot, offset in self._completions.items():
            if slot.case_id in self._dialogue_of and candidate in (None, slot.candidate):
                yield self._folder.completions.record_at(offset)

    def _measurements(self, completion: CompletionRecord) -> Iterator[Measurement]:
        """All measurements of one reply; those of a reply that failed have the status `error`."""
        if completion.status == "error":
            for measure in self._measures:
                yield Measurement(measure=measure.name, status="error", reason=f"no reply: {completion.error}")
            return
        if completion.slot in self._scores:
            yield from self._folder.scores.record_at(self._scores[completion.slot]).measurements
        verdicts: dict[str, Verdict] = {}
        for measure in self._measures:
            offset = self._verdicts.get((completion.slot, measure.name))
            if offset is not None:
                verdict = verdicts[measure.name] = self._folder.verdicts.record_at(offset).verdict
                self._drawn[measure.name].add(verdict)
        for jury in self._manifest.juries:
            if all(member.measure in verdicts for member in jury.members):
                verdict, apart = jury.verdicts(verdicts)
                verdicts |= {verdict.rubric: verdict, apart.rubric: apart}
        for name, verdict in verdicts.items():
            yield _judged(name, verdict)

    def _write_drawn(self) -> None:
        """How far drawn answers agree; only where judges draw some."""
        drawn = {name: found.model_dump() for name, tally in self._drawn.items() if (found := tally.summary)}
        if drawn:
            write_atomically(self._folder.path / DRAWN_FILE, json.dumps(drawn, ensure_ascii=False, indent=1))

    def _write_measures(self) -> None:
        corpus: dict[str, dict[str, float]] = {}
        candidates = dict.fromkeys(slot.candidate for slot in self._scores)
        for metric in self._metrics:
            for candidate in candidates:
                for name, value in metric.corpus_values(self._measured_replies(candidate)).items():
                    corpus.setdefault(name, {})[candidate] = value
        listing = [measure.model_dump() | {"corpus": corpus.get(measure.name, {})} for measure in self._measures]
        write_atomically(self._folder.path / "measures.json", json.dumps(listing, ensure_ascii=False, indent=1))

    def _measured_replies(self, candidate: str) -> Iterator[tuple[str, Mapping[str, Measurement]]]:
        for record in self._completion_records(candidate):
            if record.text is not None and record.slot in self._scores:
                score = self._folder.scores.record_at(self._scores[record.slot])
                yield record.text, by_name(score.measurements)


def _last_offsets(log: RunLog[Any]) -> dict[Slot, int]:
    return {_interned(record.slot): offset for offset, record in log.placed_records()}


def _interned(slot: Slot) -> Slot:
    return Slot(intern(slot.case_id), intern(slot.candidate), slot.seed)


def _judged(measure: str, verdict: Verdict) -> Measurement:
    return Measurement(
        measure=measure, status=verdict.status, value=verdict.score, label=verdict.label, reason=verdict.reason
    )


def _description(case: Case) -> Row:
    return {
        "case_id": case.id,
        "dialogue_id": case.dialogue_id,
        "turn": case.turn,
        "language": case.language,
        "tags": list(case.tags),
        "act": case.expectation.act.value if case.expectation.act else None,
        "context_characters": sum(len(message.content) for message in case.messages),
    }


def _case_row(case: Case) -> Row:
    return {
        **_description(case),
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
        pa.default_memory_pool().release_unused()  # else Arrow keeps tens of MB for as long as a run goes on


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
