"""The results table as one array: a value for each measure, candidate and case.

This is what all statistics start from. What is long or per reply (texts, reasons) is in `reports.details`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from reports.errors import ReportError
from reports.records import MeasureOfRun
from reports.tables import RESULTS_FILE, Codes, RunTables, codes_of, names_in

STATUSES: Final = ("ok", "unparsed", "refused", "error", "skipped", "missing")
"""The statuses of a measurement; `missing` where an incomplete run has no row."""
_OK, _ERROR, _SKIPPED, _MISSING = (STATUSES.index(name) for name in ("ok", "error", "skipped", "missing"))

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """The values of all measures on all cases, and how many measurements ended how."""

    measures: tuple[MeasureOfRun, ...]
    candidates: tuple[str, ...]
    dialogues: Codes
    """The dialogue of each case, as a number from 0; shape [cases]."""
    values: FloatArray
    """Mean over the seeds that are ok, NaN where none is; shape [measures, candidates, cases]."""
    statuses: npt.NDArray[np.int64]
    """Measurements (one a case and seed) by `STATUSES`; shape [measures, candidates, 6]."""

    def only(self, cases: npt.NDArray[np.bool_]) -> Scores:
        """The scores on some cases. `statuses` still counts the whole run.

        Args:
            cases: True for each case that is kept; shape [cases].
        """
        return replace(self, dialogues=self.dialogues[cases], values=self.values[:, :, cases])

    def of_measures(self, names: Iterable[str]) -> Scores:
        """The scores of some measures, in their own order; names that are no measure's are passed over."""
        wanted = set(names)
        kept = [i for i, measure in enumerate(self.measures) if measure.name in wanted]
        measures = tuple(self.measures[i] for i in kept)
        return replace(self, measures=measures, values=self.values[kept], statuses=self.statuses[kept])

    def coverage(self, measure: int, candidate: int) -> float | None:
        """Share of measurements that are ok among those that apply (not skipped), from 0 to 1; None if none applies."""
        return coverage(self.statuses[measure, candidate])


def coverage(statuses: npt.NDArray[np.int64]) -> float | None:
    """Share of measurements that are ok among those that apply, from 0 to 1; None if none applies.

    Args:
        statuses: Counts by `STATUSES`, shape [..., 6]; leading axes are added up.
    """
    counts = statuses.reshape(-1, len(STATUSES)).sum(axis=0)
    applicable = counts.sum() - counts[_SKIPPED]
    return float(counts[_OK] / applicable) if applicable else None


def scores_of(tables: RunTables) -> Scores:
    """Pivot the results. A value that is `ok` but not a finite number counts as `error`.

    Raises:
        ReportError: The results name something that the run does not have, or hold a measurement twice.
    """
    rows = _Rows.of(tables)
    shape = (len(tables.measures), len(tables.candidates), len(tables.cases))
    groups = rows.groups(shape)
    seeds = _seeds_of_candidates(rows, shape[1])
    _refuse_repeated(groups, rows.seed, tables)

    ok = rows.status == _OK
    size = int(np.prod(shape))
    totals = np.bincount(groups[ok], weights=rows.value[ok], minlength=size)
    counts = np.bincount(groups[ok], minlength=size)
    values = np.full(size, np.nan)
    np.divide(totals, counts, out=values, where=counts > 0)

    pairs = groups // shape[2]
    statuses = np.bincount(pairs * len(STATUSES) + rows.status, minlength=shape[0] * shape[1] * len(STATUSES))
    statuses = statuses.reshape(*shape[:2], len(STATUSES)).astype(np.int64)
    statuses[:, :, _MISSING] = seeds[np.newaxis, :] * shape[2] - statuses.sum(axis=2)
    dialogues = codes_of(tables.cases["dialogue_id"], names_in(tables.cases["dialogue_id"]))
    return Scores(tables.measures, tables.candidates, dialogues, values.reshape(shape), statuses)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of the results as numbers; each array has the shape [rows]."""

    measure: Codes
    candidate: Codes
    case: Codes
    seed: npt.NDArray[np.int64]
    status: Codes
    value: FloatArray

    @staticmethod
    def of(tables: RunTables) -> _Rows:
        file = tables.folder / RESULTS_FILE
        results = tables.results
        value = results["value"].to_numpy().astype(np.float64, copy=False)
        status = _codes(results["status"], list(STATUSES[:_MISSING]), "status", file)
        return _Rows(
            measure=_codes(results["measure"], [m.name for m in tables.measures], "measure", file),
            candidate=_codes(results["candidate"], tables.candidates, "candidate", file),
            case=_codes(results["case_id"], tables.cases["case_id"].to_pylist(), "case", file),
            seed=results["seed"].to_numpy().astype(np.int64),
            status=np.where((status == _OK) & ~np.isfinite(value), _ERROR, status).astype(np.int32),
            value=value,
        )

    def groups(self, shape: tuple[int, int, int]) -> npt.NDArray[np.int64]:
        """Flat index into an array of measures x candidates x cases for each row."""
        return (self.measure.astype(np.int64) * shape[1] + self.candidate) * shape[2] + self.case


def _codes(column: pa.ChunkedArray, names: list[str] | tuple[str, ...], what: str, file: Path) -> Codes:
    codes = codes_of(column, names)
    if codes.size and codes.min() < 0:
        stranger = column[int(np.argmin(codes))].as_py()
        raise ReportError(
            f"has results for the {what} '{stranger}', which this run does not have; "
            "rebuild it from the run's records with `rejoinder report`",
            file=file,
        )
    return codes


def _seeds_of_candidates(rows: _Rows, candidates: int) -> npt.NDArray[np.int64]:
    """How many seeds each candidate was run with, at least 1."""
    return np.array([max(1, len(np.unique(rows.seed[rows.candidate == c]))) for c in range(candidates)])


def _refuse_repeated(groups: npt.NDArray[np.int64], seed: npt.NDArray[np.int64], tables: RunTables) -> None:
    seeds, seed_codes = np.unique(seed, return_inverse=True)
    if not groups.size or np.bincount(groups * len(seeds) + seed_codes).max() <= 1:
        return
    twice = int(np.argmax(np.bincount(groups * len(seeds) + seed_codes))) // len(seeds) % len(tables.cases)
    raise ReportError(
        f"measures the case '{tables.cases['case_id'][twice].as_py()}' twice; "
        "rebuild it from the run's records with `rejoinder report`",
        file=tables.folder / RESULTS_FILE,
    )
