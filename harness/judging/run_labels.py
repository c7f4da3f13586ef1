"""People's labels on a run: reading the file, holding it against the run, and correcting the judged means by it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Annotated

import pyarrow.parquet as pq
from pydantic import Field, StrictFloat, StrictStr

from harness.evaluation import rebuild_reports
from harness.metrics.metric import Measure
from harness.run_folder import Manifest, RunFolder, write_atomically, writing
from harness.tabulation import CASES_FILE
from judges.rubrics.scale import FAIL, PASS
from reports.corrected import HUMAN_LABELS_FILE, CorrectedMean, HumanLabel, corrected_means
from reports.tables import read_tables
from suites.dialogue import NonBlank, UserWritten
from suites.userfile import InputError, iterate_jsonl, parse_line, unknown_name

_NAMED = {PASS: 1.0, FAIL: 0.0}


class RunLabelLine(UserWritten):
    """One line of a file of labels on a run: what people made of one of its replies."""

    case_id: NonBlank
    """As the report shows it."""
    candidate: NonBlank
    """Whose reply was labelled."""
    measure: NonBlank | None = None
    """The judged measure that the labels are for; not needed where the run has one only."""
    labels: Annotated[tuple[StrictStr | StrictFloat, ...], Field(min_length=1)]
    """What each rater gave, in any order: `pass` or `fail`, or a score on the measure's scale."""
    seed: int | None = None
    """Which of the candidate's replies to the case; not needed where the run has one seed only."""
    note: str = ""
    """For people who read the file."""


def correct_run(run: Path, labels: Path) -> tuple[CorrectedMean, ...]:
    """Keep people's labels in the run's folder, write its reports anew, and give the corrected means.

    Raises:
        InputError: It is no run folder, a line of the labels is wrong, or the folder cannot be written.
        ReportError: The run's tables are missing or torn.
    """
    folder = RunFolder(run)
    found = list(_read_run_labels(labels, folder))
    if not found:
        raise InputError("holds no label; write one JSON object a line", file=labels)
    with folder.locked(), writing(run):
        listing = [label.model_dump(mode="json") for label in found]
        write_atomically(run / HUMAN_LABELS_FILE, json.dumps(listing, ensure_ascii=False, indent=1))
    rebuild_reports(run)
    return corrected_means(read_tables(run))


def _read_run_labels(file: Path, folder: RunFolder) -> Iterator[HumanLabel]:
    manifest = folder.read_manifest()
    judged = {measure.name: measure for measure in manifest.measures if measure.kind == "judge"}
    if not judged:
        raise InputError("has no judged measure to correct; add `judges` to its spec", file=folder.path)
    cases = set(pq.read_table(folder.path / CASES_FILE, columns=["case_id"])["case_id"].to_pylist())
    line_of: dict[tuple[str, str, int, str], int] = {}
    for number, data in iterate_jsonl(file):
        line = parse_line(RunLabelLine, data, file, number)
        try:
            label = _checked(line, manifest, judged, cases)
        except InputError as error:
            raise InputError(error.problem, file=file, line=number, field=error.field_path) from None
        place = (label.case_id, label.candidate, label.seed, label.measure)
        if line_of.setdefault(place, number) != number:
            problem = f"line {line_of[place]} labels this reply already; give all raters' labels in one line"
            raise InputError(problem, file=file, line=number, field="case_id")
        yield label


def _checked(line: RunLabelLine, manifest: Manifest, judged: Mapping[str, Measure], cases: set[str]) -> HumanLabel:
    """A line as a label of the run; complaints name the field alone."""
    if line.case_id not in cases:
        raise InputError(unknown_name(line.case_id, sorted(cases), "case of this run"), field="case_id")
    if line.candidate not in manifest.candidates:
        known = list(manifest.candidates)
        raise InputError(unknown_name(line.candidate, known, "candidate of this run"), field="candidate")
    if line.measure is None and len(judged) > 1:
        raise InputError(f"is missing; the run judges {', '.join(judged)}: say which one is labelled", field="measure")
    name = line.measure or next(iter(judged))
    if name not in judged:
        raise InputError(unknown_name(name, list(judged), "judged measure of this run"), field="measure")
    if line.seed is None and len(manifest.seeds) > 1:
        raise InputError(f"is missing; the run has the seeds {', '.join(map(str, manifest.seeds))}", field="seed")
    seed = manifest.seeds[0] if line.seed is None else line.seed
    if seed not in manifest.seeds:
        known_seeds = ", ".join(map(str, manifest.seeds))
        raise InputError(f"the run has no seed {seed}, only {known_seeds}", field="seed")
    values = [_value(label, judged[name], index) for index, label in enumerate(line.labels)]
    return HumanLabel(case_id=line.case_id, candidate=line.candidate, seed=seed, measure=name, value=fmean(values))


def _value(label: str | float, measure: Measure, index: int) -> float:
    """A rater's label on the measure's scale."""
    low, high = measure.scale or (float("-inf"), float("inf"))
    is_pass_or_fail = (low, high) == (0, 1)
    value = _NAMED.get(label) if isinstance(label, str) else label
    if value is None or (isinstance(label, str) and not is_pass_or_fail) or not low <= value <= high:
        named = "pass, fail, or " if is_pass_or_fail else ""
        problem = f"'{label}' is not on the scale of {measure.name}: {named}a number from {low:g} to {high:g}"
        raise InputError(problem, field=("labels", index))
    return float(value)
