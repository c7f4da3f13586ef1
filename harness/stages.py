"""Which engines a run loads, in which order, and what is done while they are loaded.

All candidates of one base share an engine. A run is a single stage where there is one base and its engine judges as well, or
the judges' engine fits beside it. Nothing is loaded here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.engine_memory import fit_together
from harness.engines.engine import BARE_BASE, Candidate, Engine
from harness.engines.selection import LOCAL_KINDS, make_engine, make_peft_reference
from harness.judging.judge_models import JUDGE, is_judge
from harness.spec import SAME_ENGINE, EngineSpec, JudgeEngineSpec
from suites.userfile import InputError

if TYPE_CHECKING:
    from harness.engines.peft_reference import PeftReference


@dataclass(frozen=True, slots=True)
class AdapterCheck:
    """What is to be proven of an engine's adapters once it has been started."""

    engine: Engine
    candidates: Mapping[str, Candidate]
    """Those that have an adapter, as the user has them; the judge too, if it has one."""
    reference: PeftReference | None
    """Calculates meanwhile what peft says of them; None where the engine is peft itself."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Engines that are loaded at the same time, and whose replies they work on."""

    generating: Mapping[str, Engine]
    """Candidate to the engine that answers for it."""
    candidates: Sequence[str]
    """Whose replies are measured and judged; those that are not generated in this stage come from the log."""
    judge: Engine | None = None
    """Answers the judges; None where this stage judges nothing."""
    checks: Sequence[AdapterCheck] = ()
    """Of the engines that are loaded for this stage."""

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


@dataclass(frozen=True, slots=True)
class JudgeChoice:
    """How the judges of a run are answered."""

    spec: JudgeEngineSpec
    engine: EngineChoice | None = None
    """The judges' own; None where the candidates' engine judges."""
    jurors: Mapping[str, Candidate] = field(default_factory=dict)
    """Judges with an adapter or model of their own, by the name that the engine serves them under."""

    @property
    def served(self) -> dict[str, Candidate]:
        """All judges that the engine serves."""
        return {JUDGE: Candidate(adapter=self.spec.adapter), **self.jurors}


class _Base(NamedTuple):
    """What candidates have to have in common to share an engine: the weights that are loaded."""

    model: str | None
    merged: Path | None


def plan_stages(
    engine: EngineChoice,
    candidates: Mapping[str, Candidate],
    judging: JudgeChoice | None,
    *,
    proving: bool,
) -> list[Stage]:
    """The stages of a run.

    Args:
        engine: The candidates' engine.
        candidates: Candidates by name, their paths resolved.
        judging: How the judges are answered; None where there are no judges.
        proving: Whether adapters are to be proven.

    Raises:
        InputError: A setting of an engine or of a candidate does not fit.
    """
    main = _Base(engine.spec.model, None)
    groups = _groups(engine, candidates)
    judge = judging.engine if judging is not None else None
    if judging is not None and judge is None:
        groups[main] = {
            **groups.pop(main, {}),
            **judging.served,
        }  # last: all replies are there to be judged by this engine
    stages = [_stage(engine, base, group, proving=proving) for base, group in groups.items()]
    if judging is not None and judge is None:
        stages[-1] = replace(stages[-1], candidates=tuple(candidates))
    if judging is None or judge is None:
        return stages
    with _about_judge_engine():
        judged = _stage(judge, _Base(judge.spec.model, None), judging.served, proving=proving)
    if not _judges_beside(judging.spec.when, judge, [(engine.kind, _spec_of(engine, base)) for base in groups]):
        return [*stages, replace(judged, candidates=tuple(candidates))]
    stages = [replace(stage, judge=judged.judge) for stage in stages]
    return [replace(stages[0], checks=(*stages[0].checks, *judged.checks)), *stages[1:]]


def _stage(engine: EngineChoice, base: _Base, group: Mapping[str, Candidate], *, proving: bool) -> Stage:
    """One base with all that is served on it, the judge perhaps among them."""
    served = {name: _served_on(base, candidate, engine) for name, candidate in group.items()}
    adapted = {name: candidate for name, candidate in group.items() if candidate.adapter is not None}
    checks = []
    proving = proving and bool(adapted) and engine.kind in LOCAL_KINDS
    if proving and base.merged is None:
        served[BARE_BASE] = Candidate()
    loaded = make_engine(engine.kind, _spec_of(engine, base), served)
    if proving:
        reference = _reference(engine, base, adapted)
        checks.append(AdapterCheck(loaded, adapted, reference))
    candidates = tuple(name for name in group if not is_judge(name))
    return Stage(dict.fromkeys(candidates, loaded), candidates, loaded if JUDGE in group else None, checks)


def _reference(engine: EngineChoice, base: _Base, adapted: Mapping[str, Candidate]) -> PeftReference | None:
    """What peft says of the adapters, unless the engine is peft and says it by itself."""
    if engine.kind == "transformers" and base.merged is None:
        return None
    folders = [candidate.adapter for candidate in adapted.values() if candidate.adapter is not None]
    return make_peft_reference(_spec_of(engine, base._replace(merged=None)), folders)


def _served_on(base: _Base, candidate: Candidate, engine: EngineChoice) -> Candidate:
    """A candidate as the engine of its base sees it."""
    if engine.kind not in LOCAL_KINDS:
        return candidate
    adapter = None if base.merged else candidate.adapter
    return candidate.model_copy(update={"model": None, "merge": False, "adapter": adapter})


def _groups(engine: EngineChoice, candidates: Mapping[str, Candidate]) -> dict[_Base, dict[str, Candidate]]:
    """The candidates by base."""
    if engine.kind not in LOCAL_KINDS:
        return {_Base(engine.spec.model, None): dict(candidates)}
    groups: dict[_Base, dict[str, Candidate]] = {}
    for name, candidate in candidates.items():
        if candidate.merge and candidate.adapter is None:
            raise InputError("needs an `adapter` that is to be merged", field=("candidates", name, "merge"))
        base = _Base(candidate.model or engine.spec.model, candidate.adapter if candidate.merge else None)
        groups.setdefault(base, {})[name] = candidate
    return groups


def _spec_of(engine: EngineChoice, base: _Base) -> EngineSpec:
    options = dict(engine.spec.options) | ({"merge": base.merged} if base.merged else {})
    return engine.spec.model_copy(update={"model": base.model, "options": options})


@contextlib.contextmanager
def _about_judge_engine() -> Iterator[None]:
    try:
        yield
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
    elif path[:1] == ("candidates",) and len(path) > 1 and is_judge(str(path[1])):
        path = ("judges",)
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
    for name in ("model", "options"):
        if getattr(judging, name):
            raise InputError(
                "is the candidates' engine's own with `kind: same`; leave it out, or name another kind",
                field=("judge_engine", name),
            )
    if judging.when == "after":
        raise InputError("has no meaning with `kind: same`; leave it out", field=("judge_engine", "when"))
