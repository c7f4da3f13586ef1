"""The file of a jury's fitted weights: what they were fitted on, how well they do, and reading it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from judges.jury import FittedWeights
from suites.dialogue import Record
from suites.userfile import InputError


class FitFigures(Record):
    """How well a score agrees with people on contexts that it was not fitted on."""

    brier: float
    """Mean squared difference from the people's mean score, both on 0 to 1; lower is better."""
    spearman: float | None
    """Rank correlation with it; None where all are equal."""


class JuryWeights(Record):
    """What `rejoinder judge fit-jury` writes."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    jury: str
    fitted: FittedWeights
    signatures: dict[str, str]
    """Of the members, by measure; with other judges, rubrics or readouts the weights no longer hold."""
    labels: str
    """Name of the labels file."""
    labels_hash: str
    """SHA-256 of its content."""
    replies: int
    """Labelled replies on which every member had a verdict."""
    left_out: int
    """Labelled replies on which one had none."""
    contexts: int
    penalty: float
    """Of the squared weights (ridge); chosen by cross-validation over whole contexts."""
    cross_validated: dict[str, FitFigures]
    """Of the fitted jury, of the plain mean (`mean`), and of each member alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def read_jury_weights(file: Path) -> JuryWeights:
    """Read a file of weights.

    Raises:
        InputError: It cannot be read or is no such file.
    """
    try:
        return JuryWeights.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror}); make it with `rejoinder judge fit-jury`", file=file
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(map(str, fault["loc"]))
        raise InputError(
            f"is not a file of jury weights ({fault['msg']}); make it with `rejoinder judge fit-jury`",
            file=file,
            field=field,
        ) from error
