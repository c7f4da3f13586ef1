"""What a readout makes of a judge's answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from judges.verdict import Samples, VerdictStatus


@dataclass(frozen=True, slots=True)
class Reading:
    """What a readout made of a judge's answer."""

    status: VerdictStatus
    label: str | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    """How much of the score each label gives, summing to 1 when the status is `ok`."""
    probabilities: Mapping[str, float] = field(default_factory=dict)
    label_mass: float | None = None
    samples: Samples | None = None
    reason: str | None = None


_REFUSAL = re.compile(
    r"\W*(i['’]m sorry|i am sorry|sorry\b|i can(no|['’])t|i['’]m unable|i am unable|as an ai\b"
    r"|извини|прошу прощения|я не могу|не могу\b|как языковая модель)",
    re.IGNORECASE,
)


def without_verdict(text: str) -> Reading:
    """What to make of an answer that holds no verdict: `refused` if the judge declines, else `unparsed`."""
    status: VerdictStatus = "refused" if _REFUSAL.match(text) else "unparsed"
    return Reading(status, reason=f"no verdict in the judge's answer: {_shortened(text)!r}")


def _shortened(text: str, length: int = 80) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
