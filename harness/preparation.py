"""From a spec file to everything a run needs: suite, candidates, engine, metrics and judges, all checked.

Nothing is loaded onto a device and nothing is generated here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from harness.engines.engine import Candidate, Engine
from harness.engines.selection import LOCAL_KINDS, make_engine, resolved_kind
from harness.judging.judge_models import is_judge
from harness.judging.juries import check_weights
from harness.judging.run_judges import Judging, check_model, judging_of
from harness.metrics.metric import Measure, Metric
from harness.metrics.selection import make_metrics
from harness.persona.preparing import with_persona_section
from harness.pipeline import MetricChoice
from harness.records import digest
from harness.replay import ReplayPlan
from harness.spec import SAME_ENGINE, EngineSpec, JudgeEngineSpec, Spec, SpecFile, at_spec, located, resolved_path
from harness.stages import EngineChoice, JudgeChoice, Stage, about_judge_engine, check_judging, plan_stages
from suites.cases import Case, cases_of, sample_of_dialogues, shuffled_cases_of
from suites.dialogue import Persona
from suites.loading import Suite, load_suite
from suites.personas import known_personas
from suites.userfile import InputError, unknown_name


@dataclass(frozen=True, slots=True)
class SuiteSelection:
    """A suite and the part of its held-out half that is replayed."""

    suite: Suite
    only: Collection[str] | None
    """Ids of the dialogues; all of them if None."""
    dialogues: int
    dialogues_in_suite: int
    case_count: int
    suite_hash: str
    """`Suite.content_hash`, taken once: it reads the whole held-out half."""
    personas: Mapping[str, Persona]
    """By the name that candidates call them."""
    shuffled_by: int | None = None
    """The seed of the random order in which the dialogues are replayed; None for the suite's order."""

    def cases(self) -> Iterator[Case]:
        """The cases, in the order in which they are replayed."""
        if self.shuffled_by is not None:
            return shuffled_cases_of(self.suite, self.shuffled_by, self.only)
        return cases_of(self.suite, only=self.only)


@dataclass(frozen=True, slots=True)
class Preparation:
    """All that a run needs, checked."""

    spec_file: SpecFile
    selection: SuiteSelection
    plan: ReplayPlan
    engine_kind: str
    stages: Sequence[Stage]
    metrics: MetricChoice
    judging: Judging

    @property
    def language(self) -> str:
        """The suite's language."""
        return self.selection.suite.header.language

    def metric_measures(self) -> list[Measure]:
        """The metrics' measures, as the suite's language has them."""
        return [measure for metric in self.metrics(self.language) for measure in metric.measures]

    def command(self) -> tuple[str, ...]:
        """The command that makes such a run again."""
        command, kind = ["rejoinder", "run", str(self.spec_file.document.path)], self.spec_file.spec.engine.kind
        if kind != self.spec_file.document.parse(Spec).engine.kind:
            command += ["--engine", kind]
        if self.selection.shuffled_by is not None:
            command.append("--until-decided")
        return tuple(command)

    def spec_hash(self) -> str:
        """Hash of the spec and of the content of every file that it names, weights excepted: those are in each record's
        key."""
        spec = self.spec_file.spec
        replies = [candidate.replies for candidate in self.plan.candidates.values() if candidate.replies]
        if isinstance(common := spec.engine.options.get("replies"), str):
            replies.append(resolved_path(self.spec_file, Path(common)))
        return digest(
            spec.model_dump(mode="json"),
            str(self.spec_file.folder.resolve()),
            self.selection.suite_hash,
            self.judging.digests(),
            [hashlib.sha256(path.read_bytes()).hexdigest() for path in replies if path.is_file()],
            self.engine_kind,
        )


def prepare(spec_file: SpecFile, *, until_decided: bool = False) -> Preparation:
    """Check everything that can be checked without loading a model.

    Args:
        spec_file: The spec.
        until_decided: Whether the run is to stop when its gate is decided; its dialogues are then replayed in random order.

    Raises:
        InputError: Something that the spec names is not there or does not fit.
    """
    selection = _select(spec_file)
    if until_decided:
        _check_stopping(spec_file)
        selection = replace(selection, shuffled_by=spec_file.spec.seeds[0])
    if any(rule.slice for rule in spec_file.spec.gate):
        from harness.gate_policy import check_slices  # noqa: PLC0415 - statistics take a second to import

        check_slices(spec_file, selection.cases())
    spec_file = with_persona_section(spec_file, selection.suite, list(selection.personas))
    spec = spec_file.spec
    kind = located(spec_file, lambda: resolved_kind(spec.engine))
    candidates = _resolved_candidates(spec_file, selection.personas, kind)
    judging = judging_of(spec_file, selection.suite.header.language)
    check_weights(spec_file)
    return Preparation(
        spec_file=spec_file,
        selection=selection,
        plan=ReplayPlan(candidates, spec.sampling, spec.seeds, selection.personas),
        engine_kind=kind,
        stages=_stages(spec_file, kind, candidates, judging),
        metrics=_metric_choice(spec_file, selection.suite.header.language),
        judging=judging,
    )


def _check_stopping(spec_file: SpecFile) -> None:
    if not spec_file.spec.gate:
        raise spec_file.error(
            "needs rules that --until-decided can decide; write some, or leave --until-decided out", "gate"
        )
    if spec_file.spec.persona is not None:
        raise spec_file.error("needs all of the suite; leave --until-decided out", "persona")


def _select(spec_file: SpecFile) -> SuiteSelection:
    spec = spec_file.spec
    suite = located(spec_file, lambda: load_suite(spec.suite, relative_to=spec_file.folder), "suite")
    only = sample_of_dialogues(suite, spec.max_dialogues) if spec.max_dialogues else None
    dialogues_in_suite = sum(1 for _ in suite.dialogues())
    replayed: set[str] = set()
    case_count = 0
    for case in cases_of(suite, only=only):
        replayed.add(case.dialogue_id)
        case_count += 1
    return SuiteSelection(
        suite=suite,
        only=only,
        dialogues=len(replayed),
        dialogues_in_suite=dialogues_in_suite,
        case_count=case_count,
        suite_hash=suite.content_hash(),
        personas=known_personas(suite) if _names_persons(spec) else suite.header.personas,
    )


def _names_persons(spec: Spec) -> bool:
    return any(candidate.persona or candidate.imitates for candidate in spec.candidates.values())


def _resolved_candidates(spec_file: SpecFile, personas: Mapping[str, Persona], kind: str) -> Mapping[str, Candidate]:
    """The candidates with absolute paths."""
    resolved = {}
    for name, candidate in spec_file.spec.candidates.items():
        if is_judge(name):
            raise spec_file.error(f"'{name}' is a judge's name; choose another for this candidate", "candidates", name)
        if candidate.persona is not None and candidate.persona not in personas:
            problem = unknown_name(candidate.persona, list(personas), "persona of this suite")
            raise spec_file.error(problem, "candidates", name, "persona")
        found: dict[str, Path | str] = {
            field: resolved_path(spec_file, path)
            for field in ("adapter", "replies")
            if (path := getattr(candidate, field))
        }
        if candidate.model is not None and kind in LOCAL_KINDS:
            found["model"] = _resolved_model(spec_file, candidate.model)
        resolved[name] = candidate.model_copy(update=found)
    return resolved


_PATH_OPTIONS = ("replies", "chat_template")


def _resolved_engine(spec_file: SpecFile, engine: EngineSpec) -> EngineSpec:
    """The engine's settings with paths that start from the spec's folder."""
    options = dict(engine.options)
    for name in _PATH_OPTIONS:
        if isinstance(options.get(name), str):
            options[name] = str(resolved_path(spec_file, Path(options[name])))
    model = _resolved_model(spec_file, engine.model) if engine.model is not None else None
    return engine.model_copy(update={"options": options, "model": model})


def _resolved_model(spec_file: SpecFile, model: str) -> str:
    """The folder of a model; what is no folder is a hub's name or an endpoint's, and stays as it is."""
    folder = resolved_path(spec_file, Path(model))
    return str(folder) if folder.exists() else model


def _stages(spec_file: SpecFile, kind: str, candidates: Mapping[str, Candidate], judging: Judging) -> Sequence[Stage]:
    engine = EngineChoice(kind, _resolved_engine(spec_file, spec_file.spec.engine))
    proving = spec_file.spec.adapter_proof == "auto"
    choice = _judge_choice(spec_file, kind, judging)
    return located(spec_file, lambda: plan_stages(engine, candidates, choice, proving=proving))


def _judge_choice(spec_file: SpecFile, kind: str, judging: Judging) -> JudgeChoice | None:
    """How the judges are answered beside an engine of this kind; None where there are none."""
    asked = spec_file.spec.judging
    located(spec_file, lambda: check_judging(asked))
    if not judging.judges:
        return None
    if asked.kind == SAME_ENGINE and kind == "recorded":
        raise _without_judge(spec_file)
    if asked.adapter is not None:
        asked = asked.model_copy(update={"adapter": resolved_path(spec_file, asked.adapter)})
    judge = None
    if asked.kind != SAME_ENGINE:
        judge_kind = _kind_of_judge_engine(spec_file, asked)
        judge = EngineChoice(judge_kind, _resolved_engine(spec_file, asked))
    judging.check_models(judge.kind if judge else kind)
    return JudgeChoice(asked, judge, judging.jurors())


def judges_engine(spec_file: SpecFile, judging: Judging) -> Engine:
    """The engine that answers a spec's judges and nobody else; nothing is loaded yet.

    Raises:
        InputError: A setting of the engine does not fit.
    """
    kind = located(spec_file, lambda: resolved_kind(spec_file.spec.engine))
    choice = _judge_choice(spec_file, kind, judging)
    assert choice is not None, "there are judges"
    engine = choice.engine or EngineChoice(kind, _resolved_engine(spec_file, spec_file.spec.engine))
    return located(spec_file, lambda: make_engine(engine.kind, engine.spec, choice.served))


def judge_engine_of(spec_file: SpecFile, entry: int | None = None) -> JudgeEngineSpec:
    """The engine that answers a judge of a spec and nothing else, its paths absolute.

    Args:
        spec_file: The spec.
        entry: A place under `judges`, whose adapter or model comes before those under `judge_engine`.

    Raises:
        InputError: A setting does not fit, or nothing there can judge.
    """
    asked = spec_file.spec.judging
    located(spec_file, lambda: check_judging(asked))
    is_own = asked.kind != SAME_ENGINE
    engine = _resolved_engine(spec_file, asked if is_own else spec_file.spec.engine)
    kind = _kind_of_judge_engine(spec_file, engine) if is_own else located(spec_file, lambda: resolved_kind(engine))
    if kind == "recorded":
        raise _without_judge(spec_file)
    adapter, model = asked.adapter, engine.model
    if entry is not None:
        check_model(spec_file, entry, kind)
        own = spec_file.spec.judges[entry]
        adapter, model = own.adapter or adapter, own.model or model
    return JudgeEngineSpec(
        kind=kind,
        model=model,
        options=engine.options,
        adapter=resolved_path(spec_file, adapter) if adapter else None,
    )


def _kind_of_judge_engine(spec_file: SpecFile, engine: EngineSpec) -> str:
    try:
        return resolved_kind(engine)
    except InputError as error:
        raise at_spec(spec_file, about_judge_engine(error)) from error


def _without_judge(spec_file: SpecFile) -> InputError:
    return spec_file.error("recorded replies cannot judge; name a `judge_engine` that runs a model", "judge_engine")


def _metric_choice(spec_file: SpecFile, language: str) -> MetricChoice:
    """The spec's metrics by language, each set made once and only when a case needs it."""

    @cache
    def metrics_for(language: str) -> Sequence[Metric]:
        return make_metrics(spec_file.spec.metrics, language, relative_to=spec_file.folder)

    located(spec_file, lambda: metrics_for(language), "metrics")  # complaints come before anything is loaded
    return metrics_for
