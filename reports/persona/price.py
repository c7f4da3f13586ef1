"""What imitating a person costs: everything that is measured but nearness, against the generic model on the same contexts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reports.comparison import differences_of
from reports.errors import ReportError
from reports.estimates import ComparisonFile, Difference
from reports.persona.findings import Imitator, Price
from reports.persona.lift import JUDGED
from reports.records import Measure
from reports.scores import Scores

OUTSIDE: Final = "outside"
"""Folder in a run folder where the run on the suite outside the persons' domain lies."""

_KINDS: Final = ("judge", "act", "check")


def price_of(imitator: Imitator, scores: Scores, generic: str, outside: ComparisonFile | None) -> Price:
    """The differences of one imitator from the generic model on all measures of what a reply should do.

    Args:
        imitator: Whose.
        scores: On the person's contexts.
        generic: The candidate that it is compared with.
        outside: The comparison on the suite outside the person's domain, if one was run.
    """
    own = scores.of_measures(measure.name for measure in scores.measures if is_price(measure))
    found = differences_of(own, generic) if len(own.dialogues) and own.measures else {}
    return Price(
        candidate=imitator.candidate,
        person=imitator.person,
        contexts=tuple(one for one in found.values() if one.candidate == imitator.candidate and one.cases),
        outside=_outside(imitator, outside, {measure.name for measure in own.measures}),
        outside_suite=outside.suite.name if outside else None,
    )


def is_price(measure: Measure) -> bool:
    """Whether a measure tells what a reply should do, and not whose it seems to be."""
    return measure.kind in _KINDS and measure.name not in JUDGED and bool(measure.direction)


def read_outside(run_folder: Path) -> ComparisonFile | None:
    """The comparison of the run on the suite outside the persons' domain; None where there is none.

    Raises:
        ReportError: It cannot be read.
    """
    file = run_folder / OUTSIDE / "comparison.json"
    try:
        return ComparisonFile.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReportError(f"cannot be read: {error.strerror}; check its permissions", file=file) from None
    except ValidationError:
        raise ReportError(
            "is not what this version of Rejoinder writes; rebuild it with `rejoinder report`", file=file
        ) from None


def _outside(imitator: Imitator, outside: ComparisonFile | None, names: Collection[str]) -> tuple[Difference, ...]:
    if outside is None:
        return ()
    return tuple(
        one for one in outside.differences if one.candidate == imitator.candidate and one.measure in names and one.cases
    )
