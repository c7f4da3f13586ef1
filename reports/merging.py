"""Several runs of one suite as if they were one, so that candidates of different runs can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from reports.errors import ReportError, unknown_name
from reports.records import Measure, MeasureOfRun
from reports.tables import RESULTS, RunTables, codes_of, read_tables


def read_merged(folders: Sequence[Path], baseline: str | None = None) -> RunTables:
    """Read runs of one suite into one set of tables.

    Args:
        folders: Run folders. Where two runs have a candidate of one name, each is called `run:candidate`.
        baseline: The candidate to compare with; the first run's baseline if not given.

    Raises:
        ReportError: A run cannot be read, the runs do not fit together, or there is no candidate of the baseline's name.
    """
    runs = [read_tables(folder) for folder in folders]
    for run in runs[1:]:
        _refuse_unlike(runs[0], run)
    names = [_names_in_merge(run, runs) for run in runs]
    candidates = {
        names[i][name]: run.manifest.candidates[name] for i, run in enumerate(runs) for name in run.candidates
    }
    chosen = baseline or names[0][runs[0].manifest.baseline]
    if chosen not in candidates:
        raise ReportError(f"--baseline: {unknown_name(chosen, list(candidates), 'candidate')}")
    manifest = runs[0].manifest.model_copy(
        update={
            "run": " + ".join(run.manifest.run for run in runs),
            "candidates": candidates,
            "baseline": chosen,
            "status": "complete" if all(run.manifest.status == "complete" for run in runs) else "incomplete",
        }
    )
    measures = _shared_measures(runs)
    parts = [_renamed(_of_measures(run.results, measures), names[i]) for i, run in enumerate(runs)]
    return RunTables(runs[0].folder, manifest, measures, pa.concat_tables(parts).unify_dictionaries(), _all_cases(runs))


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


def _names_in_merge(run: RunTables, runs: Sequence[RunTables]) -> Mapping[str, str]:
    """What each candidate of a run is called in the merge."""
    others = {name for other in runs if other is not run for name in other.candidates}
    return {name: f"{run.manifest.run}:{name}" if name in others else name for name in run.candidates}


def _shared_measures(runs: Sequence[RunTables]) -> tuple[MeasureOfRun, ...]:
    """The measures that all runs took. Corpus figures are left out: they are of whole runs."""
    shared = set.intersection(*({measure.name for measure in run.measures} for run in runs))
    return tuple(m.model_copy(update={"corpus": {}}) for m in runs[0].measures if m.name in shared)


def _of_measures(results: pa.Table, measures: Sequence[Measure]) -> pa.Table:
    return results.filter(pa.array(codes_of(results["measure"], [measure.name for measure in measures]) >= 0))


def _renamed(results: pa.Table, names: Mapping[str, str]) -> pa.Table:
    column = results["candidate"].cast(pa.string())
    for old, new in names.items():
        column = pc.if_else(pc.equal(column, old), new, column)
    position = results.schema.get_field_index("candidate")
    return results.set_column(position, RESULTS.field("candidate"), column.cast(RESULTS.field("candidate").type))


def _all_cases(runs: Sequence[RunTables]) -> pa.Table:
    """The cases of all runs, each once."""
    cases = runs[0].cases
    for run in runs[1:]:
        known = pa.array(cases["case_id"].to_pylist(), pa.string())
        new = pc.invert(pc.is_in(run.cases["case_id"], value_set=known))
        cases = pa.concat_tables([cases, run.cases.filter(new)])
    return cases.unify_dictionaries()
