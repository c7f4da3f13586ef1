"""The juries of a run: checking what the spec says of them, making them of its judges, and their measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.metrics.metric import Measure
from harness.spec import JurySpec, SpecFile, resolved_path
from judges.judge import Verdictor
from judges.jury import DISAGREEMENT, FittedWeights, Juror, Jury
from judges.jury_weights import read_jury_weights
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import ChecklistScale, LabelScale
from reports.pages.wording import ENGLISH
from suites.userfile import unknown_name


def check_juries(spec_file: SpecFile, singles: Sequence[str], judges: Sequence[str]) -> None:
    """See that the spec's juries can be made.

    Args:
        spec_file: The spec.
        singles: Names of the judges that judge single replies.
        judges: Names of all judges.

    Raises:
        InputError: One cannot.
    """
    for name, jury in spec_file.spec.juries.items():
        if name in judges:
            raise spec_file.error("is the name of a judge already; choose another for the jury", "juries", name)
        _check_members(spec_file, name, jury, singles, judges)
        _check_combination(spec_file, name, jury)


def _check_members(
    spec_file: SpecFile, name: str, jury: JurySpec, singles: Sequence[str], judges: Sequence[str]
) -> None:
    if len(jury.members) < 2:
        raise spec_file.error("needs two members or more, named as under `judges`", "juries", name, "members")
    for index, member in enumerate(jury.members):
        field = ("juries", name, "members", index)
        if member in jury.members[:index]:
            raise spec_file.error(f"'{member}' is listed twice", *field)
        if member in judges and member not in singles:
            raise spec_file.error(f"'{member}' compares two replies; a jury's members judge single ones", *field)
        if member not in singles:
            raise spec_file.error(unknown_name(member, singles, "judge of single replies under `judges`"), *field)


def _check_combination(spec_file: SpecFile, name: str, jury: JurySpec) -> None:
    if jury.quorum is not None and jury.quorum > len(jury.members):
        raise spec_file.error(f"is more than the {len(jury.members)} members", "juries", name, "quorum")
    if jury.combine != "fitted":
        if jury.weights:
            raise spec_file.error("is for `combine: fitted`; leave it out", "juries", name, "weights")
        return
    if jury.weights is None:
        raise spec_file.error(
            "needs `weights: FILE`, which `rejoinder judge fit-jury` writes", "juries", name, "combine"
        )
    if jury.quorum not in (None, len(jury.members)):
        raise spec_file.error(
            "fitted weights need every member's verdict; leave the quorum out", "juries", name, "quorum"
        )


def check_weights(spec_file: SpecFile) -> None:
    """See that the weights of fitted juries can be read.

    Raises:
        InputError: A file is missing or is no such file.
    """
    for jury in spec_file.spec.juries.values():
        if jury.weights is not None:
            read_jury_weights(resolved_path(spec_file, jury.weights))


def juries_of(spec_file: SpecFile, singles: Mapping[str, Verdictor], rubrics: Mapping[str, Rubric]) -> list[Jury]:
    """The spec's juries, of judges that were made.

    Raises:
        InputError: A member's scale does not go with the combination, or the weights are other judges'.
    """
    return [jury_of(spec_file, name, singles, rubrics) for name in spec_file.spec.juries]


def jury_of(
    spec_file: SpecFile,
    name: str,
    singles: Mapping[str, Verdictor],
    rubrics: Mapping[str, Rubric],
    *,
    fitted: bool = True,
) -> Jury:
    """One jury of the spec.

    Args:
        spec_file: The spec.
        name: The jury.
        singles: The judges by name.
        rubrics: The rubrics of those that have one.
        fitted: Whether to read the weights; False where they are to be fitted.

    Raises:
        InputError: A member's scale does not go with the combination, or the weights are other judges'.
    """
    spec = spec_file.spec.juries[name]
    members = [_juror(spec_file, name, index, singles[m], rubrics.get(m)) for index, m in enumerate(spec.members)]
    if spec.combine == "majority" and any(member.label_scores != members[0].label_scores for member in members):
        raise spec_file.error(
            "needs members that share their labels and what these score; take `mean` or `median`",
            *("juries", name, "combine"),
        )
    weights = _weights(spec_file, name, spec, members) if fitted and spec.combine == "fitted" else None
    return Jury(
        name=name,
        title=spec.title or name,
        description=spec.description or f"{spec.combine.capitalize()} of {', '.join(spec.members)}.",
        members=tuple(members),
        combine=spec.combine,
        quorum=spec.quorum or len(members),
        fitted=weights,
    )


def _juror(spec_file: SpecFile, name: str, index: int, judge: Verdictor, rubric: Rubric | None) -> Juror:
    field = ("juries", name, "members", index)
    if judge.bounds is None or judge.bounds[0] >= judge.bounds[1]:
        raise spec_file.error("has a scale without bounds, which a jury cannot put beside others", *field)
    scores = _label_scores(rubric)
    if spec_file.spec.juries[name].combine == "majority" and not scores:
        raise spec_file.error(
            "has no labels with a score each, so there is nothing to count; take `mean` or `median`", *field
        )
    return Juror(measure=judge.measure, signature=judge.signature, bounds=judge.bounds, label_scores=scores)


def _label_scores(rubric: Rubric | None) -> dict[str, float]:
    """What each label scores; empty where that depends on the case, or on items."""
    if rubric is None or isinstance(rubric.scale, ChecklistScale):
        return {}
    if isinstance(rubric.scale, LabelScale) and rubric.scale.correct:
        return {}
    return {label: rubric.scale.score_of(label) for label in rubric.scale.labels}


def _weights(spec_file: SpecFile, name: str, spec: JurySpec, members: Sequence[Juror]) -> FittedWeights:
    assert spec.weights is not None
    found = read_jury_weights(resolved_path(spec_file, spec.weights))
    signatures = {member.measure: member.signature for member in members}
    for measure, signature in signatures.items():
        if found.signatures.get(measure) != signature:
            was = found.signatures.get(measure, "without it")
            raise spec_file.error(
                f"was fitted with another '{measure}' ({was}, now {signature}); fit it again with `rejoinder judge fit-jury`",
                *("juries", name, "weights"),
            )
    if set(found.signatures) != set(signatures):
        raise spec_file.error(
            "was fitted with more members; fit it again with `rejoinder judge fit-jury`", "juries", name, "weights"
        )
    return found.fitted


def jury_measures(jury: Jury) -> tuple[Measure, Measure]:
    """A jury's verdicts and its disagreement as measures, for manifests and reports."""
    return (
        Measure(
            name=jury.name,
            title=jury.title,
            description=jury.description,
            kind="judge",
            scale=jury.bounds,
            higher_is_better=True,
            signature=jury.signature,
            judged_by="jury",
        ),
        Measure(
            name=f"{jury.name}{DISAGREEMENT}",
            title=ENGLISH.jury_disagreement.format(jury=jury.title),
            description="How far the jury's members are apart: the mean distance of two of them, 0 where all agree.",
            kind="judge",
            scale=(0.0, 1.0),
            higher_is_better=False,
            signature=jury.signature,
            judged_by="jury",
        ),
    )
