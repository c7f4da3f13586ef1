"""What is found of one measure: of one candidate, and of a candidate against the baseline. `comparison.json` holds these.

How they are worked out is in `reports.comparison`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reports.records import Record, SuiteOfRun
from reports.statistics.clusters import CONFIDENCE, Interval
from reports.statistics.power import POWER
from reports.statistics.resampling import RESAMPLES
from reports.statistics.significance import Correction, Test

Relation = Literal["better", "worse", "different", "unclear"]
"""`better`, `worse`: the interval of the difference leaves out 0. `different`: it does, but the measure has no good
side. `unclear`: it holds 0, or there is none."""

Uncorrected = Literal["none"]
"""Stands beside every p-value that is not corrected for the number of questions asked."""


class Passing(Record):
    """Dialogues that pass a measure: those in which all target turns pass it."""

    share: float
    """0 to 1, of the dialogues whose turns could be judged."""
    interval: Interval | None
    """95 %; None with fewer than 5 dialogues."""
    dialogues: int


class Mean(Record):
    """One measure of one candidate: the mean over the cases that were measured."""

    measure: str
    candidate: str
    mean: float | None
    """None where no case was measured."""
    interval: Interval | None
    """95 %, from cluster-robust errors; None with fewer than 5 dialogues."""
    standard_error: float | None = None
    """Cluster-robust (CR2); None with fewer than 2 dialogues."""
    bootstrap_interval: Interval | None = None
    """95 %, by cluster bootstrap; None with fewer than 5 dialogues, and in slices."""
    cases: int
    dialogues: int
    coverage: float | None
    """Share of measurements that are ok among those that apply, from 0 to 1; None where none applies."""
    statuses: dict[str, int]
    """Measurements (one a case and seed) by status; `missing` where an incomplete run has none."""
    corpus: float | None
    """The figure of all replies as one corpus, where that is not their mean."""
    corpus_interval: Interval | None = None
    """95 %, by cluster bootstrap over the sufficient statistics; None where the corpus figure has none."""
    passing: Passing | None = None
    """At the level of dialogues; None where the measure does not say when a turn passes."""


class CorpusDifference(Record):
    """The corpus figure of a candidate less the baseline's, over the replies to which both have statistics."""

    difference: float
    interval: Interval | None
    """95 %, by cluster bootstrap; None with fewer than 5 dialogues."""
    p_value: float
    """Two-sided, by the paired bootstrap over dialogues."""
    correction: Uncorrected = "none"
    relation: Relation


class PassingDifference(Record):
    """Dialogues that pass with the candidate and not with the baseline, and the other way round."""

    difference: float
    """Of the shares of dialogues that pass."""
    interval: Interval | None
    p_value: float
    """McNemar's exact test, two-sided."""
    correction: Uncorrected = "none"
    wins: int
    ties: int
    losses: int


class Difference(Record):
    """One measure of one candidate less the baseline's, over the cases where both were measured.

    With several seeds, a case's values are averaged first, so that each case counts once.
    """

    measure: str
    candidate: str
    baseline: str
    difference: float | None
    """Mean of the differences by case, in the measure's own units; None where no case has both."""
    interval: Interval | None
    """95 %, from cluster-robust errors; None with fewer than 5 dialogues."""
    standard_error: float | None = None
    """Cluster-robust (CR2); None with fewer than 2 dialogues."""
    bootstrap_interval: Interval | None = None
    """95 %, by cluster bootstrap; None with fewer than 5 dialogues, and in slices."""
    p_value: float | None
    """Two-sided, by `test`; not corrected for the number of questions asked."""
    p_value_correction: Uncorrected = "none"
    test: Test | None = None
    p_corrected: float | None = None
    """p_value corrected by `correction` over all measures and candidates of the comparison."""
    correction: Correction | None = None
    p_bootstrap: float | None = None
    """Two-sided, by the paired bootstrap over dialogues."""
    p_bootstrap_correction: Uncorrected = "none"
    effect_size: float | None = None
    """Cohen's d_z: the difference in standard deviations of the differences by case (Lakens 2013,
    doi:10.3389/fpsyg.2013.00863); None where they do not vary."""
    smallest_detectable: float | None = None
    """The smallest true difference that so many dialogues show with 80 % power at 5 %; None where nothing varies."""
    more_dialogues: int | None = None
    """Where the relation is unclear: how many further dialogues would show a difference of this size, with 80 % power."""
    relation: Relation
    wins: int
    """Cases where the candidate is better (higher, where the measure has no good side)."""
    ties: int
    losses: int
    cases: int
    dialogues: int
    corpus: CorpusDifference | None = None
    """None where the measure has no corpus figure with statistics."""
    passing: PassingDifference | None = None
    """At the level of dialogues; None where the measure does not say when a turn passes."""


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
    power: float = POWER
    """Of every smallest detectable difference and number of further dialogues."""
    resamples: int = RESAMPLES
    """Of every bootstrap."""
    means: tuple[Mean, ...]
    """One for each measure and candidate."""
    differences: tuple[Difference, ...]
    """One for each measure and candidate but the baseline."""


def relation_of(interval: Interval | None, direction: int) -> Relation:
    """What the interval of a difference says, where `direction` is 1, -1 or 0 as in `Measure.direction`."""
    if interval is None or interval.low <= 0 <= interval.high:
        return "unclear"
    if direction == 0:
        return "different"
    return "better" if interval.low * direction > 0 else "worse"
