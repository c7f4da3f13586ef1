"""The rules of a release gate, as users write them. Judging a run by them is in `reports.gating.gate`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from reports.errors import unknown_name

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

NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]


class GateRule(BaseModel):
    """One condition that a candidate must meet: a bound on a figure, or not to be worse than another candidate.

    `{measure: check.order, at_least: 0.95}` bounds the mean. `{measure: correctness, against: base, margin: 0.03}` is
    non-inferiority: the whole 95 % interval of the difference must be above -0.03. A measure's name followed by
    `.coverage` stands for the share of its measurements that could be taken; `act.coverage`, `check.coverage`,
    `judge.coverage` and `reference.coverage` take all measures of that kind together, unless a measure has that name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measure: NonBlank
    candidate: NonBlank | None = None
    """The one candidate that the rule is for; all that are to be released if not given."""
    at_least: float | None = None
    """Lowest mean that passes, in the measure's units (coverage: 0 to 1)."""
    at_most: float | None = None
    """Highest mean that passes, for measures where less is better."""
    against: NonBlank | None = None
    """The candidate to compare with, usually the baseline."""
    margin: Annotated[float, Field(ge=0)] | None = None
    """How much worse than `against` is still acceptable, in the measure's units; 0 asks for clearly better."""
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.9
    """With fewer of the measurements taken than this share, the rule cannot pass."""
    certified: Annotated[dict[str, float], Field(min_length=1)] | None = None
    """What the certificate of the measure's judge must show, by the names of its figures: `{kappa: 0.4}`. The lower end of the
    95 % interval counts."""

    @field_validator("certified")
    @classmethod
    def _known_figures(cls, demanded: dict[str, float] | None) -> dict[str, float] | None:
        for name in demanded or {}:
            if name not in FIGURE_NAMES:
                raise ValueError(unknown_name(name, FIGURE_NAMES, "figure of agreement"))
        return demanded

    @model_validator(mode="after")
    def _asks_one_thing(self) -> GateRule:
        bounds = [name for name in ("at_least", "at_most", "against", "certified") if getattr(self, name) is not None]
        if len(bounds) != 1:
            raise ValueError("must have exactly one of `at_least`, `at_most`, `against` and `certified`")
        if (self.against is None) != (self.margin is None):
            raise ValueError("must have `margin` together with `against`, in the measure's units")
        if self.at_least is None and self.measure.endswith(".coverage"):
            raise ValueError("can bound coverage by `at_least` only")
        return self
