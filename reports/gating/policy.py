"""The rules of a release gate, as users write them. Judging a run by them is in `reports.gating.gate`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reports.errors import unknown_name
from reports.records import SliceKind

FIGURE_NAMES: Final = (
    "accuracy",
    "kappa",
    "weighted_kappa",
    "alpha",
    "ac1",
    "roc_auc",
    "pearson",
    "spearman",
    "kendall",
)
"""Figures of agreement between a judge and people, as certificates name them."""

COVERAGE: Final = ".coverage"
"""Ends the name of a measure where the share of its measurements is meant that could be taken."""

ERROR_SHARE: Final = "error_share"
ADAPTER_PROOF: Final = "adapter_proof"
REPLY_COLUMNS: Final = ("completion_tokens", "prompt_tokens", "latency_s")
RUN_FIGURES: Final = (ERROR_SHARE, ADAPTER_PROOF, *REPLY_COLUMNS)
"""What rules can name beside the measures of a run, unless a measure has that name."""

Outcome = Literal["pass", "fail", "inconclusive"]
"""Of a rule, or of a gate."""

NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]

EVERY: Final = "*"
"""Name of a slice that stands for all slices of its kind."""

_CONDITIONS: Final = ("at_least", "at_most", "margin", "better_by", "win_rate", "certified", "proven")
_RANGE = re.compile(r"\s*([\d,\s]+?)\s*(?:[-–]\s*([\d,\s]+?)\s*|(\+)\s*)?")


class SliceName(BaseModel):
    """Some cases of the suite: `{kind: act, name: confirm}`, which users write as `{act: confirm}`.

    Of depths and lengths the name is a number or a range of numbers, as the reports have them: `3`, `5-8`, `9+`. Of all kinds
    `*` stands for every slice that the reports have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: SliceKind
    name: NonBlank

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, written: object) -> object:
        if isinstance(written, dict) and len(written) == 1:
            (kind, name), = written.items()  # fmt: skip
            if kind not in get_args(SliceKind):
                raise ValueError(unknown_name(str(kind), get_args(SliceKind), "kind of slice"))
            return {"kind": kind, "name": str(name)}
        return written

    @model_validator(mode="after")
    def _is_a_range(self) -> SliceName:
        if self.kind in ("depth", "length") and self.name != EVERY:
            low, high = self.bounds
            if low > high:
                raise ValueError(f"the range '{self.name}' begins after its end")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """Of a range of depths or lengths, the lowest and the highest number.

        Raises:
            ValueError: The name is no number and no range.
        """
        match = _RANGE.fullmatch(self.name)
        if match is None:
            raise ValueError(f"'{self.name}' is no range of numbers; write `5`, `5-8` or `9+`")
        low, high, is_open = match.groups()
        numbers = [float(re.sub(r"[,\s]", "", one)) for one in (low, high or low)]
        return numbers[0], float("inf") if is_open else numbers[1]


class GateRule(BaseModel):
    """One condition that a candidate must meet.

    `{measure: check.order, at_least: 0.95}` is a floor: the whole 95 % interval of the mean must be on its good side.
    `{measure: correctness, against: base, margin: 0.03}` is non-inferiority: the whole 95 % interval of the difference must
    be above -0.03; with `better_by: 0.03` it must be above +0.03. A measure's name followed by `.coverage` stands for the
    share of its measurements that could be taken; `act.coverage`, `check.coverage`, `judge.coverage` and
    `reference.coverage` take all measures of that kind together, unless a measure has that name. `error_share`,
    `completion_tokens`, `prompt_tokens`, `latency_s` and `adapter_proof` are figures of the run itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measure: NonBlank
    candidate: NonBlank | None = None
    """The one candidate that the rule is for; all that are to be released if not given."""
    slice: SliceName | None = None
    """The cases that the rule is about; all of them if not given."""
    at_least: float | None = None
    """Lowest mean that passes, in the measure's units (coverage: 0 to 1)."""
    at_most: float | None = None
    """Highest mean that passes, for measures where less is better."""
    observed: bool = False
    """For `at_least` and `at_most`: the mean of this run counts as it is, not what it says of other dialogues."""
    against: NonBlank | None = None
    """The candidate to compare with, usually the baseline."""
    against_run: Path | None = None
    """Folder of a stored run whose candidate is compared with: the one named by `against`, else the one of the same name."""
    margin: Annotated[float, Field(ge=0)] | None = None
    """How much worse than `against` is still acceptable, in the measure's units; with 0 nothing is."""
    better_by: Annotated[float, Field(ge=0)] | None = None
    """By more than how much the candidate must be better than `against`, in the measure's units."""
    win_rate: Annotated[float, Field(ge=0, lt=1)] | None = None
    """For rubrics that compare replies: the share of wins (ties as half) that the candidate must have against `against`, or
    against the baseline; 0.5 is neither better nor worse."""
    certified: Annotated[dict[str, float], Field(min_length=1)] | None = None
    """What the certificate of the measure's judge must show, by the names of its figures: `{kappa: 0.4}`. The lower end of the
    95 % interval counts."""
    proven: Literal[True] | None = None
    """For `adapter_proof`: the candidate's adapter was proven to be at work."""
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.9
    """With fewer of the measurements taken than this share, the rule cannot pass."""

    @field_validator("certified")
    @classmethod
    def _known_figures(cls, demanded: dict[str, float] | None) -> dict[str, float] | None:
        for name in demanded or {}:
            if name not in FIGURE_NAMES:
                raise ValueError(unknown_name(name, FIGURE_NAMES, "figure of agreement"))
        return demanded

    @model_validator(mode="after")
    def _asks_one_thing(self) -> GateRule:
        asked = [name for name in _CONDITIONS if getattr(self, name) is not None]
        if len(asked) != 1:
            listed = ", ".join(f"`{name}`" for name in _CONDITIONS[:-1])
            raise ValueError(f"must have exactly one of {listed} and `{_CONDITIONS[-1]}`")
        condition = asked[0]
        compared = self.against is not None or self.against_run is not None
        if condition in ("margin", "better_by") and not compared:
            raise ValueError(f"must have `against` or `against_run` together with `{condition}`")
        if compared and condition not in ("margin", "better_by", "win_rate"):
            raise ValueError("must have `margin` or `better_by` together with `against`, in the measure's units")
        if self.against_run is not None and condition == "win_rate":
            raise ValueError("can ask for a win rate within one run only, where the replies were compared")
        if self.observed and condition not in ("at_least", "at_most"):
            raise ValueError("can have `observed` only together with `at_least` or `at_most`")
        return self

    @model_validator(mode="after")
    def _fits_its_measure(self) -> GateRule:
        if self.at_least is None and self.measure.endswith(COVERAGE):
            raise ValueError("can bound coverage by `at_least` only")
        if self.slice is not None and (self.certified or self.proven or self.measure.endswith(COVERAGE)):
            raise ValueError("can be about a slice only where it is about a mean, a difference or a win rate")
        if self.proven is not None and self.measure != ADAPTER_PROOF:
            raise ValueError(f"can be `proven` only for the measure `{ADAPTER_PROOF}`")
        return self

    def opponent(self, baseline: str) -> str | None:
        """The candidate of the same run that it compares with; None where it compares with none of them."""
        if self.against_run is not None:
            return None
        return self.against or (baseline if self.win_rate is not None else None)

    @property
    def compares(self) -> bool:
        """Whether it is about a difference of two candidates."""
        return self.margin is not None or self.better_by is not None


class Policy(BaseModel):
    """A policy in a file of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    gate: Annotated[tuple[GateRule, ...], Field(min_length=1)]
    """As under `gate` in a spec."""
