"""The level of dialogues: which dialogues pass a measure, because all their target turns do.

A turn passes by `Measure.passing`; with several seeds its mean over them has to reach that value. A turn to which the
measure does not apply is passed over. A dialogue with a turn that could not be measured passes neither nor fails, unless
another of its turns fails.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from reports.estimates import Passing, PassingDifference
from reports.records import Measure
from reports.scores import Scores
from reports.statistics.clusters import ClusterSums, FloatArray, sum_by_dialogue
from reports.statistics.intervals import intervals_of_differences, intervals_of_means
from reports.statistics.significance import mcnemar_p_value

Key = tuple[str, str]

_ROUNDING = 1e-9


def passing_of(scores: Scores) -> dict[Key, Passing]:
    """The share of dialogues that pass, by (measure, candidate), where there is any that passes or fails."""
    keys, rows = [], []
    for m, measure in enumerate(scores.measures):
        if measure.passing is not None:
            keys += [(measure.name, candidate) for candidate in scores.candidates]
            rows.append(_passed(scores, m))
    if not keys:
        return {}
    groups = _as_groups(np.concatenate(rows))
    intervals = intervals_of_means(groups, [(0, 1)] * len(keys))
    facts = zip(keys, groups.means, intervals, groups.dialogues, strict=True)
    return {
        key: Passing(share=share, interval=interval, dialogues=dialogues)
        for key, share, interval, dialogues in facts
        if dialogues
    }


def passing_differences(scores: Scores, baseline: str) -> dict[Key, PassingDifference]:
    """Each candidate's share of dialogues that pass less the baseline's, over the dialogues where both are known."""
    base = scores.candidates.index(baseline)
    keys, rows = [], []
    for m, measure in enumerate(scores.measures):
        if measure.passing is not None:
            others = [c for c in range(len(scores.candidates)) if c != base]
            keys += [(measure.name, scores.candidates[c]) for c in others]
            passed = _passed(scores, m)
            rows.append(passed[others] - passed[base])
    if not keys:
        return {}
    groups = _as_groups(np.concatenate(rows))
    found = {}
    for column, (key, interval) in enumerate(zip(keys, intervals_of_differences(groups), strict=True)):
        own, cases = groups.sums[:, column], int(groups.cases[column])
        wins, losses = int((own > 0).sum()), int((own < 0).sum())
        if cases:
            found[key] = PassingDifference(
                difference=groups.means[column],
                interval=interval,
                p_value=mcnemar_p_value(own),
                wins=wins,
                ties=cases - wins - losses,
                losses=losses,
            )
    return found


def _passed(scores: Scores, measure: int) -> FloatArray:
    """1 where a dialogue passes, 0 where it fails, NaN where that is not known; shape [candidates, dialogues]."""
    values, dialogues = scores.values[measure], scores.dialogues
    failed = np.isfinite(values) & ~turns_pass(scores.measures[measure], values)
    count = int(dialogues.max()) + 1
    passed = np.full((len(values), count), np.nan)
    for row, unmeasured in enumerate(scores.unmeasured[measure]):
        here, faults, gaps = (
            np.bincount(dialogues[chosen], minlength=count) > 0
            for chosen in (np.isfinite(values[row]), failed[row], unmeasured)
        )
        passed[row, here & ~gaps] = 1
        passed[row, faults] = 0
    return passed


def turns_pass(measure: Measure, values: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether each value is one with which a turn passes; a NaN is none."""
    assert measure.passing is not None
    reached: npt.NDArray[np.bool_] = measure.direction * (values - measure.passing) >= -_ROUNDING
    return reached


def _as_groups(by_dialogue: FloatArray) -> ClusterSums:
    """Every dialogue as its own cluster."""
    return sum_by_dialogue(by_dialogue, np.arange(by_dialogue.shape[1], dtype=np.int32))
