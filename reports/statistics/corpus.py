"""Corpus figures (BLEU, chrF) in resamples of dialogues, worked out from the sufficient statistics of single replies.

The formulas are sacreBLEU's, over arrays instead of one list of counts; the tests hold them to sacreBLEU's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reports.errors import ReportError
from reports.estimates import CorpusDifference, relation_of
from reports.records import Measure
from reports.statistics.clusters import FEWEST_DIALOGUES, FloatArray, Interval
from reports.statistics.resampling import (
    RESAMPLES,
    bootstrap_p_values,
    percentile_interval,
    resamples_of,
    resampling_weights,
)
from reports.tables import RESULTS, RESULTS_FILE, Codes, RunTables, codes_of, iterate_columns, names_in

Key = tuple[str, str]
"""Measure and candidate."""

_BEST_SCORE: Final = 100.0
_CHRF_WEIGHT: Final = 4  # of recall: beta 2, squared
_READ = ("case_id", "candidate", "measure", "statistics")


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """What resampling says of the corpus figures; the keys are (measure, candidate)."""

    intervals: dict[Key, Interval]
    differences: dict[Key, CorpusDifference]
    """From the baseline, over the cases where both were measured."""


def corpus_figures(tables: RunTables, baseline: str) -> CorpusFigures:
    """Resample the corpus figures of all measures that carry sufficient statistics, with whole dialogues as the unit.

    Raises:
        ReportError: The results are missing, torn, or carry statistics of another length than the measure says.
    """
    found = CorpusFigures({}, {})
    dialogues = codes_of(tables.cases["dialogue_id"], names_in(tables.cases["dialogue_id"]))
    measures = [measure for measure in tables.measures if measure.statistics is not None and measure.corpus]
    if measures and int(dialogues.max()) + 1 >= FEWEST_DIALOGUES:
        for counted in _counted(measures, tables):
            _resample(counted, tables.candidates, dialogues, baseline, found)
    return found


def bleu_scores(statistics: FloatArray) -> FloatArray:
    """BLEU of whole corpora, 0 to 100, with sacreBLEU's default (exponential) smoothing.

    Args:
        statistics: Length of the replies, length of the closest references, matching 1- to 4-grams, all 1- to 4-grams,
            each summed over a corpus; shape [..., 10]. The result has the shape [...].
    """
    length, reference = statistics[..., 0], statistics[..., 1]
    matching, all_of_order = statistics[..., 2:6], statistics[..., 6:10]
    unmatched = matching == 0
    smoothing = np.exp2(np.cumsum(unmatched, axis=-1))  # each order without a match halves the pretended one
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.where(unmatched, 1 / smoothing, matching) / all_of_order
        brevity = np.exp(np.minimum(0.0, 1 - reference / length))
        scores = _BEST_SCORE * brevity * np.exp(np.log(precisions).mean(axis=-1))
    measurable = (all_of_order > 0).all(axis=-1) & ~unmatched.all(axis=-1) & (length > 0)
    return np.where(measurable, np.minimum(scores, _BEST_SCORE), 0.0)


def chrf_scores(statistics: FloatArray) -> FloatArray:
    """chrF2 of whole corpora, 0 to 100, as sacreBLEU's default counts it.

    Args:
        statistics: For each of the orders 1 to 6, the character n-grams of the replies, of their best references, and common
            ones, each summed over a corpus; shape [..., 18]. The result has the shape [...].
    """
    by_order = statistics.reshape(*statistics.shape[:-1], 6, 3)
    replies, references, common = by_order[..., 0], by_order[..., 1], by_order[..., 2]
    counted = (replies > 0) & (references > 0)
    orders = np.maximum(counted.sum(axis=-1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(counted, common / replies, 0).sum(axis=-1) / orders
        recall = np.where(counted, common / references, 0).sum(axis=-1) / orders
        scores = _BEST_SCORE * (1 + _CHRF_WEIGHT) * precision * recall / (_CHRF_WEIGHT * precision + recall)
    return np.where(precision + recall > 0, scores, 0.0)


FORMULAS: Final[dict[str, tuple[int, Callable[[FloatArray], FloatArray]]]] = {
    "bleu": (10, bleu_scores),
    "chrf": (18, chrf_scores),
}
"""By `Measure.statistics`: how many there are, and what they give."""


def resampled_sums(statistics: FloatArray, resamples: int = RESAMPLES) -> FloatArray:
    """Statistics added up over resamples in which whole dialogues are drawn with replacement.

    Args:
        statistics: Added up by dialogue, of several candidates; shape [candidates, dialogues, statistics].
        resamples: How many.

    Returns:
        Shape [resamples, candidates, statistics]; all candidates in the same draws.
    """
    candidates, dialogues, size = statistics.shape
    flat = np.ascontiguousarray(statistics.transpose(1, 0, 2).reshape(dialogues, candidates * size), np.float64)
    blocks = [weights @ flat for weights in resampling_weights(dialogues, resamples)]
    return np.concatenate(blocks).reshape(resamples, candidates, size)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The statistics of one measure, added up over seeds."""

    measure: Measure
    by_case: npt.NDArray[np.float32]
    """Shape [candidates, cases, statistics]."""
    measured: npt.NDArray[np.bool_]
    """Which cases have any; shape [candidates, cases]."""

    @property
    def formula(self) -> Callable[[FloatArray], FloatArray]:
        assert self.measure.statistics is not None
        return FORMULAS[self.measure.statistics][1]


def _resample(
    counted: _Counted, candidates: Sequence[str], dialogues: Codes, baseline: str, found: CorpusFigures
) -> None:
    """Put the intervals and differences of one measure into `found`."""
    formula, measured, name = counted.formula, counted.measured, counted.measure.name
    count, base = int(dialogues.max()) + 1, candidates.index(baseline)
    resamples = resamples_of(count)
    replicates = formula(resampled_sums(_by_dialogue(counted.by_case, dialogues), resamples))
    for c, candidate in enumerate(candidates):
        if measured[c].any():
            found.intervals[name, candidate] = percentile_interval(replicates[:, c], count)
        common = measured[c] & measured[base]
        if c != base and common.any():
            both = _by_dialogue(counted.by_case[[c, base]] * common[:, np.newaxis], dialogues)
            apart = float(formula(both.sum(axis=1)) @ [1, -1])
            # The same draws serve again where nothing is left out, which is nearly always.
            is_whole = (common == measured[c]).all() and (common == measured[base]).all()
            drawn = replicates[:, [c, base]] if is_whole else formula(resampled_sums(both, resamples))
            found.differences[name, candidate] = _difference(counted.measure, apart, drawn @ [1, -1], count)


def _difference(measure: Measure, apart: float, replicates: FloatArray, dialogues: int) -> CorpusDifference:
    interval = percentile_interval(replicates, dialogues)
    return CorpusDifference(
        difference=apart,
        interval=interval,
        p_value=bootstrap_p_values(np.array([apart]), replicates[:, np.newaxis])[0],
        relation=relation_of(interval, measure.direction),
    )


def _by_dialogue(by_case: npt.NDArray[np.float32], dialogues: Codes) -> FloatArray:
    """Statistics added up; from the shape [candidates, cases, statistics] to [candidates, dialogues, statistics]."""
    sums = np.zeros((len(by_case), int(dialogues.max()) + 1, by_case.shape[2]))
    for own, values in zip(sums, by_case, strict=True):
        np.add.at(own, dialogues, values)
    return sums


def _counted(measures: Sequence[Measure], tables: RunTables) -> list[_Counted]:
    """The statistics of all these measures, read once."""
    path, shape = tables.folder / RESULTS_FILE, (len(tables.candidates), len(tables.cases))
    case_ids, names = tables.cases["case_id"].to_pylist(), [measure.name for measure in measures]
    found = [
        _Counted(m, np.zeros((*shape, FORMULAS[m.statistics or ""][0]), np.float32), np.zeros(shape, np.bool_))
        for m in measures
    ]
    for batch in iterate_columns(path, RESULTS, _READ):
        measure = codes_of(pa.chunked_array([batch.column("measure")]), names)
        measure[~batch.column("statistics").is_valid().to_numpy(zero_copy_only=False)] = -1
        for number in np.unique(measure[measure >= 0]):
            rows, counted = batch.filter(pa.array(measure == number)), found[number]
            case = codes_of(pa.chunked_array([rows.column("case_id")]), case_ids)
            candidate = codes_of(pa.chunked_array([rows.column("candidate")]), tables.candidates)
            np.add.at(counted.by_case, (candidate, case), _rows_of(rows.column("statistics"), counted, path))
            counted.measured[candidate, case] = True
    return found


def _rows_of(lists: pa.Array, counted: _Counted, path: Path) -> npt.NDArray[np.float32]:
    """Lists as the rows of an array."""
    size = counted.by_case.shape[2]
    if not pc.all(pc.equal(pc.list_value_length(lists), size)).as_py():
        raise ReportError(
            f"has statistics of '{counted.measure.name}' that are not {size} numbers; "
            "rebuild it from the run's records with `rejoinder report`",
            file=path,
        )
    rows: npt.NDArray[np.float32] = pc.list_flatten(lists).to_numpy(zero_copy_only=False).reshape(len(lists), size)
    return rows
