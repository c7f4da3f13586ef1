"""What a gate says of its rules: a record of sentences as in `reports.pages.wording.words`.

A reason is a subject (`mean`, `difference`, `wins`), where it lies (`good`, `bad`, …) and, where nothing is decided, what
would decide it. The sentences on certificates are in `reports.pages.wording.judge_words`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateWords:
    """One language."""

    figures: dict[str, str]
    """What the figures of a run are called, by the names that rules have for them."""
    slices: dict[str, str]
    """Kinds of slices."""
    in_slice: str
    """A measure on one slice."""

    # rules in short
    rule_at_least: str
    rule_at_most: str
    rule_observed: str
    rule_against: str
    rule_better: str
    rule_wins: str
    rule_proven: str

    # subjects
    mean: str
    difference: str
    wins: str

    # where they lie
    good: str
    bad: str
    both: str
    corrected_away: str

    # where they lay while the run went on
    followed_good: str
    followed_bad: str
    followed_open: str
    stopped_for_others: str
    stopped_early: str
    """The run as a whole."""
    followed_to_the_end: str
    followed_decision: str
    followed_decisions: str
    """Where there are too many to name."""

    # what would decide
    would_decide: str
    nothing_decides: str

    # figures of this run alone
    at_least: str
    below: str
    at_most: str
    above: str
    covered: str
    uncovered: str

    # adapters
    proven: str
    weak: str
    unproven: str
    without_proof: str
    no_adapter: str

    # nothing to judge
    no_slice: str
    no_case: str
    itself: str

    # no figure
    too_few: str
    unmeasured: str
    too_little: str
    incomplete: str
    not_compared: str

    # what is printed
    whole: str
    """The outcome of all rules together."""
    dialogues_of_run: str
    """The test suite of JUnit that has a test case a dialogue."""
