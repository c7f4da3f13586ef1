"""The spec file of a run (`eval.yaml`): its fields, their defaults, and reading it.

Nothing here loads a model or a suite; see `harness.preparation` for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, field_validator

from harness.engines.engine import Candidate, Sampling
from judges.readouts.readout import Readout
from judges.rubrics.rubric import Reasons
from reports.blessed import BASELINES_FILE, BLESSED
from reports.gating.policy import GateRule
from suites.dialogue import NonBlank, Record
from suites.userfile import InputError, YamlDocument, read_yaml, unknown_name

T = TypeVar("T")

METRIC_NAMES = ("bleu", "chrf", "rouge", "meteor", "exact_match", "length_ratio", "distinct", "act", "checks")

CandidateName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]+$", max_length=80)]


class EngineSpec(Record):
    """What answers the requests."""

    kind: NonBlank = "auto"
    """`transformers`, `vllm`, `openai`, `recorded`, the name of an installed engine plugin, or `auto`: vLLM where there
    is a CUDA device and vLLM is installed, else transformers."""
    model: NonBlank | None = None
    """Folder or hub name of the base model, or the name an endpoint serves it under."""
    options: dict[NonBlank, Any] = {}
    """The engine's own settings; each engine checks them before anything is loaded."""


SAME_ENGINE: Literal["same"] = "same"
"""Kind of a judge engine that is the candidates' own."""


class JudgeEngineSpec(EngineSpec):
    """What answers the judges: an engine of its own, or with `kind: same` the candidates' engine."""

    adapter: Path | None = None
    """A judge adapter on the model."""
    when: Literal["auto", "beside", "after"] = "auto"
    """`beside`: an engine of its own is loaded beside the candidates' and judges while they generate. `after`: it is loaded
    when the candidates' engine has been closed and its memory given back. `auto`: beside where the memory is enough."""


class EvaluateMetricSpec(Record):
    """A metric of the `evaluate` library."""

    evaluate: NonBlank
    """Its name on the hub, or the path of a metric module."""
    value: NonBlank | None = None
    """Which of the figures that it returns; needed where it returns several."""
    options: dict[NonBlank, Any] = {}
    """Passed to the metric's `compute`."""


MeasureName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=80)]


class JudgeSpec(Record):
    """One rubric to judge the replies by."""

    rubric: NonBlank
    """A built-in name or the path of a rubric file."""
    name: MeasureName | None = None
    """Names the measure in place of the rubric, so that one rubric can be asked of several judges."""
    pairs: Literal["baseline", "all"] | None = None
    """For rubrics that compare two replies: every candidate's with the baseline's, or all candidates' with each other."""
    adapter: Path | None = None
    """A judge adapter of its own, in place of the one under `judge_engine`."""
    model: NonBlank | None = None
    """The name that an endpoint serves this judge under, in place of the one under `judge_engine`."""
    readout: Readout | None = None
    """How the verdict is got out of the judge, in place of the rubric's own readout: `{kind: json}` gives each its reason."""
    reasons: Reasons | None = None
    """Of which verdicts the judge is asked why, in place of what the rubric says."""


class JurySpec(Record):
    """Several judges as one measure."""

    members: tuple[NonBlank, ...]
    """Names of entries under `judges`: their `name`, or the rubric's."""
    combine: Literal["mean", "median", "majority", "fitted"] = "mean"
    """`majority`: the label that most members gave. `fitted`: weighted as people's labels say."""
    weights: Path | None = None
    """For `fitted`: the file that `rejoinder judge fit-jury` wrote."""
    quorum: Annotated[int, Field(ge=1)] | None = None
    """How many members must have a verdict for the jury to have one; all of them if not given."""
    title: str = ""
    description: str = ""


class PersonaSpec(Record):
    """What is asked of candidates that imitate a person, beside the metrics and judges."""

    controls: bool = False
    """Adds two candidates for each that imitates a person: the baseline with the person's card in its prompt, and the
    imitator with another person's card."""
    perplexity: bool = True
    """How likely every candidate finds what the persons really said."""
    outside: NonBlank | None = None
    """A suite outside the persons' domain: what the fine-tunes have forgotten is seen there, in a run of its own."""
    blind_judge: bool = False
    """Whether the spec's judge takes the blind test when the run is there: which of two replies is the person's real one?"""


class Spec(Record):
    """All that decides a run. Every field has a default that works, but for the suite."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    suite: NonBlank
    """A built-in name, a header file, or a folder with a `suite.yaml`."""
    max_dialogues: Annotated[int, Field(ge=1)] | None = None
    """Replay only so many dialogues, chosen by the hash of their ids, so always the same ones."""
    engine: EngineSpec = EngineSpec()
    candidates: Annotated[dict[CandidateName, Candidate], Field(min_length=1)] = {"base": Candidate()}
    baseline: str | None = None
    """The candidate that the others are compared with; the first one if not given."""
    sampling: Sampling = Sampling()
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)
    """One reply a case, candidate and seed."""
    metrics: tuple[str | EvaluateMetricSpec, ...] = METRIC_NAMES
    judges: tuple[JudgeSpec, ...] = ()
    juries: dict[MeasureName, JurySpec] = {}
    """Each a measure of its own, with `NAME.disagreement` beside it."""
    judge_engine: Literal["same"] | JudgeEngineSpec = SAME_ENGINE
    """`same`: the base weights of the candidates' engine judge, as with `{kind: same}`."""
    adapter_proof: Literal["auto", "off"] = "auto"
    """`auto`: before anything is generated, each adapter is proven to change what its engine says."""
    persona: PersonaSpec | None = None
    """`{}` is enough: asks for the persona report on the candidates that say whom they imitate."""
    gate: tuple[GateRule, ...] = ()
    max_error_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """The run stops as incomplete once a larger share of its requests has failed."""

    @field_validator("candidates", mode="before")
    @classmethod
    def _empty_candidate(cls, value: Any) -> Any:
        """`barista:` with nothing after it is the engine's base as it is."""
        if isinstance(value, dict):
            return {name: {} if fields is None else fields for name, fields in value.items()}
        return value

    @property
    def baseline_name(self) -> str:
        """The baseline's name."""
        return self.baseline or next(iter(self.candidates))

    @property
    def judging(self) -> JudgeEngineSpec:
        """The judges' engine, written out."""
        return (
            self.judge_engine if isinstance(self.judge_engine, JudgeEngineSpec) else JudgeEngineSpec(kind=SAME_ENGINE)
        )


class SpecFile:
    """A spec with the file it came from, against whose folder its paths are resolved."""

    def __init__(self, spec: Spec, document: YamlDocument) -> None:
        self.spec = spec
        self.document = document

    @property
    def folder(self) -> Path:
        """Where relative paths of the spec start."""
        return self.document.path.parent

    def with_engine_kind(self, kind: str) -> SpecFile:
        """The same spec with another kind of engine."""
        engine = self.spec.engine.model_copy(update={"kind": kind})
        return SpecFile(self.spec.model_copy(update={"engine": engine}), self.document)

    def error(self, problem: str, *field: str | int) -> InputError:
        """An `InputError` at a field of the file."""
        return self.document.error(problem, field)


def read_spec(path: Path) -> SpecFile:
    """Read and check a spec file.

    Raises:
        InputError: The file cannot be read or a field is wrong.
    """
    document = read_yaml(path)
    spec = document.parse(Spec)
    spec_file = SpecFile(spec.model_copy(update={"gate": with_folders(spec.gate, path.parent)}), document)
    _check_names(spec_file)
    return spec_file


def with_folders(rules: Iterable[GateRule], folder: Path) -> tuple[GateRule, ...]:
    """Gate rules with absolute paths of the stored runs that they compare with, or of the file that names blessed runs.

    Args:
        rules: As a file in `folder` has them.
        folder: Where relative paths start, and where `against: blessed` looks for the file.
    """
    return tuple(_with_folder(rule, folder) for rule in rules)


def _with_folder(rule: GateRule, folder: Path) -> GateRule:
    if rule.against_run is None and rule.against == BLESSED:
        return rule.model_copy(update={"against": None, "against_run": resolved_from(folder, BASELINES_FILE)})
    if rule.against_run is None:
        return rule
    return rule.model_copy(update={"against_run": resolved_from(folder, rule.against_run)})


def _check_names(spec_file: SpecFile) -> None:
    spec = spec_file.spec
    names = list(spec.candidates)
    if spec.baseline is not None and spec.baseline not in names:
        raise spec_file.error(unknown_name(spec.baseline, names, "candidate"), "baseline")
    if BLESSED in names:
        problem = f"'{BLESSED}' stands for the blessed run of a suite; give the candidate another name"
        raise spec_file.error(problem, "candidates", BLESSED)
    if len(set(spec.seeds)) < len(spec.seeds):
        raise spec_file.error("holds a seed twice; every seed gives one reply a case", "seeds")
    for index, rule in enumerate(spec.gate):
        for field in ("candidate", "against"):
            name = None if field == "against" and rule.against_run else getattr(rule, field)
            if name is not None and name not in names:
                raise spec_file.error(unknown_name(name, names, "candidate"), "gate", index, field)
        if rule.candidate is not None and rule.candidate == rule.opponent(spec.baseline_name):
            problem = f"'{rule.candidate}' is compared with itself; name another candidate, or another `against`"
            raise spec_file.error(problem, "gate", index, "candidate")


def located(spec_file: SpecFile, action: Callable[[], T], *field: str | int) -> T:
    """Run `action`; a complaint that names no file is about this spec, so it gets its file and line."""
    try:
        return action()
    except InputError as error:
        raise at_spec(spec_file, error, *field) from error


def at_spec(spec_file: SpecFile, error: InputError, *field: str | int) -> InputError:
    """`error` with the spec's file and line, unless it is about a file of its own."""
    return error if error.file is not None else spec_file.error(error.problem, *(error.field_path or field))


def resolved_path(spec_file: SpecFile, path: Path) -> Path:
    """A path of the spec, absolute; `~` is the user's home."""
    return resolved_from(spec_file.folder, path)


def resolved_from(folder: Path, path: Path) -> Path:
    """A path of a file in `folder`, absolute; `~` is the user's home."""
    path = path.expanduser()
    return path if path.is_absolute() else (folder / path).resolve()
