"""Stored runs that rules compare with: finding them, seeing that they fit, and their values on this run's cases."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reports.blessed import blessed_run, names_blessed_runs
from reports.errors import ReportError, unknown_name
from reports.gating.finished_runs import read_finished
from reports.gating.likeness import Allowed, require_alike
from reports.gating.policy import GateRule
from reports.gating.run_figures import RunFigures
from reports.pages.wording import Words
from reports.statistics.clusters import FloatArray
from reports.tables import RunTables


def earlier_run_of(rule: GateRule, tables: RunTables) -> Path | None:
    """The folder of the stored run that a rule compares with, or the file that names it; None where it compares within the run.

    The one place that knows how users name such runs.

    Args:
        rule: Any rule.
        tables: The run to be judged.
    """
    return rule.against_run


@dataclass(frozen=True, slots=True)
class Opponent:
    """Whom a candidate is compared with on one measure."""

    name: str
    """As the reports call it: with its run, where that is another one."""
    values: FloatArray
    """On the cases of the run to be judged, NaN where there is none; shape [cases]."""
    coverage: float | None
    """Share of its measurements that could be taken, times the share of this run's cases that its run has too."""


@dataclass(slots=True)
class EarlierRuns:
    """The stored runs of a policy; each is read once."""

    tables: RunTables
    words: Words
    allow: Collection[Allowed] = ()
    _read: dict[Path, RunFigures] = field(default_factory=dict, init=False)

    def opponent(self, rule: GateRule, folder: Path, candidate: str) -> Opponent:
        """The opponent of a candidate by a rule.

        Args:
            rule: A rule that compares with a stored run.
            folder: Of that run, or the file that names it as the blessed one of its suite.
            candidate: Who is judged.

        Raises:
            ReportError: The stored run is missing, torn, incomplete or does not fit, or has no such candidate or measure.
        """
        if names_blessed_runs(folder):
            folder = blessed_run(self.tables.manifest.suite.name, folder)
        if folder not in self._read:
            self._read[folder] = RunFigures.of(read_finished(folder), self.words)
        stored = self._read[folder]
        require_alike(self.tables, stored.tables, (rule.measure,), self.allow)
        if stored.measure(rule.measure) is None:
            raise ReportError(f"gate: {unknown_name(rule.measure, stored.names, 'measure')}", file=stored.tables.folder)
        name = self._name(rule, stored.tables, candidate)
        places = _places(self.tables, stored.tables)
        values = np.append(stored.values(rule.measure, name), np.nan)[places]
        taken = stored.coverage(rule.measure, name)
        shared = float((places < len(stored.tables.cases)).mean())
        return Opponent(f"{stored.tables.manifest.run}:{name}", values, None if taken is None else taken * shared)

    def _name(self, rule: GateRule, stored: RunTables, candidate: str) -> str:
        name = rule.against or candidate
        if name in stored.candidates:
            return name
        if rule.against is None and len(stored.candidates) == 1:
            return stored.candidates[0]
        raise ReportError(
            f"gate: {unknown_name(name, stored.candidates, 'candidate')}; say with `against` whom to compare with",
            file=stored.folder,
        )


def _places(ours: RunTables, theirs: RunTables) -> npt.NDArray[np.int64]:
    """Where each case of ours stands in theirs; behind the last one where it does not."""
    names = pa.array(theirs.cases["case_id"].to_pylist(), pa.string())
    found = pc.index_in(pa.array(ours.cases["case_id"].to_pylist(), pa.string()), value_set=names)
    places: npt.NDArray[np.int64] = found.fill_null(len(names)).to_numpy(zero_copy_only=False).astype(np.int64)
    return places
