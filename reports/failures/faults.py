"""The most telling fault of each reply of a run, from what its measures found. Each reply has one fault or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reports.confusion import ACT_MEASURE
from reports.failures.kinds import KINDS, NOT_NAMED, WRONG_QUANTITY, Fault, Kind
from reports.records import Measure
from reports.tables import REPLIES, REPLIES_FILE, RunTables, codes_of, names_in, read_columns

_ORDER = "check.order"
_ORDER_KINDS: Final[dict[str | None, Kind]] = {NOT_NAMED: "item_missed", WRONG_QUANTITY: "wrong_quantity"}
_KINDS: Final[dict[str, Kind]] = {
    "check.avoids": "promised",
    "safety_of_promise": "promised",
    "check.no_amnesia": "amnesia",
    "check.mentions": "not_mentioned",
    "check.asks_missing": "not_asked",
}
"""By measure, where the measure alone tells the kind."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Faults:
    """Which reply has which fault."""

    faults: tuple[Fault, ...]
    """Those that occur, the most telling kinds first."""
    seeds: tuple[int, ...]
    of: npt.NDArray[np.int16]
    """Position in `faults`, -1 where there is none; shape [candidates, cases, seeds]."""


def faults_of(tables: RunTables) -> Faults:
    """Find the fault of every reply: where several measures object, that of the most telling kind.

    Raises:
        ReportError: The replies are missing, torn, or not what this version of Rejoinder writes.
    """
    replies = read_columns(tables.folder / REPLIES_FILE, REPLIES, ("case_id", "candidate", "seed", "status"))
    failed = replies.filter(pa.array(codes_of(replies["status"], ["error"]) == 0))
    objections = _objections(tables)
    seeds = np.unique(np.concatenate([objections["seed"].to_numpy(), replies["seed"].to_numpy()]))
    places = _Places(tables, seeds)
    found = [(Fault("no_reply"), places.of(failed)), *_found(tables, objections, places)]
    found.sort(key=lambda pair: KINDS.index(pair[0].kind))
    faults = tuple(fault for fault, _ in found)
    of = np.full(places.shape, -1, np.int16)
    for position, (_, where) in reversed(list(enumerate(found))):
        of.reshape(-1)[where] = position
    there = np.unique(of[of >= 0])
    renumbered = np.full(len(faults) + 1, -1, np.int16)
    renumbered[there] = np.arange(len(there))
    return Faults(tuple(faults[i] for i in there), tuple(seeds.tolist()), renumbered[of])


class _Places:
    """Numbers the replies of a run: candidate by candidate, case by case, seed by seed."""

    def __init__(self, tables: RunTables, seeds: npt.NDArray[np.int32]) -> None:
        self._tables = tables
        self._seeds = seeds
        self._cases = tables.cases["case_id"].to_pylist()
        self.shape = (len(tables.candidates), len(self._cases), len(seeds))

    def of(self, rows: pa.Table) -> npt.NDArray[np.int64]:
        """The number of each row's reply; rows of other cases and candidates are left out."""
        candidate = codes_of(rows["candidate"], self._tables.candidates).astype(np.int64)
        case = codes_of(rows["case_id"], self._cases)
        seed = np.searchsorted(self._seeds, rows["seed"].to_numpy())
        numbers: npt.NDArray[np.int64] = (candidate * self.shape[1] + case) * self.shape[2] + seed
        return numbers[(candidate >= 0) & (case >= 0)]


def _objections(tables: RunTables) -> pa.Table:
    """The rows of the results in which a reply does not pass an act, a check or a judge."""
    results, measures = tables.results, tables.measures
    worst = np.array([_worst_passing(measure) for measure in measures] + [np.nan])  # the last is for unknown measures
    direction = np.array([measure.direction for measure in measures] + [0])
    measure = codes_of(results["measure"], [m.name for m in measures])
    value = results["value"].to_numpy()
    with np.errstate(invalid="ignore"):
        objects = (worst[measure] - value) * direction[measure] > _ROUNDING
    return results.filter(pa.array(objects & (codes_of(results["status"], ["ok"]) == 0))).combine_chunks()


def _worst_passing(measure: Measure) -> float:
    """The worst value that is no fault; half of the scale for judges that name none, NaN where nothing is a fault."""
    if measure.kind not in ("act", "check", "judge") or not measure.direction:
        return np.nan
    if measure.passing is not None:
        return measure.passing
    return (measure.scale[0] + measure.scale[1]) / 2 if measure.scale is not None else np.nan


def _found(tables: RunTables, objections: pa.Table, places: _Places) -> Iterator[tuple[Fault, npt.NDArray[np.int64]]]:
    for name in names_in(objections["measure"]):
        rows = objections.filter(pa.array(codes_of(objections["measure"], [name]) == 0))
        kind = next(m.kind for m in tables.measures if m.name == name)
        if name == ACT_MEASURE:
            yield from _acts(tables, rows, places)
        elif name == _ORDER:
            for label in pc.unique(rows["label"]).to_pylist():
                same = pc.equal(rows["label"], label) if label is not None else pc.is_null(rows["label"])
                yield Fault(_ORDER_KINDS.get(label, "order")), places.of(rows.filter(same))
        elif name in _KINDS:
            yield Fault(_KINDS[name]), places.of(rows)
        else:
            yield Fault("check" if kind in ("check", "act") else "judge", (name,)), places.of(rows)


def _acts(tables: RunTables, rows: pa.Table, places: _Places) -> Iterator[tuple[Fault, npt.NDArray[np.int64]]]:
    """One fault for each act that was due and each that was done in its place."""
    due_names, done_names = names_in(tables.cases["act"]), names_in(rows["label"])
    due = codes_of(tables.cases["act"], due_names)[codes_of(rows["case_id"], tables.cases["case_id"].to_pylist())]
    done = codes_of(rows["label"], done_names)
    for d, due_name in enumerate(due_names):
        for n, done_name in enumerate(done_names):
            here = (due == d) & (done == n)
            if here.any():
                yield Fault("act", (due_name, done_name)), places.of(rows.filter(pa.array(here)))
