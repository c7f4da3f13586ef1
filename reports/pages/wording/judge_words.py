"""What reports say of judges held against people: a record of sentences as in `reports.pages.wording.words`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JudgeWords:
    """One language."""

    title: str
    hint: str
    heads: tuple[str, str, str, str, str, str, str]
    """Measure, standing, agreement, against chance, labelled replies, coverage, remark."""
    certified: str
    uncertified: str
    no_longer: str
    uncertified_remark: str
    python_remark: str
    jury_remark: str
    correct_remark: str
    no_longer_remark: str
    changes: dict[str, str]
    """By what is another now than it was."""
    figures: dict[str, str]
    """By the names that certificates and gates have for them."""
    labelled: str
    of_chance: str
    people: str
    mended: str
    drawn_agreement: str
    drawn_unread: str
    in_short: str

    # what a judge is worth
    at_chance: str
    below_chance: str
    unknown_chance: str

    # gate
    rule: str
    gate_pass: str
    gate_fail: str
    gate_unclear: str
    gate_labels: str
    """What would decide."""
    gate_no_labels: str
    gate_no_interval: str
    gate_no_figure: str
    gate_no_item_figure: str
    gate_uncertified: str
    gate_no_longer: str

    # corrected means
    corrected_title: str
    corrected_hint: str
    corrected_heads: tuple[str, str, str, str, str, str]
    """Measure, candidate, as judged, corrected, by, labelled."""
    methods: dict[str, str]
    labelled_of: str
    no_correction: dict[str, str]
    """By why there is none."""
