"""What reports say of failure groups and of a reviewer's names and marks, as a record: see `reports.pages.wording.words`."""

from __future__ import annotations

from dataclasses import dataclass

from reports.failures.kinds import Kind


@dataclass(frozen=True, slots=True)
class FailureWords:
    """One language."""

    title: str
    hint: str
    nothing: str
    kinds: dict[Kind, str]
    """With the places {due} and {done} for acts, {measure} for checks and judges."""
    heads: tuple[str, str, str, str]
    """Candidate, replies, share of its replies, change against the baseline."""
    points: str
    """Percentage points."""
    alike: str
    """With {terms} and {share}."""
    others: str
    """With {share}."""
    sampled: str
    left_out: str
    all_cases: str
