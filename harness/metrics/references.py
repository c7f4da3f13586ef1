"""What all reference metrics share: their answer where there is no reference, and references kept ready.

Nothing here compares a reply with a reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import Reasons

CASES_KEPT = 256
"""All candidates of a case are measured close together; more than a few cases are never under way at a time."""

References = tuple[str, ...]
PreparedT = TypeVar("PreparedT")


def without_reference(measures: Sequence[Measure], reasons: Reasons) -> list[Measurement]:
    """What a reference metric says of a reply to a case without references."""
    return [Measurement(measure=measure.name, status="skipped", reason=reasons.no_reference) for measure in measures]


def kept_by_case(prepare: Callable[[References], PreparedT]) -> Callable[[References], PreparedT]:
    """`prepare`, done once a case: the candidates' replies to one case share its references."""
    return lru_cache(maxsize=CASES_KEPT)(prepare)
