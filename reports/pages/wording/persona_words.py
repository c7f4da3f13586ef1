"""What reports say of candidates that imitate a person: a record of sentences as in `reports.pages.wording.words`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonaWords:
    """One language."""

    title: str
    hint: str
    nobody: str
    """Who takes the turns of dialogues that are no persona's."""
    real: str
    """What the person really said, as an author of replies."""
    measures: dict[str, str]
    """Measures of style and nearness by their names in the persona tables."""

    # in short
    in_short: str
    no_lift: str
    beyond: str
    not_beyond: str
    no_price: str
    price: str
    price_outside: str
    notes: dict[str, str]
    """By the kind of the note."""

    # tables
    persons_title: str
    persons_hint: str
    persons_heads: tuple[str, str, str, str, str]
    """Person, training replies, their dialogues, held-out replies, their dialogues."""
    beside_title: str
    """Above the lift and the price of all imitators."""
    imitates: str
    lift_title: str
    lift_hint: str
    lift_heads: tuple[str, str, str, str]
    """Measure, lift, beyond the prompt, beyond another card."""
    price_title: str
    price_hint: str
    price_heads: tuple[str, str, str]
    """Measure, on the person's contexts, on the suite outside."""
    outside_missing: str
    matrix_title: str
    matrix_hint: str
    matrix_corner: str
    gain_title: str
    gain_hint: str
    gain_heads: tuple[str, str, str, str, str, str]
    """Candidate, person, against generic on the person's replies, on the others', the difference, against the runner-up."""
    authorship_title: str
    authorship_hint: str
    accuracy: str
    authorship_heads: tuple[str, str, str, str, str]
    """Replies of, to contexts of, taken for the person's, likeness, lead."""
    taken_title: str
    taken_hint: str
    taken_heads: tuple[str, str, str, str, str, str]
    """Judge, replies of, to contexts of, pairs, taken for the person's, against generic."""
    style_title: str
    style_hint: str
    style_person: str
    style_training: str
    style_gap: str
    style_nearer: str
