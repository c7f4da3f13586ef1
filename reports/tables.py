"""The tables that all reports are made from: their columns, and reading them from a run folder.

A run folder holds `manifest.json` (`reports.records.Manifest`) and its derived files:

`results.parquet`, one row a case x candidate x seed x measure (`RESULTS`);
`preferences.parquet`, where replies were compared, one row a case x seed x two candidates x rubric (`PREFERENCES`);
`replies.parquet`, one row a case x candidate x seed (`REPLIES`);
`cases.parquet`, one row a case (`CASES`);
`measures.json`, a list of objects (`reports.records.MeasureOfRun`): `name`, `title`, `description`, `kind` (reference, act,
check, judge, other), `scale` ([lowest, highest] or null), `higher_is_better` (true, false, null), `signature`, `judged_by`
(rubric, python, jury; null where no judge takes it), and `corpus` (object of candidate name to corpus figure, empty where the
corpus figure is the mean).

Dictionary columns become pandas categoricals, so that a million rows stay small. What is long (messages, replies,
reasons, statistics) is not read here but, for a few cases at a time, by `reports.pages.details`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from reports.errors import ReportError, newer_schema
from reports.records import Manifest, MeasureOfRun

_NAME = pa.dictionary(pa.int32(), pa.string())

RESULTS = pa.schema(
    {
        "case_id": _NAME,
        "dialogue_id": _NAME,
        "candidate": _NAME,
        "seed": pa.int32(),
        "measure": _NAME,
        "status": _NAME,  # ok, unparsed, refused, error, skipped
        "value": pa.float64(),  # null unless status is ok
        "label": _NAME,  # act done, judge's answer; else null
        "reason": pa.string(),
        "statistics": pa.list_(pa.float32()),  # sufficient statistics of corpus metrics; else null
    }
)

REPLIES = pa.schema(
    {
        "case_id": _NAME,
        "candidate": _NAME,
        "seed": pa.int32(),
        "status": _NAME,  # ok, error
        "text": pa.string(),  # null when status is error
        "error": pa.string(),
        "finish_reason": _NAME,
        "reasoning": pa.string(),  # what was thought before the reply; null where that is not known
        "prompt_tokens": pa.int32(),
        "completion_tokens": pa.int32(),
        "latency_s": pa.float64(),
        "suspected_attack": pa.list_(pa.string()),  # kinds of attempts to move a judge that are suspected in the reply
    }
)

CASES = pa.schema(
    {
        "case_id": pa.string(),
        "dialogue_id": pa.string(),
        "turn": pa.int32(),
        "language": _NAME,
        "tags": pa.list_(pa.string()),
        "act": _NAME,  # the dialogue act that is due; null where none is stated
        "context_characters": pa.int32(),  # of all messages of the context together
        "messages": pa.string(),  # JSON list of {role, content, ...}: the context, system prompt first
        "references": pa.list_(pa.string()),
        "expectation": pa.string(),  # JSON object
    }
)

PREFERENCES = pa.schema(
    {
        "case_id": _NAME,
        "dialogue_id": _NAME,
        "candidate": _NAME,
        "against": _NAME,  # the candidate that it was compared with
        "seed": pa.int32(),
        "measure": _NAME,  # the rubric of pairs
        "status": _NAME,  # ok, unparsed, refused, error, skipped
        "outcome": _NAME,  # win, loss, tie of `candidate`, or inconsistent; null unless status is ok
        "preference": pa.float64(),  # for `candidate`, 0 to 1, mean of both orders; null unless status is ok
        "length": pa.int32(),  # characters of the candidate's reply; null where there is no reply
        "length_against": pa.int32(),
        "reason": pa.string(),  # a judge's own: a line for each order, which names the replies that it calls 1 and 2
    }
)
"""Only in runs that compare replies, as `preferences.parquet`: one row a case x seed x compared candidates x measure."""

_ADDED = frozenset({"reasoning", "suspected_attack", "context_characters"})
"""Columns that earlier versions did not write; where one is missing, its values are null."""

RESULTS_FILE = "results.parquet"
REPLIES_FILE = "replies.parquet"
CASES_FILE = "cases.parquet"
MEASURES_FILE = "measures.json"
PREFERENCES_FILE = "preferences.parquet"
MANIFEST_FILE = "manifest.json"

DESCRIBED: Final = ("case_id", "dialogue_id", "turn", "language", "tags", "act", "context_characters")
"""The columns of `CASES` that `RunTables.cases` has."""

SCHEMA: Final = 1
"""Of the manifest: the newest that can be read."""

_SCORED = ("case_id", "candidate", "seed", "measure", "status", "value", "label")
_REBUILD = "rebuild it from the run's records with `rejoinder report`"
_BATCH_ROWS = 5_000  # contexts may be long: tens of thousands of them at once take hundreds of MB

Codes = npt.NDArray[np.int32]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """A run folder that tables come from, for whatever is read from it later."""

    folder: Path
    manifest: Manifest
    names: Mapping[str, str]
    """What its candidates are called in the tables."""


@dataclass(frozen=True, slots=True)
class RunTables:
    """A run folder as read: everything but the long texts."""

    folder: Path
    manifest: Manifest
    measures: tuple[MeasureOfRun, ...]
    results: pa.Table
    """The columns case_id, candidate, seed, measure, status, value and label of `RESULTS`."""
    cases: pa.Table
    """The columns case_id, dialogue_id, turn, language, tags, act and context_characters of `CASES`, in the suite's order."""
    merged: tuple[Origin, ...] = ()
    """The runs that were put together (`reports.merging`); empty where it is one."""

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The runs that the tables come from: one, or those that were merged."""
        return self.merged or (Origin(self.folder, self.manifest, {name: name for name in self.candidates}),)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The names of the candidates, in the manifest's order."""
        return tuple(self.manifest.candidates)

    def case_ids(self, positions: Sequence[int]) -> list[str]:
        """The ids of some cases, by their positions in the suite."""
        found: list[str] = self.cases["case_id"].take(pa.array(positions, pa.int64())).to_pylist()
        return found


def read_tables(run_folder: Path) -> RunTables:
    """Read a run folder's manifest and tables.

    Raises:
        ReportError: A file is missing, torn, or not what this version of Rejoinder writes.
    """
    if not run_folder.is_dir():
        raise ReportError("there is no such run folder; name the folder that `rejoinder run` wrote", file=run_folder)
    manifest = read_manifest(run_folder)
    measures = read_measures(run_folder)
    cases = read_columns(run_folder / CASES_FILE, CASES, DESCRIBED)
    if not len(cases):
        raise ReportError(f"holds no case; {_REBUILD}", file=run_folder / CASES_FILE)
    _refuse_repeated(cases["case_id"].to_pylist(), "case", run_folder / CASES_FILE)
    results = read_columns(run_folder / RESULTS_FILE, RESULTS, _SCORED)
    return RunTables(run_folder, manifest, measures, results, cases)


def read_manifest(run_folder: Path) -> Manifest:
    """Read a run folder's manifest alone.

    Raises:
        ReportError: It is missing, torn, or not what this version of Rejoinder writes.
    """
    return read_json_file(run_folder / MANIFEST_FILE, TypeAdapter(Manifest))


def read_measures(run_folder: Path) -> tuple[MeasureOfRun, ...]:
    """Read a run folder's measures alone.

    Raises:
        ReportError: They are missing, torn, not what this version of Rejoinder writes, or one stands there twice.
    """
    measures = read_json_file(run_folder / MEASURES_FILE, TypeAdapter(tuple[MeasureOfRun, ...]))
    _refuse_repeated((m.name for m in measures), "measure", run_folder / MEASURES_FILE)
    return measures


def read_columns(path: Path, schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    """Some columns of a Parquet file, as `schema` types them.

    Raises:
        ReportError: The file is missing or torn, or a column is missing or of another type.
    """
    wanted = _selection(schema, columns)
    with _opened(path, wanted) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        found = file.read(columns=there)
        values = [found[name] if name in there else pa.nulls(len(found)) for name in columns]
        # In one piece: each further piece would cost every reader of a dictionary column its whole dictionary again.
        return pa.table(values, names=list(columns)).cast(wanted).unify_dictionaries().combine_chunks()


def iterate_columns(
    path: Path, schema: pa.Schema, columns: Sequence[str], row_groups: Sequence[int] | None = None
) -> Iterator[pa.RecordBatch]:
    """As `read_columns`, some ten thousand rows at a time; of all row groups, or of those that are named.

    Raises:
        ReportError: The file is missing or torn, or a column is missing or of another type.
    """
    wanted = _selection(schema, columns)
    with _opened(path, wanted) as file:
        there = set(columns) & set(file.schema_arrow.names)
        for batch in file.iter_batches(_BATCH_ROWS, row_groups, [name for name in columns if name in there]):
            values = [batch.column(name) if name in there else pa.nulls(len(batch)) for name in columns]
            yield pa.record_batch(values, names=list(columns)).cast(wanted)


@contextmanager
def _opened(path: Path, wanted: pa.Schema) -> Iterator[pq.ParquetFile]:
    """The file, whose faults while it is read become sentences for the user."""
    try:
        with pq.ParquetFile(path) as file:
            _require_columns(file.schema_arrow, wanted, path)
            yield file
    except FileNotFoundError:
        raise ReportError(f"is missing; {_REBUILD}", file=path) from None
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"cannot be read ({_first_line(error)}); {_REBUILD}", file=path) from None
    finally:
        pa.default_memory_pool().release_unused()  # else Arrow keeps what reading took beyond its result


def codes_of(column: pa.ChunkedArray, names: Sequence[str]) -> Codes:
    """Each row's position in `names`; -1 where the row is null or not among them."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    if not encoded.num_chunks:
        return np.empty(0, np.int32)
    if encoded.num_chunks > 1:
        encoded = encoded.unify_dictionaries()
    known = pc.index_in(encoded.chunk(0).dictionary, value_set=pa.array(names, pa.string())).fill_null(-1)
    positions = np.append(known.to_numpy(zero_copy_only=False), -1).astype(np.int32)  # the last one is for null
    indices = (chunk.indices.fill_null(len(positions) - 1) for chunk in encoded.chunks)
    return np.concatenate([positions[part.to_numpy(zero_copy_only=False)] for part in indices])


def known_codes(column: pa.ChunkedArray, names: Sequence[str], what: str, file: Path) -> Codes:
    """As `codes_of`, where every row has to be among the names.

    Args:
        column: What stands in the rows.
        names: All that the run has.
        what: What each of them is, for the sentence.
        file: Where the rows come from.

    Raises:
        ReportError: A row is null or not among them.
    """
    codes = codes_of(column, names)
    if codes.size and codes.min() < 0:
        stranger = column[int(np.argmin(codes))].as_py()
        raise ReportError(
            f"has results for the {what} '{stranger}', which this run does not have; {_REBUILD}", file=file
        )
    return codes


def names_in(column: pa.ChunkedArray) -> list[str]:
    """The different values of a column without nulls, in the order of their first appearance."""
    return [name for name in pc.unique(column).to_pylist() if name is not None]


def _selection(schema: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    return pa.schema([schema.field(name) for name in columns])


def _require_columns(found: pa.Schema, wanted: pa.Schema, path: Path) -> None:
    for field in wanted:
        if field.name not in found.names:
            if field.name in _ADDED:
                continue
            raise ReportError(f"has no column '{field.name}'; {_REBUILD}", file=path)
        kind = found.field(field.name).type
        if not _holds(kind, field.type):
            raise ReportError(f"has {kind} in the column '{field.name}', not {field.type}; {_REBUILD}", file=path)


def _holds(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether two types hold the same values; another writer of the same table may choose their encoding freely."""
    if pa.types.is_null(found):  # a column without any value
        return True
    if pa.types.is_dictionary(found) or pa.types.is_dictionary(wanted):
        return _holds(_values(found), _values(wanted))
    if pa.types.is_list(wanted):
        is_list = pa.types.is_list(found) or pa.types.is_large_list(found)
        return is_list and _holds(found.value_type, wanted.value_type)
    if pa.types.is_string(wanted):
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    return bool(found == wanted or (pa.types.is_integer(found) and pa.types.is_integer(wanted)))


def _values(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def read_json_file(path: Path, kind: TypeAdapter[T]) -> T:
    """One of a run folder's JSON files.

    Raises:
        ReportError: It is missing, torn, or not what this version of Rejoinder writes.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ReportError("is missing; name a run folder that `rejoinder run` wrote", file=path) from None
    except OSError as error:
        raise ReportError(f"cannot be read: {error.strerror}; check its permissions", file=path) from None
    except ValidationError as error:
        if newer := newer_schema(error, SCHEMA):
            raise ReportError(newer, file=path) from None
        fault = error.errors(include_url=False)[0]
        field = ".".join(map(str, fault["loc"]))
        problem = fault["msg"].removeprefix("Value error, ")
        raise ReportError(
            f"is not what this version of Rejoinder writes ({f'{field}: ' if field else ''}{_first_line(problem)}); "
            "make the run again or use the version that wrote it",
            file=path,
        ) from None


def _refuse_repeated(names: Iterable[str], what: str, path: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ReportError(f"holds the {what} '{name}' twice; {_REBUILD}", file=path)
        seen.add(name)


def _first_line(text: object) -> str:
    return str(text).strip().splitlines()[0].rstrip(".") if str(text).strip() else "unknown fault"
