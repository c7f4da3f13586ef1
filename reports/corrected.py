"""Judged means of a run, raw and corrected by what people gave to some of its replies (`human_labels.json`).

The formulas are `reports.statistics.correction`; what the reports print of them is `reports.pages.corrected_text`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.compute as pc
from pydantic import TypeAdapter, ValidationError

from reports.errors import ReportError
from reports.records import MeasureOfRun, Record
from reports.statistics.clusters import Interval, sum_by_dialogue
from reports.statistics.correction import (
    Corrected,
    IntArray,
    LabelledScores,
    Uncorrectable,
    adjusted_count,
    prediction_powered_mean,
)
from reports.statistics.intervals import intervals_of_means
from reports.tables import RunTables

HUMAN_LABELS_FILE = "human_labels.json"

Method = Literal["prediction_powered", "adjusted_counting"]


class HumanLabel(Record):
    """What people gave to one reply of the run. `human_labels.json` is a list of these."""

    case_id: str
    candidate: str
    seed: int
    measure: str
    value: float
    """Mean over the raters, on the measure's scale."""


class CorrectedMean(Record):
    """One judged mean, raw and corrected by one method."""

    measure: str
    candidate: str
    method: Method
    raw: float
    """The judge's mean over all replies it has judged; for adjusted counting the share of replies that it passes."""
    raw_interval: Interval | None
    mean: float | None
    """None where it cannot be corrected."""
    interval: Interval | None
    labelled: int
    """Replies that both people and the judge have judged."""
    replies: int
    """Replies that the judge has judged."""
    dialogues: int
    """With a labelled reply."""
    reason: Uncorrectable | None = None
    """Why there is no corrected mean."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """The replies of one candidate that the judge has judged."""

    measure: MeasureOfRun
    candidate: str
    scores: LabelledScores
    passed: LabelledScores | None
    """The same as 1 and 0, where the judge says pass or fail."""


def read_human_labels(run_folder: Path) -> tuple[HumanLabel, ...]:
    """People's labels on a run; none where nobody labelled it.

    Raises:
        ReportError: The file is torn, or not what this version of Rejoinder writes.
    """
    file = run_folder / HUMAN_LABELS_FILE
    try:
        return TypeAdapter(tuple[HumanLabel, ...]).validate_json(file.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError):
        problem = "cannot be read; write it anew with `rejoinder judge correct`"
        raise ReportError(problem, file=file) from None


def corrected_means(tables: RunTables) -> tuple[CorrectedMean, ...]:
    """Every judged mean of a candidate that people have labelled replies of, by each method that fits the measure.

    Raises:
        ReportError: The labels cannot be read.
    """
    labels = tuple(
        label.model_copy(update={"candidate": origin.names[label.candidate]})
        for origin in tables.origins
        for label in read_human_labels(origin.folder)
        if label.candidate in origin.names
    )
    named = dict.fromkeys((label.measure, label.candidate) for label in labels)
    measures = {measure.name: measure for measure in tables.measures}
    found: list[CorrectedMean] = []
    for measure, candidate in named:
        if measure in measures and candidate in tables.candidates:
            judged = _judged(tables, measures[measure], candidate, labels)
            found += _corrections(judged)
    return tuple(found)


def corrected_as_json(corrected: tuple[CorrectedMean, ...]) -> str:
    """As a JSON list."""
    return TypeAdapter(tuple[CorrectedMean, ...]).dump_json(corrected, indent=1).decode()


def _judged(tables: RunTables, measure: MeasureOfRun, candidate: str, labels: tuple[HumanLabel, ...]) -> _Judged:
    results = tables.results
    chosen = pc.and_(pc.equal(results["measure"], measure.name), pc.equal(results["candidate"], candidate))
    rows = results.filter(pc.and_(chosen, pc.equal(results["status"], "ok"))).to_pylist()
    given = {(x.case_id, x.seed): x.value for x in labels if (x.measure, x.candidate) == (measure.name, candidate)}
    ids = tables.cases["case_id"].to_pylist()
    dialogue_of = dict(zip(ids, tables.cases["dialogue_id"].to_pylist(), strict=True))
    numbers: dict[str, int] = {}
    dialogues = np.array(
        [numbers.setdefault(dialogue_of[row["case_id"]], len(numbers)) for row in rows], dtype=np.int64
    )
    people = np.array([given.get((row["case_id"], row["seed"]), np.nan) for row in rows], dtype=np.float64)
    judge = np.array([row["value"] for row in rows], dtype=np.float64)
    scores = LabelledScores(judge, people, dialogues)
    passed = None
    if rows and {row["label"] for row in rows} <= {"pass", "fail"}:
        share = np.where(people > 0.5, 1.0, np.where(people < 0.5, 0.0, np.nan))
        passed = LabelledScores(np.array([float(row["label"] == "pass") for row in rows]), share, dialogues)
    return _Judged(measure, candidate, scores, passed)


def _corrections(judged: _Judged) -> Iterator[CorrectedMean]:
    if not len(judged.scores.judge):
        return
    bounds = judged.measure.scale
    yield _as_record(judged, judged.scores, "prediction_powered", prediction_powered_mean(judged.scores, bounds))
    if judged.passed is not None:
        yield _as_record(judged, judged.passed, "adjusted_counting", adjusted_count(judged.passed))


def _as_record(
    judged: _Judged, scores: LabelledScores, method: Method, found: Corrected | Uncorrectable
) -> CorrectedMean:
    corrected = found if isinstance(found, Corrected) else None
    return CorrectedMean(
        measure=judged.measure.name,
        candidate=judged.candidate,
        method=method,
        raw=float(scores.judge.mean()),
        raw_interval=_raw_interval(judged, scores),
        mean=corrected.mean if corrected else None,
        interval=corrected.interval if corrected else None,
        labelled=int(scores.labelled.sum()),
        replies=len(scores.judge),
        dialogues=_count(scores.dialogues[scores.labelled]),
        reason=None if isinstance(found, Corrected) else found,
    )


def _raw_interval(judged: _Judged, scores: LabelledScores) -> Interval | None:
    groups = sum_by_dialogue(scores.judge[np.newaxis, :], scores.dialogues.astype(np.int32))
    return intervals_of_means(groups, [judged.measure.scale])[0]


def _count(dialogues: IntArray) -> int:
    return len(np.unique(dialogues))
