"""Which engines a run loads, in which order, and what is done while they are loaded.

All candidates of one base share an engine. A run is a single stage where there is one base and its engine judges as well, or
the judges' engine fits beside it. Nothing is loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from harness.engine_memory import fit_together
from harness.engines.engine import BARE_BASE, Candidate, Engine
from harness.engines.selection import LOCAL_KINDS, make_engine
from harness.judge_models import JUDGE
from harness.spec import SAME_ENGINE, EngineSpec, JudgeEngineSpec
from suites.userfile import InputError


@dataclass(frozen=True, slots=True)
class Stage:
    """Engines that are loaded at the same time, and whose replies they work on."""

    generating: Mapping[str, Engine]
    """Candidate to the engine that answers for it."""
    candidates: Sequence[str]
    """Whose replies are measured and judged; those that are not generated in this stage come from the log."""
    judge: Engine | None = None
    """Answers the judges; None where this stage judges nothing."""

    @property
    def engines(self) -> list[Engine]:
        """All engines of the stage, each once."""
        found: list[Engine] = []
        for engine in (*self.generating.values(), *([self.judge] if self.judge else [])):
            if not any(engine is other for other in found):
                found.append(engine)
        return found


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine of a spec with its kind decided and its paths resolved."""

    kind: str
    spec: EngineSpec


class _Base(NamedTuple):
    """What candidates have to have in common to share an engine: the weights that are loaded."""

    model: str | None
    merged: Path | None


def plan_stages(
    engine: EngineChoice,
    candidates: Mapping[str, Candidate],
    judging: JudgeEngineSpec | None,
    judge: EngineChoice | None,
    *,
    with_bare_base: bool,
) -> list[Stage]:
    """The stages of a run.

    Args:
        engine: The candidates' engine.
        candidates: Candidates by name, their paths resolved.
        judging: How the judges are answered; None where there are no judges.
        judge: The judges' own engine; None where the candidates' engine judges, or nobody does.
        with_bare_base: Whether each base that has adapters is served without one as well, for the adapter proof.

    Raises:
        InputError: A setting of an engine or of a candidate does not fit.
    """
    groups = _groups(engine, candidates)
    judged_by_same = judging is not None and judge is None
    main = _Base(engine.spec.model, None)
    if judged_by_same:
        groups[main] = groups.pop(main, {})  # last, so that all replies are there to be judged by the one engine
    engines = {
        base: _engine_of(
            engine,
            base,
            group,
            judge=judging if judged_by_same and base == main else None,
            with_bare_base=with_bare_base,
        )
        for base, group in groups.items()
    }
    stages = [Stage(dict.fromkeys(group, engines[base]), tuple(group)) for base, group in groups.items()]
    if judged_by_same:
        last = stages.pop()
        return [*stages, Stage(last.generating, tuple(candidates), engines[main])]
    if judging is None or judge is None:
        return stages
    own = _judge_engine(judge, judging)
    if _judges_beside(judging.when, judge, [(engine.kind, _spec_of(engine, base)) for base in groups]):
        return [Stage(stage.generating, stage.candidates, own) for stage in stages]
    return [*stages, Stage({}, tuple(candidates), own)]


def _groups(engine: EngineChoice, candidates: Mapping[str, Candidate]) -> dict[_Base, dict[str, Candidate]]:
    """The candidates by base, each as it is served on that base."""
    main = _Base(engine.spec.model, None)
    if engine.kind not in LOCAL_KINDS:
        return {main: dict(candidates)}
    groups: dict[_Base, dict[str, Candidate]] = {}
    for name, candidate in candidates.items():
        if candidate.merge and candidate.adapter is None:
            raise InputError("needs an `adapter` that is to be merged", field=("candidates", name, "merge"))
        merged = candidate.adapter if candidate.merge else None
        base = _Base(candidate.model or engine.spec.model, merged)
        served = {"model": None, "merge": False, "adapter": None if merged else candidate.adapter}
        groups.setdefault(base, {})[name] = candidate.model_copy(update=served)
    return groups


def _spec_of(engine: EngineChoice, base: _Base) -> EngineSpec:
    options = dict(engine.spec.options) | ({"merge": base.merged} if base.merged else {})
    return engine.spec.model_copy(update={"model": base.model, "options": options})


def _engine_of(
    engine: EngineChoice,
    base: _Base,
    group: Mapping[str, Candidate],
    *,
    judge: JudgeEngineSpec | None,
    with_bare_base: bool,
) -> Engine:
    served = dict(group)
    if judge is not None:
        served[JUDGE] = Candidate(adapter=judge.adapter)
    if with_bare_base and any(candidate.adapter for candidate in served.values()):
        served[BARE_BASE] = Candidate()
    return make_engine(engine.kind, _spec_of(engine, base), served)


def _judge_engine(judge: EngineChoice, judging: JudgeEngineSpec) -> Engine:
    try:
        return make_engine(judge.kind, judge.spec, {JUDGE: Candidate(adapter=judging.adapter)})
    except InputError as error:
        raise about_judge_engine(error) from error


def about_judge_engine(error: InputError) -> InputError:
    """A complaint of the judges' own engine, at the spec's field where its settings stand."""
    if error.file is not None:
        return error
    path = error.field_path
    if path[:1] == ("engine",):
        path = ("judge_engine", *path[1:])
    elif path[:2] == ("candidates", JUDGE):
        path = ("judge_engine", *path[2:])
    return InputError(error.problem, field=path or ("judge_engine",))


def _judges_beside(when: str, judge: EngineChoice, others: Sequence[tuple[str, EngineSpec]]) -> bool:
    """Whether the judges' engine is loaded beside the candidates' engines."""
    if when != "auto":
        return when == "beside"
    return all(fit_together((judge.kind, judge.spec), other) for other in others)


def check_judging(judging: JudgeEngineSpec) -> None:
    """See that nothing is set for the candidates' engine that only an engine of the judges' own can have.

    Raises:
        InputError: A field has to be left out.
    """
    if judging.kind != SAME_ENGINE:
        return
    for field in ("model", "options"):
        if getattr(judging, field):
            raise InputError(
                "is the candidates' engine's own with `kind: same`; leave it out, or name another kind",
                field=("judge_engine", field),
            )
    if judging.when == "after":
        raise InputError("has no meaning with `kind: same`; leave it out", field=("judge_engine", "when"))
