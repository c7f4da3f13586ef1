"""A comparison with everything that reports say of it: means, differences, tests, bootstraps, power, dialogues, slices."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figures import Figure
from reports.comparison import compare_run
from reports.records import Manifest, MeasureOfRun, SuiteOfRun
from reports.scores import STATUSES, Scores
from reports.slices import slices_of
from reports.statistics.corpus import FORMULAS, resampled_sums
from reports.tables import CASES as CASES_SCHEMA
from reports.tables import RESULTS, RESULTS_FILE, RunTables

CASES: Final = 5_000
CANDIDATES: Final = ("base", "order_taker", "june")
TURNS: Final = 3
ACTS: Final = ("clarify", "confirm", "inform", "refuse", "chat")
TAGS: Final = tuple(f"tag_{number}" for number in range(12))
RESAMPLES: Final = 10_000
LIMIT_S: Final = 10.0
CORPUS_LIMIT_S: Final = 2.0

T = TypeVar("T")


def run() -> list[Figure]:
    """5,000 cases x 3 candidates x 12 measures, and 10,000 resamples of the corpus figures of as many cases."""
    scores = _scores()
    apart = replace(scores, dialogues=np.arange(CASES, dtype=np.int32))
    (seconds, slices), (alone, _) = _comparison_seconds(scores), _comparison_seconds(apart)
    named = f"{CASES:,} cases x {len(CANDIDATES)} candidates"
    return [
        Figure(
            f"{named} x 12 measures, all statistics, BLEU and chrF, {slices} slices",
            seconds,
            "s",
            f"{LIMIT_S:.0f} s",
            seconds <= LIMIT_S,
        ),
        Figure("the same, every case a dialogue of its own", alone, "s", f"{LIMIT_S:.0f} s", alone <= LIMIT_S),
        *(_corpus_figure(name, named) for name in FORMULAS),
    ]


def _comparison_seconds(scores: Scores) -> tuple[float, int]:
    """Seconds for everything that a report compares: the whole run, its corpus figures and its slices; and how many these are."""
    with tempfile.TemporaryDirectory() as name:
        tables = _tables(Path(name), scores)
        seconds, (_, slices) = _seconds(lambda: (compare_run(tables, scores), slices_of(tables, scores)))
    return seconds, len(slices.slices)


def _corpus_figure(name: str, named: str) -> Figure:
    size, formula = FORMULAS[name]
    counts = np.random.default_rng(0).integers(0, 40, (len(CANDIDATES), CASES, size)).astype(np.float64)
    seconds, scores = _seconds(lambda: formula(resampled_sums(counts, RESAMPLES)))
    assert scores.shape == (RESAMPLES, len(CANDIDATES))
    within = seconds <= CORPUS_LIMIT_S
    return Figure(f"{name}: {RESAMPLES:,} resamples of {named}", seconds, "s", f"{CORPUS_LIMIT_S:.0f} s", within)


def _tables(folder: Path, scores: Scores) -> RunTables:
    """The scores as a run has them, with the sufficient statistics of BLEU and chrF in its results file."""
    suite = SuiteOfRun(name="simulated", version="1", language="en", hash="0", path="simulated")
    manifest = Manifest(
        schema_version=1,
        run="simulated",
        suite=suite,
        candidates={name: {} for name in CANDIDATES},
        baseline=CANDIDATES[0],
        started="2026-01-01T00:00:00+00:00",
        finished=None,
        status="complete",
        signature="simulated",
        versions={},
        hardware="simulated",
        git_commit=None,
        seeds=(0,),
        spec={},
    )
    cases = [
        {
            "case_id": f"c{number}",
            "dialogue_id": f"d{dialogue}",
            "turn": 2 * (number % TURNS),
            "language": "en",
            "tags": [TAGS[number % 12], TAGS[dialogue % 5]],
            "act": ACTS[number % 5],
            "context_characters": 100 + number % 400,
        }
        for number, dialogue in enumerate(scores.dialogues.tolist())
    ]
    results = _results(scores)
    pq.write_table(results, folder / RESULTS_FILE, row_group_size=5_000, compression="zstd")
    return RunTables(folder, manifest, scores.measures, results, pa.Table.from_pylist(cases, CASES_SCHEMA))


def _results(scores: Scores) -> pa.Table:
    """A row a case, candidate and measure."""
    generator = np.random.default_rng(1)
    case, candidate, measure = (
        axis.ravel() for axis in np.meshgrid(*map(np.arange, (CASES, len(CANDIDATES), 12)), indexing="ij")
    )
    sizes = [FORMULAS[one.statistics][0] if one.statistics else 0 for one in scores.measures]
    statistics = [generator.integers(0, 40, sizes[m]).tolist() if sizes[m] else None for m in measure.tolist()]
    values = scores.values[measure, candidate, case]
    columns = {
        "case_id": _named([f"c{number}" for number in range(CASES)], case),
        "dialogue_id": _named([f"d{number}" for number in range(CASES)], scores.dialogues[case]),
        "candidate": _named(CANDIDATES, candidate),
        "seed": pa.array(np.zeros(len(case), np.int32)),
        "measure": _named([one.name for one in scores.measures], measure),
        "status": _named(["ok", "error"], np.isnan(values)),
        "value": pa.array(values, from_pandas=True),
        "statistics": pa.array(statistics, pa.list_(pa.float32())),
    }
    return pa.table([columns.get(f.name, pa.nulls(len(case), f.type)) for f in RESULTS], schema=RESULTS)


def _named(names: Sequence[str], numbers: npt.NDArray[np.generic]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(names))


def _scores() -> Scores:
    """Random values, half of the measures yes/no, two with corpus figures, in dialogues of three turns."""
    generator = np.random.default_rng(0)
    measures = tuple(
        MeasureOfRun(
            name=f"measure_{number}",
            title=f"Measure {number}",
            description="Simulated.",
            kind="check",
            scale=(0, 1),
            higher_is_better=True,
            signature="simulated",
            statistics={1: "bleu", 3: "chrf"}.get(number),
            corpus=dict.fromkeys(CANDIDATES, 20.0) if number in (1, 3) else {},
        )
        for number in range(12)
    )
    values = generator.random((len(measures), len(CANDIDATES), CASES))
    values[::2] = np.round(values[::2])
    values[generator.random(values.shape) < 0.01] = np.nan
    statuses = np.zeros((*values.shape[:2], len(STATUSES)), np.int64)
    statuses[:, :, STATUSES.index("ok")] = np.isfinite(values).sum(axis=2)
    statuses[:, :, STATUSES.index("error")] = np.isnan(values).sum(axis=2)
    dialogues = (np.arange(CASES) // TURNS).astype(np.int32)
    return Scores(measures, CANDIDATES, dialogues, values, np.isnan(values), statuses)


def _seconds(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
