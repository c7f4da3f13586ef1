"""`cases_index.parquet`: one row a case with all that cases are filtered, sorted and found by, and where their rows lie.

It is derived, like the tables beside it, and read column by column: a filter needs two or three of them. Which cases a query
finds is `reports.view.queries`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from reports.analysis import Analysis
from reports.errors import ReportError
from reports.files import written_whole
from reports.pages.case_data import CaseFacts, page_frame
from reports.pages.selection import Standing
from reports.tables import (
    CASES,
    CASES_FILE,
    PREFERENCES,
    PREFERENCES_FILE,
    REPLIES,
    REPLIES_FILE,
    RESULTS_FILE,
    RunTables,
    codes_of,
    iterate_columns,
    read_columns,
)

INDEX_FILE: Final = "cases_index.parquet"
_DESCRIPTION: Final = b"rejoinder"
_VERSION: Final = 1
_CASES_A_GROUP: Final = 20_000
_PLACES: Final = {
    CASES_FILE: "cases_groups",
    REPLIES_FILE: "replies_groups",
    RESULTS_FILE: "results_groups",
    PREFERENCES_FILE: "preferences_groups",
}
"""By table, the column with the row groups of each case's rows. Of tables that the run does not have there is none."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Description:
    """What the index says of the run as a whole."""

    frame: dict[str, Any]
    """As `reports.pages.case_data.page_frame` makes it."""
    failure_keys: tuple[str, ...]
    """The keys of the failure groups, in their order."""
    candidates: tuple[str, ...]
    """As the tables name them."""
    seeds: tuple[int, ...]


class CaseIndex:
    """The index of one run; columns are read when they are asked for, and kept."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises:
            ReportError: There is none, it cannot be read, or it is not of the tables beside it.
        """
        self.folder = folder
        path = folder / INDEX_FILE
        try:
            self._file = pq.ParquetFile(path, memory_map=True)
            told = json.loads(self._file.schema_arrow.metadata[_DESCRIPTION])
        except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
            raise ReportError("is missing or torn; rebuild it with `rejoinder report`", file=path) from None
        if told["version"] != _VERSION or told["tables"] != _stamps(folder):
            raise ReportError("is not of these tables; rebuild it with `rejoinder report`", file=path)
        self.description = Description(
            told["frame"], tuple(told["failure_keys"]), tuple(told["candidates"]), tuple(told["seeds"])
        )
        self._columns: dict[str, Any] = {}

    @property
    def cases(self) -> int:
        """How many cases the run has."""
        return int(self._file.metadata.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column as Arrow has it."""
        if name not in self._columns:
            self._columns[name] = self._file.read([name])[name]
        return self._columns[name]

    def values(self, name: str) -> npt.NDArray[Any]:
        """A column of numbers or truth values; shape [cases]."""
        key = f"values of {name}"
        if key not in self._columns:
            self._columns[key] = self.column(name).combine_chunks().to_numpy(zero_copy_only=False)
        return self._columns[key]  # type: ignore[no-any-return]

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Case id to position."""
        return {name: i for i, name in enumerate(self.column("case_id").to_pylist())}

    @cached_property
    def facts(self) -> CaseFacts:
        """What pages of cases are written from, beside the tables."""
        candidates = range(len(self.description.candidates))
        score, change = (np.stack([self.values(f"{what}_{c}") for c in candidates]) for what in ("score", "change"))
        seeds = range(len(self.description.seeds))
        failures = np.stack([np.stack([self.values(f"failure_{c}_{s}") for s in seeds], axis=1) for c in candidates])
        return CaseFacts(Standing(score, change), failures, self.description.seeds)

    def row_groups(self, positions: Sequence[int]) -> dict[str, list[int]]:
        """By file of the run, the row groups in which the rows of some cases lie."""
        chosen = pa.array(positions, pa.int64())
        return {
            file: sorted({group for own in self.column(name).take(chosen).to_pylist() for group in own})
            for file, name in _PLACES.items()
            if name in self._file.schema_arrow.names
        }


def write_index(analysis: Analysis) -> Path:
    """Write the index of a run beside its tables.

    Raises:
        ReportError: A table is missing or torn, or the index cannot be written.
    """
    tables, failures = analysis.tables, analysis.failures
    told = {
        "version": _VERSION,
        "tables": _stamps(tables.folder),
        "frame": page_frame(analysis),
        "failure_keys": [group.fault.key for group in failures.groups],
        "candidates": tables.candidates,
        "seeds": failures.faults.seeds,
    }
    columns = dict(_columns(analysis))
    table = pa.table(columns).replace_schema_metadata({_DESCRIPTION: json.dumps(told, ensure_ascii=False)})
    path = tables.folder / INDEX_FILE
    with written_whole(path) as unfinished:
        pq.write_table(table, unfinished, row_group_size=_CASES_A_GROUP, compression="zstd")
    return path


def _stamps(folder: Path) -> dict[str, list[int]]:
    """By which the tables of a run are known again: size and time of change."""
    files = {name: (folder / name).stat() for name in _PLACES if (folder / name).exists()}
    return {name: [found.st_size, found.st_mtime_ns] for name, found in files.items()}


def _columns(analysis: Analysis) -> Iterator[tuple[str, pa.Array | pa.ChunkedArray]]:
    tables, scores = analysis.tables, analysis.scores
    facts = CaseFacts.of(analysis)
    for name in ("case_id", "act", "language", "tags"):
        yield name, tables.cases[name]
    for c in range(len(tables.candidates)):
        yield f"score_{c}", pa.array(facts.standing.score[c].astype(np.float32))
        yield f"change_{c}", pa.array(facts.standing.change[c].astype(np.float32))
        for s in range(len(facts.seeds)):
            yield f"failure_{c}_{s}", pa.array(facts.failures[c, :, s])
    for m in range(len(tables.measures)):
        for c in range(len(tables.candidates)):
            yield f"value_{m}_{c}", pa.array(scores.values[m, c].astype(np.float32))
            yield f"unmeasured_{m}_{c}", pa.array(scores.unmeasured[m, c])
    yield from _told_of_replies(analysis)
    yield from _places(tables)
    yield "search", _search_texts(tables)


def _told_of_replies(analysis: Analysis) -> Iterator[tuple[str, pa.Array]]:
    """By candidate: whether an attack is suspected; by measure too: whether a judge's answer could not be read."""
    tables = analysis.tables
    names = tables.cases["case_id"].to_pylist()
    position = {name: i for i, name in enumerate(names)}
    suspected = np.zeros((len(tables.candidates), len(names)), np.bool_)
    for case_id, candidate, _ in analysis.suspicions.kinds:
        suspected[tables.candidates.index(candidate), position[case_id]] = True
    rows = tables.results.filter(pa.array(codes_of(tables.results["status"], ["unparsed"]) == 0))
    unparsed = np.zeros((len(tables.measures), *suspected.shape), np.bool_)
    measure = codes_of(rows["measure"], [m.name for m in tables.measures])
    unparsed[measure, codes_of(rows["candidate"], tables.candidates), codes_of(rows["case_id"], names)] = True
    for c in range(len(tables.candidates)):
        yield f"suspected_{c}", pa.array(suspected[c])
        for m in range(len(tables.measures)):
            yield f"unparsed_{m}_{c}", pa.array(unparsed[m, c])


def _places(tables: RunTables) -> Iterator[tuple[str, pa.Array]]:
    """The row groups of each case's rows in every table."""
    names = tables.cases["case_id"].to_pylist()
    replies = read_columns(tables.folder / REPLIES_FILE, REPLIES, ("case_id",))
    rows = {CASES_FILE: tables.cases, REPLIES_FILE: replies, RESULTS_FILE: tables.results}
    if (tables.folder / PREFERENCES_FILE).exists():
        rows[PREFERENCES_FILE] = read_columns(tables.folder / PREFERENCES_FILE, PREFERENCES, ("case_id",))
    for file, own in rows.items():
        yield _PLACES[file], _groups_of_cases(tables.folder / file, codes_of(own["case_id"], names), len(names))


def _groups_of_cases(path: Path, cases: npt.NDArray[np.int32], count: int) -> pa.ListArray:
    """For each case the row groups that hold it, where `cases` is the case of each row of the file."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    pairs = np.unique(cases.astype(np.int64) * (len(sizes) + 1) + groups)
    pairs = pairs[pairs >= 0]
    offsets = np.searchsorted(pairs // (len(sizes) + 1), np.arange(count + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array((pairs % (len(sizes) + 1)).astype(np.int32)))


def _search_texts(tables: RunTables) -> pa.Array:
    """What is searched of each case, in lower case: its id, tags, what was said, the references and all replies."""
    names = tables.cases["case_id"].to_pylist()
    texts: list[list[str]] = [[name] for name in names]
    columns = ("case_id", "tags", "messages", "references")
    for batch in iterate_columns(tables.folder / CASES_FILE, CASES, columns):
        codes = codes_of(pa.chunked_array([batch.column("case_id")]), names)
        parts = (batch.column(name).to_pylist() for name in columns[1:])
        for case, tags, messages, references in zip(codes.tolist(), *parts, strict=True):
            texts[case] += [*(tags or ()), *_said(messages), *(references or ())]
    for batch in iterate_columns(tables.folder / REPLIES_FILE, REPLIES, ("case_id", "text")):
        codes = codes_of(pa.chunked_array([batch.column("case_id")]), names)
        for case, text in zip(codes.tolist(), batch.column("text").to_pylist(), strict=True):
            if case >= 0 and text:
                texts[case].append(text)
    return pa.array(["\n".join(own).lower() for own in texts], pa.large_string())


def _said(messages: str | None) -> Iterator[str]:
    for message in json.loads(messages or "[]"):
        if message.get("role") != "system" and isinstance(message.get("content"), str):
            yield message["content"]
