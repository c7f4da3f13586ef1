"""Several runs of one suite as if they were one, so that candidates of different runs can be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reports.errors import ReportError, unknown_name
from reports.gating.finished_runs import read_finished
from reports.records import Measure, MeasureOfRun
from reports.tables import RESULTS, Origin, RunTables, codes_of


def read_merged(folders: Sequence[Path], baseline: str | None = None) -> RunTables:
    """Read runs of one suite into one set of tables, with the cases that all of them replayed.

    What is of whole runs is left out where there are several: corpus figures, and preferences between replies.

    Args:
        folders: Run folders. Where two runs have a candidate of one name, each is called `run:candidate`.
        baseline: The candidate to compare with; the first run's baseline if not given.

    Raises:
        ReportError: A run cannot be read or is not complete, the runs do not fit together, or there is no candidate of the
            baseline's name.
    """
    runs = [read_finished(folder) for folder in folders]
    for run in runs[1:]:
        _refuse_unlike(runs[0], run)
    labels = _labels(runs)
    names = [_names_in_merge(run, label, runs) for run, label in zip(runs, labels, strict=True)]
    candidates = {
        names[i][name]: run.manifest.candidates[name] for i, run in enumerate(runs) for name in run.candidates
    }
    chosen = baseline or names[0][runs[0].manifest.baseline]
    if chosen not in candidates:
        raise ReportError(f"--baseline: {unknown_name(chosen, list(candidates), 'candidate')}")
    if len(runs) == 1:
        return replace(runs[0], manifest=runs[0].manifest.model_copy(update={"baseline": chosen}))
    manifest = runs[0].manifest.model_copy(
        update={
            "run": " + ".join(labels),
            "candidates": candidates,
            "baseline": chosen,
            "preferences": (),
            "judge_kin": _judge_kin(runs, names),
            "certificates": _certificates(runs),
        }
    )
    measures, cases = _shared_measures(runs), _shared_cases(runs)
    parts = [_renamed(_only(run.results, measures, cases), names[i]) for i, run in enumerate(runs)]
    origins = tuple(Origin(run.folder, run.manifest, names[i]) for i, run in enumerate(runs))
    return RunTables(runs[0].folder, manifest, measures, pa.concat_tables(parts).unify_dictionaries(), cases, origins)


def _labels(runs: Sequence[RunTables]) -> list[str]:
    """What each run is called: its name, or its folder where two have one name."""
    for folder, count in Counter(run.folder.resolve() for run in runs).items():
        if count > 1:
            raise ReportError("is named twice; name each run once", file=folder)
    counts = Counter(run.manifest.run for run in runs)
    return [run.manifest.run if counts[run.manifest.run] == 1 else str(run.folder) for run in runs]


def _refuse_unlike(first: RunTables, other: RunTables) -> None:
    """Scores of different suites, or taken differently, must not be compared."""
    ours, theirs = first.manifest.suite, other.manifest.suite
    if ours.hash != theirs.hash:
        raise ReportError(
            f"replayed the suite {theirs.name} {theirs.version} ({theirs.hash[:8]}), but {first.folder} replayed {ours.name} "
            f"{ours.version} ({ours.hash[:8]}); only runs of one suite can be compared",
            file=other.folder,
        )
    signatures = {measure.name: measure.signature for measure in first.measures}
    for measure in other.measures:
        if signatures.get(measure.name, measure.signature) != measure.signature:
            raise ReportError(
                f"took '{measure.name}' as {measure.signature}, but {first.folder} as {signatures[measure.name]}; "
                "make one of the runs again",
                file=other.folder,
            )


def _names_in_merge(run: RunTables, label: str, runs: Sequence[RunTables]) -> Mapping[str, str]:
    """What each candidate of a run is called in the merge."""
    others = {name for other in runs if other is not run for name in other.candidates}
    return {name: f"{label}:{name}" if name in others else name for name in run.candidates}


def _judge_kin(runs: Sequence[RunTables], names: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    kin: dict[str, tuple[str, ...]] = {}
    for run, renamed in zip(runs, names, strict=True):
        for judge, candidates in run.manifest.judge_kin.items():
            kin[judge] = (*kin.get(judge, ()), *(renamed[name] for name in candidates))
    return kin


def _certificates(runs: Sequence[RunTables]) -> dict[str, Any]:
    """By measure; where several runs have one, the newest run's, which knows best whether it still holds."""
    by_age = sorted(runs, key=lambda run: run.manifest.started)
    return {measure: found for run in by_age for measure, found in run.manifest.certificates.items()}


def _shared_measures(runs: Sequence[RunTables]) -> tuple[MeasureOfRun, ...]:
    """The measures that all runs took. Corpus figures are left out: they are of whole runs."""
    shared = set.intersection(*({measure.name for measure in run.measures} for run in runs))
    return tuple(m.model_copy(update={"corpus": {}}) for m in runs[0].measures if m.name in shared)


def _shared_cases(runs: Sequence[RunTables]) -> pa.Table:
    """The cases that all runs replayed, in the first one's order."""
    cases = runs[0].cases
    for run in runs[1:]:
        cases = cases.filter(pc.is_in(cases["case_id"], value_set=_plain_names(run.cases)))
        if not len(cases):
            problem = (
                f"shares no case with {runs[0].folder}; replay the same part of the suite (`max_dialogues`) in both"
            )
            raise ReportError(problem, file=run.folder)
    return cases.unify_dictionaries()


def _plain_names(cases: pa.Table) -> pa.Array:
    return pa.array(cases["case_id"].to_pylist(), pa.string())


def _only(results: pa.Table, measures: Sequence[Measure], cases: pa.Table) -> pa.Table:
    """The rows of some measures on some cases."""
    of_measures = codes_of(results["measure"], [measure.name for measure in measures]) >= 0
    of_cases = codes_of(results["case_id"], cases["case_id"].to_pylist()) >= 0
    return results.filter(pa.array(of_measures & of_cases))


def _renamed(results: pa.Table, names: Mapping[str, str]) -> pa.Table:
    column = results["candidate"].cast(pa.string())
    for old, new in names.items():
        column = pc.if_else(pc.equal(column, old), new, column)
    position = results.schema.get_field_index("candidate")
    return results.set_column(position, RESULTS.field("candidate"), column.cast(RESULTS.field("candidate").type))
