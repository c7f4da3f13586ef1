"""What is read from a run folder's JSON files: the manifest and the measures.

Fields that these records do not name are ignored, so that a run folder may say more than the reports need.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SliceKind = Literal["act", "language", "depth", "length", "tag"]
"""Of parts of a suite. `act`: that is due. `depth`: earlier messages of the dialogue. `length`: characters of the context."""


class Record(BaseModel):
    """Base of everything that is read from or written to a file here: frozen, and without NaN or infinity."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", allow_inf_nan=False, populate_by_name=True, serialize_by_alias=True
    )


JudgeKind = Literal["rubric", "python", "jury"]
"""What comes to a judged measure's verdicts: a model asked by a rubric, a judge written in Python, or several judges."""


class SuiteOfRun(Record):
    """Which suite was run."""

    name: str
    version: str
    language: str
    """BCP 47 tag; the reports of a Russian suite are in Russian."""
    hash: str
    path: str
    dialogues_in_suite: int | None = None
    """Held-out dialogues of the whole suite, of which the run may have replayed a part; None if the run does not say."""
    allow_leak: bool = False
    """Whether its halves share dialogues or replies, so that what was measured may be memory; every page says so."""


class PairMeasure(Record):
    """What the preferences of one judge of pairs mean."""

    name: str
    title: str
    description: str
    pairs: Literal["baseline", "all"]
    """Whose replies were compared: every candidate's with the baseline's, or all with all."""
    signature: str
    judged_by: JudgeKind = "rubric"


class Manifest(Record):
    """`manifest.json`: all that decided the run."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    run: str
    suite: SuiteOfRun
    candidates: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    """The candidates in the order of the reports, each with its settings."""
    baseline: str
    """The candidate that all others are compared with."""
    started: str
    finished: str | None
    """ISO 8601; None while the run is incomplete."""
    status: Literal["complete", "incomplete"]
    signature: str
    versions: dict[str, str]
    hardware: str
    git_commit: str | None
    seeds: tuple[int, ...]
    preferences: tuple[PairMeasure, ...] = ()
    judge_kin: dict[str, tuple[str, ...]] = {}
    """The name of a judge's model to the candidates that are of one family with it."""
    certificates: dict[str, Any] = {}
    """By measure, how far its judge agrees with people; read by `reports.certificates`."""
    until_decided: dict[str, Any] | None = None
    """How a run went that stops when its gate is decided; read by `reports.gating.until_decided`."""
    spec: dict[str, Any]
    """The whole resolved spec; the reports read `gate` from it."""
    command: tuple[str, ...] = ()
    """What makes such a run again, word by word; empty where the run does not say."""

    @property
    def command_line(self) -> str:
        """The command as a shell takes it."""
        return shlex.join(self.command)

    @model_validator(mode="after")
    def _baseline_is_a_candidate(self) -> Manifest:
        if self.baseline not in self.candidates:
            raise ValueError(f"the baseline '{self.baseline}' is none of the candidates")
        return self


class Measure(Record):
    """What a measure means and how its figures are printed."""

    name: str
    title: str
    """Short, for table heads: "ROUGE-L"."""
    description: str
    """One sentence for a newcomer."""
    kind: Literal["reference", "act", "check", "judge", "other"]
    scale: tuple[float, float] | None
    """Lowest and highest value; None where there is no bound."""
    higher_is_better: bool | None
    """None where neither is better (length ratio)."""
    signature: str
    """All that decides the value, as sacreBLEU's signatures: `bleu|…|v:0.1.0`."""
    passes_at: float | None = None
    """The worst value with which a turn passes; where none is given, see `passing`."""
    statistics: Literal["bleu", "chrf"] | None = None
    """Which sufficient statistics its measurements carry, for the corpus figure; None where they carry none."""
    judged_by: JudgeKind | None = None
    """Of measures of the kind `judge`."""

    @property
    def direction(self) -> int:
        """1 where higher is better, -1 where lower is, 0 where neither is."""
        return {True: 1, False: -1, None: 0}[self.higher_is_better]

    @property
    def span(self) -> float | None:
        """Highest less lowest value of the scale; None where there is no bound or no width."""
        if self.scale is None or self.scale[1] <= self.scale[0]:
            return None
        return self.scale[1] - self.scale[0]

    @property
    def passing(self) -> float | None:
        """The worst value with which a turn passes; None where the measure does not say.

        `passes_at` where it is given. Else acts and checks pass with the best value of their scale, and judges that say pass
        or fail from half of it: their scores may be expected values between 0 and 1.
        """
        if self.passes_at is not None or self.scale is None or not self.direction:
            return self.passes_at
        if self.kind in ("act", "check"):
            return self.scale[1] if self.direction > 0 else self.scale[0]
        return 0.5 if self.kind == "judge" and self.scale == (0, 1) else None

    @property
    def decimals(self) -> int:
        """Decimal places that a reader can use on this scale."""
        if self.span is None:
            return 2
        return 1 if self.span >= 50 else 2 if self.span > 1 else 3


class MeasureOfRun(Measure):
    """One object of `measures.json`: a measure that a run took, with its corpus figures."""

    corpus: dict[str, float | None] = {}
    """Candidate name to corpus figure; empty where the corpus figure is the mean."""
