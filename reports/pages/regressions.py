"""The cases on which candidates lost most against the baseline, and which measures fell there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from reports.pages.selection import standing_of
from reports.records import MeasureOfRun
from reports.scores import Scores

WORST: Final = 5
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Fall:
    """One measure that is worse with the candidate than with the baseline."""

    measure: MeasureOfRun
    before: float
    """The baseline's value on the case."""
    after: float


@dataclass(frozen=True, slots=True)
class Regression:
    """One candidate on one case."""

    position: int
    """Row of the case in the run's cases."""
    candidate: str
    change: float
    """Below 0: mean difference from the baseline over act, checks and judges, on a scale from 0 to 1."""
    falls: tuple[Fall, ...]
    """The largest first."""


def worst_regressions(scores: Scores, baseline: str, most: int = WORST) -> tuple[Regression, ...]:
    """The largest losses, the worst first; fewer than `most` where so few cases fell."""
    change = standing_of(scores, baseline).change
    candidates, cases = np.nonzero(change < -_NOTHING)
    order = np.argsort(change[candidates, cases], kind="stable")[:most]
    return tuple(
        Regression(
            position=case,
            candidate=scores.candidates[candidate],
            change=float(change[candidate, case]),
            falls=_falls(scores, scores.candidates.index(baseline), candidate, case),
        )
        for candidate, case in zip(candidates[order].tolist(), cases[order].tolist(), strict=True)
    )


def _falls(scores: Scores, baseline: int, candidate: int, case: int) -> tuple[Fall, ...]:
    lost: list[tuple[float, Fall]] = []
    for position, measure in enumerate(scores.measures):
        before, after = (float(scores.values[position, who, case]) for who in (baseline, candidate))
        if measure.span and (after - before) * measure.direction < 0:
            lost.append((abs(after - before) / measure.span, Fall(measure, before, after)))
    lost.sort(key=lambda pair: -pair[0])
    return tuple(fall for _, fall in lost)
