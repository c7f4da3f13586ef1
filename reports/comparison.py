"""Every candidate's means, and every candidate against the baseline on the cases where both were measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from reports.records import Record, SuiteOfRun
from reports.scores import STATUSES, Scores
from reports.statistics import (
    CONFIDENCE,
    RESAMPLES,
    Interval,
    intervals_of_means,
    sign_flip_p_values,
    sum_by_dialogue,
)
from reports.tables import RunTables

Relation = Literal["better", "worse", "different", "unclear"]
"""`better`, `worse`: the interval of the difference leaves out 0. `different`: it does, but the measure has no good
side. `unclear`: it holds 0, or there is none."""

_TIE = 1e-9  # means over seeds of equal values may differ in the last digits


class Mean(Record):
    """One measure of one candidate: the mean over the cases that were measured."""

    measure: str
    candidate: str
    mean: float | None
    """None where no case was measured."""
    interval: Interval | None
    """95 %, by cluster bootstrap over dialogues; None with fewer than 5 dialogues."""
    cases: int
    dialogues: int
    coverage: float | None
    """Share of measurements that are ok among those that apply, from 0 to 1; None where none applies."""
    statuses: dict[str, int]
    """Measurements (one a case and seed) by status; `missing` where an incomplete run has none."""
    corpus: float | None
    """The figure of all replies as one corpus, where that is not their mean."""


class Difference(Record):
    """One measure of one candidate less the baseline's, over the cases where both were measured."""

    measure: str
    candidate: str
    baseline: str
    difference: float | None
    """Mean of the differences by case, in the measure's own units; None where no case has both."""
    interval: Interval | None
    """95 %, by cluster bootstrap over dialogues; None with fewer than 5 dialogues."""
    p_value: float | None
    """Two-sided, by flipping the sign of whole dialogues; not corrected for the number of measures."""
    relation: Relation
    wins: int
    """Cases where the candidate is better (higher, where the measure has no good side)."""
    ties: int
    losses: int
    cases: int
    dialogues: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All means and differences; the keys are (measure, candidate)."""

    baseline: str
    means: dict[tuple[str, str], Mean]
    differences: dict[tuple[str, str], Difference]
    """The baseline itself has none."""


class ComparisonFile(Record):
    """`comparison.json`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    run: str
    status: Literal["complete", "incomplete"]
    """`incomplete`: some replies or measurements are still to come."""
    suite: SuiteOfRun
    signature: str
    candidates: tuple[str, ...]
    baseline: str
    confidence: float = CONFIDENCE
    """Of every interval."""
    resamples: int = RESAMPLES
    """Of the bootstrap and of the test."""
    means: tuple[Mean, ...]
    """One for each measure and candidate."""
    differences: tuple[Difference, ...]
    """One for each measure and candidate but the baseline."""


def compare(scores: Scores, baseline: str) -> Comparison:
    """All means, and all differences from the baseline."""
    return Comparison(baseline, means_of(scores), differences_of(scores, baseline))


def means_of(scores: Scores) -> dict[tuple[str, str], Mean]:
    """The mean of every measure and candidate, by (measure, candidate)."""
    columns = [(m, c) for m in range(len(scores.measures)) for c in range(len(scores.candidates))]
    groups = sum_by_dialogue(scores.values.reshape(len(columns), len(scores.dialogues)), scores.dialogues)
    facts = zip(groups.means, intervals_of_means(groups), groups.cases, groups.dialogues, strict=True)
    found: dict[tuple[str, str], Mean] = {}
    for (m, c), (mean, interval, cases, dialogues) in zip(columns, facts, strict=True):
        measure, candidate = scores.measures[m], scores.candidates[c]
        found[measure.name, candidate] = Mean(
            measure=measure.name,
            candidate=candidate,
            mean=_number(mean),
            interval=interval,
            cases=cases,
            dialogues=dialogues,
            coverage=scores.coverage(m, c),
            statuses=dict(zip(STATUSES, scores.statuses[m, c].tolist(), strict=True)),
            corpus=measure.corpus.get(candidate),
        )
    return found


def differences_of(scores: Scores, baseline: str, *, p_values: bool = True) -> dict[tuple[str, str], Difference]:
    """The difference of every measure and candidate from the baseline, by (measure, candidate).

    Args:
        scores: The values of all candidates.
        baseline: One of the candidates.
        p_values: Whether to test as well; if not, every p-value is None.
    """
    base = scores.candidates.index(baseline)
    others = [c for c in range(len(scores.candidates)) if c != base]
    columns = [(m, c) for m in range(len(scores.measures)) for c in others]
    if not columns:
        return {}
    by_case = (scores.values[:, others] - scores.values[:, [base]]).reshape(len(columns), len(scores.dialogues))
    groups = sum_by_dialogue(by_case, scores.dialogues)
    tests = sign_flip_p_values(groups) if p_values else np.full(len(columns), np.nan)
    facts = zip(groups.means, intervals_of_means(groups), tests, groups.cases, groups.dialogues, strict=True)
    found: dict[tuple[str, str], Difference] = {}
    for row, ((m, c), (mean, interval, p_value, cases, dialogues)) in enumerate(zip(columns, facts, strict=True)):
        measure, candidate = scores.measures[m], scores.candidates[c]
        better = by_case[row] * (measure.direction or 1)
        wins, losses = int((better > _TIE).sum()), int((better < -_TIE).sum())
        found[measure.name, candidate] = Difference(
            measure=measure.name,
            candidate=candidate,
            baseline=baseline,
            difference=_number(mean),
            interval=interval,
            p_value=_number(p_value),
            relation=_relation(interval, measure.direction),
            wins=wins,
            ties=int(cases) - wins - losses,
            losses=losses,
            cases=cases,
            dialogues=dialogues,
        )
    return found


def comparison_file(tables: RunTables, comparison: Comparison) -> ComparisonFile:
    """What `comparison.json` holds."""
    manifest = tables.manifest
    return ComparisonFile(
        run=manifest.run,
        status=manifest.status,
        suite=manifest.suite,
        signature=manifest.signature,
        candidates=tables.candidates,
        baseline=comparison.baseline,
        means=tuple(comparison.means.values()),
        differences=tuple(comparison.differences.values()),
    )


def _relation(interval: Interval | None, direction: int) -> Relation:
    if interval is None or interval.low <= 0 <= interval.high:
        return "unclear"
    if direction == 0:
        return "different"
    return "better" if interval.low * direction > 0 else "worse"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
