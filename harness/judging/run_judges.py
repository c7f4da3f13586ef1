"""The judges of a run, as its spec names them: those of single replies, those of pairs, and juries of them.

Rubrics are read here and nothing is loaded; the judges are made when their engine has been started.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from harness.engines.engine import Candidate, Engine, ModelIdentity
from harness.engines.selection import LOCAL_KINDS
from harness.judging.judge_models import JUDGE, EngineJudgeModel
from harness.judging.juries import check_juries, juries_of
from harness.judging.pairing import Comparing
from harness.spec import JudgeSpec, SpecFile, located, resolved_path
from judges.judge import Judge, Verdictor
from judges.jury import Jury
from judges.loading import (
    builtin_rubric_names,
    installed_judge,
    load_rubric,
    plugin_judge_names,
    with_readout,
    with_reasons,
)
from judges.pairs import PairJudge, PairVerdictor
from judges.readouts.readout_check import check_readout
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class ChosenJudge:
    """An entry under `judges`."""

    index: int
    spec: JudgeSpec
    rubric: Rubric | None
    """None for a judge that is written in Python."""

    @property
    def name(self) -> str:
        """Names it in juries; for rubrics, the measure."""
        return self.rubric.name if self.rubric else self.spec.rubric

    @property
    def served_as(self) -> str:
        """The name that the engine serves its model under."""
        return f"{JUDGE}.{self.name}" if self.spec.adapter or self.spec.model else JUDGE


@dataclass(frozen=True, slots=True)
class JudgesAtWork:
    """The judges on an engine that was started."""

    singles: Sequence[Verdictor] = ()
    comparing: Sequence[Comparing] = ()
    juries: Sequence[Jury] = ()


@dataclass(frozen=True, slots=True)
class Judging:
    """The judges of a spec; each was found."""

    judges: Sequence[ChosenJudge]
    spec_file: SpecFile
    language: str

    def digests(self) -> list[str]:
        """Hashes of the content of all that the judges' entries name: rubrics, and the weights of juries."""
        rubrics = [judge.rubric.digest() if judge.rubric else judge.name for judge in self.judges]
        files = [jury.weights for jury in self.spec_file.spec.juries.values() if jury.weights]
        paths = [resolved_path(self.spec_file, file) for file in files]
        return rubrics + [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if path.is_file()]

    def jurors(self) -> dict[str, Candidate]:
        """Models of judges' own, by the name that the judges' engine serves them under."""
        return {
            judge.served_as: Candidate(
                adapter=resolved_path(self.spec_file, judge.spec.adapter) if judge.spec.adapter else None,
                model=judge.spec.model,
            )
            for judge in self.judges
            if judge.served_as != JUDGE
        }

    def check_models(self, engine_kind: str) -> None:
        """See that the kind of engine that judges can serve what single judges ask for.

        Raises:
            InputError: It cannot.
        """
        for judge in self.judges:
            check_model(self.spec_file, judge.index, engine_kind)

    def identities(self, engine: Engine) -> list[ModelIdentity]:
        """Who answers for the rubrics, each model once, on an engine that was started."""
        names = dict.fromkeys(judge.served_as for judge in self.judges if judge.rubric)
        return [engine.identity(name) for name in names]

    async def check(self, engine: Engine) -> None:
        """See that the judges' models can be asked in the readout of each rubric, before anything is judged.

        Raises:
            InputError: One cannot; the error names the readouts that work.
        """
        for judge in self.judges:
            if judge.rubric:
                await check_readout(judge.rubric, EngineJudgeModel(engine, judge.served_as), [self.language])

    def at_work(self, engine: Engine) -> JudgesAtWork:
        """The judges, on an engine that was started.

        Raises:
            InputError: A judge written in Python cannot be made, or a jury does not fit its members.
        """
        singles = self.singles(engine)
        comparing = [
            Comparing(self._pair_judge(judge, engine), judge.spec.pairs) for judge in self.judges if judge.spec.pairs
        ]
        return JudgesAtWork(list(singles.values()), comparing, juries_of(self.spec_file, singles, self.rubrics))

    def singles(self, engine: Engine) -> dict[str, Verdictor]:
        """The judges of single replies by name, on an engine that was started.

        Raises:
            InputError: A judge written in Python cannot be made.
        """
        return {judge.name: self._single_judge(judge, engine) for judge in self.judges if not judge.spec.pairs}

    @property
    def rubrics(self) -> dict[str, Rubric]:
        """The rubrics of the judges that have one, by name."""
        return {judge.name: judge.rubric for judge in self.judges if judge.rubric}

    def _single_judge(self, judge: ChosenJudge, engine: Engine) -> Verdictor:
        model = EngineJudgeModel(engine, judge.served_as)
        made = Judge(judge.rubric, model) if judge.rubric else installed_judge(judge.name, model)
        if not isinstance(made, Verdictor):
            raise _of_the_other_sort(self.spec_file, judge.index, compares=True)
        return made

    def _pair_judge(self, judge: ChosenJudge, engine: Engine) -> PairVerdictor:
        model = EngineJudgeModel(engine, judge.served_as)
        made = PairJudge(judge.rubric, model) if judge.rubric else installed_judge(judge.name, model)
        if not isinstance(made, PairVerdictor):
            raise _of_the_other_sort(self.spec_file, judge.index, compares=False)
        return made


def judging_of(spec_file: SpecFile, language: str) -> Judging:
    """Find the judges that a spec names.

    Raises:
        InputError: One is not there, does not fit what is asked of it, or a name stands twice.
    """
    chosen: list[ChosenJudge] = []
    for index, spec in enumerate(spec_file.spec.judges):
        judge = _chosen(spec_file, index, spec, language)
        if judge.name in (other.name for other in chosen):
            raise spec_file.error(
                f"'{judge.name}' is named twice; give one of the two a `name` of its own", "judges", index, "rubric"
            )
        chosen.append(judge)
    check_juries(spec_file, [judge.name for judge in chosen if not judge.spec.pairs], [judge.name for judge in chosen])
    return Judging(chosen, spec_file, language)


def _chosen(spec_file: SpecFile, index: int, spec: JudgeSpec, language: str) -> ChosenJudge:
    if spec.pairs and len(spec_file.spec.candidates) < 2:
        raise spec_file.error(
            "there is one candidate only, so there is nothing to compare; add a candidate", "judges", index, "pairs"
        )
    if is_written_in_python(spec):
        if spec.name:
            raise spec_file.error(
                "a judge that is written in Python names its measure itself; leave it out", "judges", index, "name"
            )
        if spec.readout:
            raise spec_file.error(
                "a judge that is written in Python reads as it likes; leave it out", "judges", index, "readout"
            )
        if spec.reasons:
            raise spec_file.error(
                "a judge that is written in Python gives its reasons itself; leave it out", "judges", index, "reasons"
            )
        return ChosenJudge(index, spec, None)
    rubric = rubric_of(spec_file, index, language)
    if rubric.compares_pairs != bool(spec.pairs):
        raise _of_the_other_sort(spec_file, index, compares=rubric.compares_pairs)
    return ChosenJudge(index, spec, rubric)


def is_written_in_python(spec: JudgeSpec) -> bool:
    """Whether an entry under `judges` names a judge that has no rubric."""
    return spec.rubric in plugin_judge_names() and spec.rubric not in builtin_rubric_names()


def rubric_of(spec_file: SpecFile, index: int, language: str | None = None) -> Rubric:
    """The rubric of an entry under `judges`, with the name and the settings that the entry gives it.

    Args:
        spec_file: The spec.
        index: The entry's place.
        language: A language that the rubric must have texts in.

    Raises:
        InputError: There is no such rubric, it is wrong, or does not go with the settings.
    """
    spec = spec_file.spec.judges[index]
    rubric = located(
        spec_file,
        lambda: load_rubric(spec.rubric, relative_to=spec_file.folder, language=language),
        *("judges", index, "rubric"),
    )
    try:
        if spec.readout is not None:
            rubric = with_readout(rubric, spec.readout)
        if spec.reasons is not None:
            rubric = with_reasons(rubric, spec.reasons)
    except InputError as error:
        raise spec_file.error(error.problem, "judges", index, *error.field_path) from error
    if spec.name:
        title = f"{rubric.title or rubric.name} ({spec.name})"
        rubric = rubric.model_copy(update={"name": spec.name, "title": title})
    return rubric


def check_model(spec_file: SpecFile, index: int, engine_kind: str) -> None:
    """See that a kind of engine can serve the model that an entry under `judges` asks for.

    Raises:
        InputError: It cannot.
    """
    if spec_file.spec.judges[index].model and engine_kind in LOCAL_KINDS:
        problem = (
            "another model beside the judges' own needs an endpoint (`judge_engine: {kind: openai}`); leave it out"
        )
        raise spec_file.error(problem, "judges", index, "model")


def _of_the_other_sort(spec_file: SpecFile, index: int, *, compares: bool) -> InputError:
    if compares:
        problem = "compares two replies; add `pairs: baseline` (or `all`), or name a rubric that judges a single reply"
        return spec_file.error(problem, "judges", index, "rubric")
    problem = "is for rubrics that compare two replies (`scale: {kind: pair}`), and this one judges a single reply; leave it out"
    return spec_file.error(problem, "judges", index, "pairs")
