"""Runs of one suite over time, from the run folders alone: which there are, and every measure's means in their order.

Only the small files of a run are read (manifest, measures, comparison), so that hundreds of runs take a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from reports.errors import ReportError, unknown_name
from reports.estimates import ComparisonFile, Mean
from reports.records import Manifest, MeasureOfRun
from reports.tables import MANIFEST_FILE, MEASURES_FILE, read_json_file

COMPARISON_FILE: Final = "comparison.json"

_MEASURES: Final = TypeAdapter(tuple[MeasureOfRun, ...])
_COMPARISON: Final = TypeAdapter(ComparisonFile)
_MANIFEST: Final = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run folder."""

    folder: Path
    manifest: Manifest
    measures: dict[str, MeasureOfRun]
    means: dict[tuple[str, str], Mean]
    """By measure and candidate."""

    def ground(self, measure: str) -> tuple[str, str]:
        """What must be the same of two runs for their means of a measure to be compared: suite and way of measuring."""
        return self.manifest.suite.hash, self.measures[measure].signature


@dataclass(frozen=True, slots=True)
class Point:
    """One measure of one candidate in one run."""

    run: PastRun
    mean: Mean
    comparable: bool
    """Whether the point before it was taken on the same suite in the same way; True for the first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one candidate over time; runs without it have no point."""

    measure: MeasureOfRun
    """As the latest run describes it."""
    candidate: str
    points: tuple[Point, ...]

    @property
    def latest(self) -> tuple[Point, ...]:
        """The points at the end that can all be compared with each other."""
        start = max((i for i, point in enumerate(self.points) if not point.comparable), default=0)
        return self.points[start:]

    @property
    def change(self) -> float | None:
        """The latest mean less the first that can be compared with it; None where there is no other."""
        first, last = self.latest[0].mean.mean, self.latest[-1].mean.mean
        return None if len(self.latest) == 1 or first is None or last is None else last - first


@dataclass(frozen=True, slots=True)
class History:
    """All runs of one suite, oldest first."""

    suite: str
    runs: tuple[PastRun, ...]
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    """A sentence for each run folder that could not be read."""


def read_history(
    parent: Path,
    suite: str | None = None,
    *,
    measures: Sequence[str] = (),
    candidates: Sequence[str] = (),
    last: int | None = None,
) -> History:
    """Read all runs of a suite below a folder.

    Args:
        parent: Where the run folders lie.
        suite: Its name; may be left out where all runs are of one suite.
        measures: Names of the measures to follow; all if none is given.
        candidates: Names of the candidates to follow; all if none is given.
        last: How many runs to take, the newest ones; all if not given.

    Raises:
        ReportError: There is no run of the suite, no suite was named and there are several, or a name is unknown.
    """
    runs, left_out = _read_runs(parent)
    found = list(dict.fromkeys(run.manifest.suite.name for run in runs))
    if not found:
        problem = f"holds no run that can be read{f' ({left_out[0]})' if left_out else ''}"
        raise ReportError(f"{problem}; name the folder of the runs with --runs", file=parent)
    if suite is None and len(found) > 1:
        raise ReportError(f"holds runs of several suites; name one of them: {', '.join(found)}", file=parent)
    chosen = suite or found[0]
    if chosen not in found:
        raise ReportError(unknown_name(chosen, found, "suite"), file=parent)
    of_suite = tuple(run for run in runs if run.manifest.suite.name == chosen)[-last if last else 0 :]
    return History(chosen, of_suite, _lines(of_suite, measures, candidates), left_out)


def _read_runs(parent: Path) -> tuple[list[PastRun], tuple[str, ...]]:
    """The runs that can be read, oldest first, and why others cannot."""
    runs, left_out = [], []
    for file in sorted(parent.glob(f"*/{MANIFEST_FILE}")):
        try:
            runs.append(_read_run(file.parent))
        except ReportError as error:
            left_out.append(str(error))
    runs.sort(key=lambda run: (run.manifest.started, run.manifest.run))
    return runs, tuple(left_out)


def _read_run(folder: Path) -> PastRun:
    comparison = read_json_file(folder / COMPARISON_FILE, _COMPARISON)
    measures = read_json_file(folder / MEASURES_FILE, _MEASURES)
    by_name = {measure.name: measure for measure in measures}
    means = {(mean.measure, mean.candidate): mean for mean in comparison.means if mean.measure in by_name}
    return PastRun(folder, read_json_file(folder / MANIFEST_FILE, _MANIFEST), by_name, means)


def _lines(runs: Sequence[PastRun], measures: Sequence[str], candidates: Sequence[str]) -> tuple[Line, ...]:
    """A line for each measure and candidate, in the order of the newest run that has them."""
    newest_first = [key for run in reversed(runs) for key in run.means]
    for what, wanted, known in (("measure", measures, 0), ("candidate", candidates, 1)):
        names = list(dict.fromkeys(key[known] for key in newest_first))
        for name in wanted:
            if name not in names:
                raise ReportError(f"--{what}: {unknown_name(name, names, what)}")
    keys = dict.fromkeys(newest_first)
    lines = (
        _line(runs, measure, candidate)
        for measure, candidate in keys
        if (not measures or measure in measures) and (not candidates or candidate in candidates)
    )
    return tuple(line for line in lines if line.points)


def _line(runs: Sequence[PastRun], measure: str, candidate: str) -> Line:
    points: list[Point] = []
    for run in runs:
        mean = run.means.get((measure, candidate))
        if mean is not None and mean.mean is not None:
            comparable = not points or points[-1].run.ground(measure) == run.ground(measure)
            points.append(Point(run, mean, comparable))
    newest = next(run for run in reversed(runs) if (measure, candidate) in run.means)
    return Line(newest.measures[measure], candidate, tuple(points))
