"""Fitting a jury of a spec to people's labels: what `rejoinder judge fit-jury` does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.engines.engine import Engine, EngineError
from harness.judging.juries import jury_of
from harness.judging.run_judges import Judging, judging_of
from harness.preparation import judges_engine
from harness.run_folder import write_atomically, writing
from harness.spec import SpecFile, located, read_spec, resolved_path
from judges.judging import verdicts_on
from judges.jury import Jury, Link
from judges.jury_fit import JudgedLabels, cross_validated, fit_weights
from judges.jury_weights import JuryWeights
from judges.people.agreement import require_calibration
from judges.people.label_line import LabelledReply
from judges.people.labels import LabelSet, read_labels
from judges.rubrics.rubric import Rubric
from judges.verdict import Verdict
from suites.loading import load_suite
from suites.userfile import InputError, unknown_name


@dataclass(frozen=True, slots=True)
class JuryFitRequest:
    """Which jury to fit to which labels."""

    spec: Path
    jury: str
    labels: Path
    out: Path | None = None
    """File of the weights; the one that the spec names if not given."""


def fit_jury(request: JuryFitRequest) -> tuple[JuryWeights, Path]:
    """Have every member of a jury judge the labelled replies, fit their weights and write them.

    Raises:
        InputError: The spec, a label or the engine is wrong, the engine failed, or there is too little to fit on.
    """
    spec_file = read_spec(request.spec)
    out = _out(spec_file, request)
    suite = located(spec_file, lambda: load_suite(spec_file.spec.suite, relative_to=spec_file.folder), "suite")
    judging = judging_of(spec_file, suite.header.language)
    rubric = _rubric_of_labels(spec_file, judging, request.jury)
    labels = read_labels(request.labels, rubric, suite.header.language)
    require_calibration()
    engine = judges_engine(spec_file, judging)
    jury, verdicts = asyncio.run(_judged(spec_file, judging, engine, request.jury, labels.replies))
    weights = _weights(jury, verdicts, labels, rubric)
    with writing(out):
        write_atomically(out, weights.model_dump_json(by_alias=True, indent=1) + "\n")
    return weights, out


def _out(spec_file: SpecFile, request: JuryFitRequest) -> Path:
    juries = spec_file.spec.juries
    if request.jury not in juries:
        raise spec_file.error(unknown_name(request.jury, list(juries), "jury"), "juries")
    jury = juries[request.jury]
    if jury.combine != "fitted":
        raise spec_file.error(
            "is what there is nothing to fit for; write `fitted` to fit this jury", "juries", request.jury, "combine"
        )
    if request.out is not None:
        return request.out
    if jury.weights is None:
        raise spec_file.error(
            "needs `weights: FILE`, where the weights are to be written", "juries", request.jury, "combine"
        )
    return resolved_path(spec_file, jury.weights)


def _rubric_of_labels(spec_file: SpecFile, judging: Judging, name: str) -> Rubric:
    """The rubric whose scale people's labels are on: the first member's."""
    first = spec_file.spec.juries[name].members[0]
    rubric = next(judge.rubric for judge in judging.judges if judge.name == first)
    if rubric is None:
        raise spec_file.error(
            "has no rubric whose scale people's labels could be on; let a member with a rubric come first",
            *("juries", name, "members", 0),
        )
    return rubric


async def _judged(
    spec_file: SpecFile, judging: Judging, engine: Engine, name: str, replies: Sequence[LabelledReply]
) -> tuple[Jury, Mapping[str, Sequence[Verdict]]]:
    """The jury, and what each member says of every labelled reply."""
    try:
        await engine.start()
        await judging.check(engine)
        singles = judging.singles(engine)
        jury = jury_of(spec_file, name, singles, judging.rubrics, fitted=False)
        asked = [(each.case, each.replies[0]) for each in replies]
        members = spec_file.spec.juries[name].members
        return jury, {singles[m].measure: await verdicts_on(asked, singles[m]) for m in members}
    except EngineError as error:
        raise InputError(str(error)) from error
    finally:
        await engine.close()


def _weights(jury: Jury, verdicts: Mapping[str, Sequence[Verdict]], labels: LabelSet, rubric: Rubric) -> JuryWeights:
    low, high = rubric.scale.bounds
    rows, people, contexts = [], [], []
    for number, labelled in enumerate(labels.replies):
        given = {name: of_member[number] for name, of_member in verdicts.items()}
        if units := jury.units(given):
            rows.append(units)
            people.append((labelled.mean_score - low) / (high - low))
            contexts.append(labelled.case.dialogue_id)
    if not rows:
        raise InputError("holds no reply on which every member has a verdict", file=labels.file)
    judged = JudgedLabels(
        tuple(verdicts), np.array(rows), np.array(people), np.unique(contexts, return_inverse=True)[1].astype(np.int64)
    )
    link: Link = "logistic" if rubric.scale.kind == "binary" else "linear"
    try:
        fitted, penalty = fit_weights(judged, link)
        figures = cross_validated(judged, link)
    except InputError as error:
        raise InputError(error.problem, file=labels.file) from error
    return JuryWeights(
        jury=jury.name,
        fitted=fitted,
        signatures={member.measure: member.signature for member in jury.members},
        labels=labels.file.name,
        labels_hash=labels.sha256,
        replies=len(rows),
        left_out=len(labels.replies) - len(rows),
        contexts=len(set(contexts)),
        penalty=penalty,
        cross_validated=dict(figures),
    )
