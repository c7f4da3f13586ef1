"""The results table as one array: a value for each measure, candidate and case.

This is what all statistics start from. What is long or per reply (texts, reasons) is in `reports.pages.details`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from reports.errors import ReportError
from reports.records import MeasureOfRun
from reports.tables import RESULTS_FILE, Codes, RunTables, codes_of, known_codes, names_in

STATUSES: Final = ("ok", "unparsed", "refused", "error", "skipped", "missing")
"""The statuses of a measurement; `missing` where an incomplete run has no row."""
_OK, _ERROR, _SKIPPED, _MISSING = (STATUSES.index(name) for name in ("ok", "error", "skipped", "missing"))

_PIECE: Final = 50_000  # fewer than what a counter of rows can hold

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
    unmeasured: npt.NDArray[np.bool_]
    """Whether a measurement that applies is lacking, of any seed; shape [measures, candidates, cases]."""
    statuses: npt.NDArray[np.int64]
    """Measurements (one a case and seed) by `STATUSES`; shape [measures, candidates, 6]."""

    def only(self, cases: npt.NDArray[np.bool_]) -> Scores:
        """The scores on some cases. `statuses` still counts the whole run.

        Args:
            cases: True for each case that is kept; shape [cases].
        """
        return replace(
            self,
            dialogues=self.dialogues[cases],
            values=self.values[:, :, cases],
            unmeasured=self.unmeasured[:, :, cases],
        )

    def of_measures(self, names: Iterable[str]) -> Scores:
        """The scores of some measures, in their own order; names that are no measure's are passed over."""
        wanted = set(names)
        kept = [i for i, measure in enumerate(self.measures) if measure.name in wanted]
        measures = tuple(self.measures[i] for i in kept)
        return replace(
            self,
            measures=measures,
            values=self.values[kept],
            unmeasured=self.unmeasured[kept],
            statuses=self.statuses[kept],
        )

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
    tally = _Tally(tables)
    for rows in _Rows.of(tables).pieces():
        tally.add(rows)
    dialogues = codes_of(tables.cases["dialogue_id"], names_in(tables.cases["dialogue_id"]))
    return Scores(
        tables.measures, tables.candidates, dialogues, tally.values(), tally.unmeasured(), tally.all_statuses()
    )


class _Tally:
    """What is added up over the rows of the results, a piece at a time, so that nothing large is held twice."""

    def __init__(self, tables: RunTables) -> None:
        self._tables = tables
        self._seeds = np.sort(pc.unique(tables.results["seed"]).to_numpy())
        self._shape = (len(tables.measures), len(tables.candidates), len(tables.cases))
        size = int(np.prod(self._shape))
        self._totals = np.zeros(size)
        self._counts = np.zeros(size, np.int32)
        self._rows = np.zeros((size, len(self._seeds)), np.uint16)
        self._settled = np.zeros(size, np.int32)
        self._ran = np.zeros((self._shape[1], len(self._seeds)), np.bool_)
        self._statuses = np.zeros((*self._shape[:2], len(STATUSES)), np.int64)

    def add(self, rows: _Rows) -> None:
        """Count some rows.

        Raises:
            ReportError: One measures something that was measured before.
        """
        group = (rows.measure.astype(np.int64) * self._shape[1] + rows.candidate) * self._shape[2] + rows.case
        seed = np.searchsorted(self._seeds, rows.seed)
        np.add.at(self._rows, (group, seed), 1)
        self._refuse_repeated(group, seed)
        self._ran[rows.candidate, seed] = True
        ok = rows.status == _OK
        np.add.at(self._totals, group[ok], rows.value[ok])
        np.add.at(self._counts, group[ok], 1)
        np.add.at(self._settled, group[ok | (rows.status == _SKIPPED)], 1)
        np.add.at(self._statuses, (rows.measure, rows.candidate, rows.status), 1)

    def values(self) -> FloatArray:
        """The mean over seeds; shape [measures, candidates, cases]."""
        values = np.full(self._totals.shape, np.nan)
        np.divide(self._totals, self._counts, out=values, where=self._counts > 0)
        return values.reshape(self._shape)

    def unmeasured(self) -> npt.NDArray[np.bool_]:
        """Whether some seed that was run is neither ok nor skipped; shape [measures, candidates, cases]."""
        seeds = np.maximum(1, self._ran.sum(axis=1))
        unmeasured: npt.NDArray[np.bool_] = self._settled.reshape(self._shape) < seeds[np.newaxis, :, np.newaxis]
        return unmeasured

    def all_statuses(self) -> npt.NDArray[np.int64]:
        """The statuses, and how many rows are missing where each candidate was run with all the seeds that it has."""
        statuses = self._statuses.copy()
        seeds = np.maximum(1, self._ran.sum(axis=1))
        statuses[:, :, _MISSING] = seeds[np.newaxis, :] * self._shape[2] - statuses.sum(axis=2)
        return statuses

    def _refuse_repeated(self, group: npt.NDArray[np.int64], seed: npt.NDArray[np.int64]) -> None:
        repeated = self._rows[group, seed] > 1
        if repeated.any():
            twice = int(group[repeated][0]) % self._shape[2]
            raise ReportError(
                f"measures the case '{self._tables.cases['case_id'][twice].as_py()}' twice; "
                "rebuild it from the run's records with `rejoinder report`",
                file=self._tables.folder / RESULTS_FILE,
            )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of the results as numbers; each array has the shape [rows]."""

    measure: Codes
    candidate: Codes
    case: Codes
    seed: npt.NDArray[np.int32]
    status: Codes
    value: FloatArray

    @staticmethod
    def of(tables: RunTables) -> _Rows:
        file = tables.folder / RESULTS_FILE
        results = tables.results
        value = results["value"].to_numpy().astype(np.float64, copy=False)
        status = known_codes(results["status"], list(STATUSES[:_MISSING]), "status", file)
        return _Rows(
            measure=known_codes(results["measure"], [m.name for m in tables.measures], "measure", file),
            candidate=known_codes(results["candidate"], tables.candidates, "candidate", file),
            case=known_codes(results["case_id"], tables.cases["case_id"].to_pylist(), "case", file),
            seed=results["seed"].to_numpy(),
            status=np.where((status == _OK) & ~np.isfinite(value), np.int32(_ERROR), status),
            value=value,
        )

    def pieces(self) -> Iterator[_Rows]:
        """The rows, some ten thousand at a time."""
        for start in range(0, len(self.value), _PIECE):
            yield _Rows(*(getattr(self, field.name)[start : start + _PIECE] for field in fields(self)))
