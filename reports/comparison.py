"""Every candidate's means, and every candidate against the baseline on the cases where both were measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.estimates import ComparisonFile, Difference, Mean, relation_of
from reports.passing import passing_differences, passing_of
from reports.scores import STATUSES, Scores
from reports.statistics.clusters import ClusterSums, FloatArray, Interval, divide, robust_errors, sum_by_dialogue
from reports.statistics.corpus import CorpusFigures, corpus_figures
from reports.statistics.intervals import intervals_of_differences, intervals_of_means
from reports.statistics.power import more_dialogues, smallest_differences
from reports.statistics.resampling import bootstrap_p_values, percentile_intervals, replicated_means, resamples_of
from reports.statistics.significance import Test, corrected, mcnemar_p_value, sign_flip_p_values, sign_flip_test
from reports.tables import RunTables, names_in

_TIE = 1e-9  # means over seeds of equal values may differ in the last digits

Key = tuple[str, str]
"""Measure and candidate."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All means and differences; the keys are (measure, candidate)."""

    baseline: str
    means: dict[Key, Mean]
    differences: dict[Key, Difference]
    """The baseline itself has none."""


def compare_run(tables: RunTables, scores: Scores) -> Comparison:
    """A run's means and differences from its baseline, corpus figures included.

    Raises:
        ReportError: The results are missing, torn, or carry statistics of another length than a measure says.
    """
    return compare(scores, tables.manifest.baseline, corpus_figures(tables, tables.manifest.baseline))


def compare(scores: Scores, baseline: str, corpus: CorpusFigures | None = None) -> Comparison:
    """All means, and all differences from the baseline, with everything that is known of them.

    Args:
        scores: The values of all candidates.
        baseline: One of the candidates.
        corpus: The resampled corpus figures, where the run has statistics for them.
    """
    means, differences = means_of(scores, resampled=True), differences_of(scores, baseline, tested=True)
    passing, passing_apart = passing_of(scores), passing_differences(scores, baseline)
    for key, mean in means.items():
        interval = corpus.intervals.get(key) if corpus else None
        means[key] = mean.model_copy(update={"passing": passing.get(key), "corpus_interval": interval})
    for key, difference in differences.items():
        apart = corpus.differences.get(key) if corpus else None
        differences[key] = difference.model_copy(update={"passing": passing_apart.get(key), "corpus": apart})
    return Comparison(baseline, means, differences)


def means_of(scores: Scores, *, resampled: bool = False) -> dict[Key, Mean]:
    """The mean of every measure and candidate, by (measure, candidate).

    Args:
        scores: The values of all candidates.
        resampled: Whether to draw dialogues for bootstrap intervals as well.
    """
    columns = [(m, c) for m in range(len(scores.measures)) for c in range(len(scores.candidates))]
    groups = sum_by_dialogue(scores.values.reshape(len(columns), len(scores.dialogues)), scores.dialogues)
    intervals = intervals_of_means(groups, [scores.measures[m].scale for m, _ in columns])
    bootstrapped = _bootstrap(groups)[0] if resampled else [None] * len(columns)
    errors = robust_errors(groups).errors
    found: dict[Key, Mean] = {}
    for row, (m, c) in enumerate(columns):
        measure, candidate = scores.measures[m], scores.candidates[c]
        found[measure.name, candidate] = Mean(
            measure=measure.name,
            candidate=candidate,
            mean=_number(groups.means[row]),
            interval=intervals[row],
            standard_error=_number(errors[row]),
            bootstrap_interval=bootstrapped[row],
            cases=groups.cases[row],
            dialogues=groups.dialogues[row],
            coverage=scores.coverage(m, c),
            statuses=dict(zip(STATUSES, scores.statuses[m, c].tolist(), strict=True)),
            corpus=measure.corpus.get(candidate),
        )
    return found


def differences_of(scores: Scores, baseline: str, *, tested: bool = False) -> dict[Key, Difference]:
    """The difference of every measure and candidate from the baseline, by (measure, candidate).

    Args:
        scores: The values of all candidates.
        baseline: One of the candidates.
        tested: Whether to test and to draw dialogues as well; if not, there are no p-values and no bootstrap intervals.
    """
    base = scores.candidates.index(baseline)
    others = [c for c in range(len(scores.candidates)) if c != base]
    columns = [(m, c) for m in range(len(scores.measures)) for c in others]
    if not columns:
        return {}
    by_case = (scores.values[:, others] - scores.values[:, [base]]).reshape(len(columns), len(scores.dialogues))
    by_case[np.abs(by_case) < _TIE] = 0
    groups = sum_by_dialogue(by_case, scores.dialogues)
    differences = _estimates(scores, columns, groups, by_case, baseline)
    if tested:
        differences = _with_tests(differences, groups, [_yes_no_span(scores, m, (c, base)) for m, c in columns])
    return {(one.measure, one.candidate): one for one in differences}


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
        resamples=resamples_of(len(names_in(tables.cases["dialogue_id"]))),
        means=tuple(comparison.means.values()),
        differences=tuple(comparison.differences.values()),
    )


def _estimates(
    scores: Scores, columns: list[tuple[int, int]], groups: ClusterSums, by_case: FloatArray, baseline: str
) -> list[Difference]:
    robust = robust_errors(groups)
    intervals, detectable = intervals_of_differences(groups), smallest_differences(robust)
    effects = divide(np.nan_to_num(groups.means), np.nan_to_num(groups.spreads))
    found = []
    for row, (m, c) in enumerate(columns):
        measure, mean = scores.measures[m], _number(groups.means[row])
        better = by_case[row] * (measure.direction or 1)
        wins, losses = int((better > 0).sum()), int((better < 0).sum())
        relation, dialogues = relation_of(intervals[row], measure.direction), int(groups.dialogues[row])
        is_open = relation == "unclear" and mean is not None and intervals[row] is not None
        found.append(
            Difference(
                measure=measure.name,
                candidate=scores.candidates[c],
                baseline=baseline,
                difference=mean,
                interval=intervals[row],
                standard_error=_number(robust.errors[row]),
                p_value=None,
                effect_size=_number(effects[row]),
                smallest_detectable=_number(detectable[row]),
                more_dialogues=more_dialogues(groups.means[row], robust.errors[row], dialogues) if is_open else None,
                relation=relation,
                wins=wins,
                ties=int(groups.cases[row]) - wins - losses,
                losses=losses,
                cases=groups.cases[row],
                dialogues=dialogues,
            )
        )
    return found


def _with_tests(
    differences: list[Difference], groups: ClusterSums, yes_no_spans: list[float | None]
) -> list[Difference]:
    graded = sign_flip_test(len(groups.sums))
    tests: list[Test] = [graded if span is None else "mcnemar" for span in yes_no_spans]
    p_values = sign_flip_p_values(groups)
    for row, span in enumerate(yes_no_spans):
        if span is not None and groups.cases[row]:
            p_values[row] = mcnemar_p_value(groups.sums[:, row] / span)
    p_corrected = corrected(p_values, "benjamini-hochberg")
    bootstrapped, p_bootstrap = _bootstrap(groups)
    return [
        difference.model_copy(
            update={
                "p_value": _number(p_values[row]),
                "test": tests[row],
                "p_corrected": _number(p_corrected[row]),
                "correction": "benjamini-hochberg",
                "bootstrap_interval": bootstrapped[row],
                "p_bootstrap": _number(p_bootstrap[row]),
            }
        )
        if difference.difference is not None
        else difference
        for row, difference in enumerate(differences)
    ]


def _bootstrap(groups: ClusterSums) -> tuple[list[Interval | None], FloatArray]:
    """Intervals and two-sided p-values of the columns."""
    replicates = replicated_means(groups)
    return percentile_intervals(groups, replicates), bootstrap_p_values(groups.means, replicates)


def _yes_no_span(scores: Scores, measure: int, candidates: tuple[int, int]) -> float | None:
    """From one end of the scale to the other where all values are at one of the two, else None."""
    info, values = scores.measures[measure], scores.values[measure, candidates]
    is_yes_no = info.scale is not None and bool(np.isin(values[np.isfinite(values)], info.scale).all())
    return info.span if is_yes_no else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
