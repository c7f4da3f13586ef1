"""A comparison with everything that reports say of it: means, differences, tests, bootstraps, power, dialogues, slices."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from benchmarks.figures import Figure
from reports.comparison import compare
from reports.records import MeasureOfRun
from reports.scores import STATUSES, Scores
from reports.statistics.corpus import FORMULAS, resampled_sums

CASES: Final = 5_000
CANDIDATES: Final = ("base", "order_taker", "june")
TURNS: Final = 3
RESAMPLES: Final = 10_000
LIMIT_S: Final = 10.0
CORPUS_LIMIT_S: Final = 2.0

T = TypeVar("T")


def run() -> list[Figure]:
    """5,000 cases x 3 candidates x 12 measures, and 10,000 resamples of the corpus figures of as many cases."""
    scores = _scores()
    apart = replace(scores, dialogues=np.arange(CASES, dtype=np.int32))
    seconds, alone = _seconds(lambda: compare(scores, "base"))[0], _seconds(lambda: compare(apart, "base"))[0]
    named = f"{CASES:,} cases x {len(CANDIDATES)} candidates"
    return [
        Figure(f"{named} x 12 measures, all statistics", seconds, "s", f"{LIMIT_S:.0f} s", seconds <= LIMIT_S),
        Figure("the same, every case a dialogue of its own", alone, "s", f"{LIMIT_S:.0f} s", alone <= LIMIT_S),
        *(_corpus_figure(name, named) for name in FORMULAS),
    ]


def _corpus_figure(name: str, named: str) -> Figure:
    size, formula = FORMULAS[name]
    counts = np.random.default_rng(0).integers(0, 40, (len(CANDIDATES), CASES, size)).astype(np.float64)
    seconds, scores = _seconds(lambda: formula(resampled_sums(counts, RESAMPLES)))
    assert scores.shape == (RESAMPLES, len(CANDIDATES))
    within = seconds <= CORPUS_LIMIT_S
    return Figure(f"{name}: {RESAMPLES:,} resamples of {named}", seconds, "s", f"{CORPUS_LIMIT_S:.0f} s", within)


def _scores() -> Scores:
    """Random values, half of the measures yes/no, in dialogues of three turns."""
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
