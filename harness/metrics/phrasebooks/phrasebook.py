"""What a phrasebook holds and which languages have one."""

from __future__ import annotations

import re
from dataclasses import dataclass

Cue = re.Pattern[str]


def cue(*patterns: str) -> Cue:
    """A cue that is found where any of `patterns` matches whole words of a normalised sentence."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """The cues of one language, as patterns over normalised sentences (`suites.words.normalise`)."""

    question_word: Cue
    """What, which, how many: the question asks for something not yet known."""
    choice: Cue
    """"Or": the question offers alternatives."""
    yes_no_opening: Cue
    """Opens a question that yes or no answers; a sentence that lacks it and ends in "?" is a statement to be confirmed."""
    about_something: Cue
    """Begins the part of a question that says what it is about, not what it asks for: "which milk FOR the latte"."""
    is_it_right: Cue
    """In a question: asks whether what was said is right or complete."""
    go_ahead: Cue
    """In a question: asks whether to carry out what was agreed."""
    review: Cue
    """In any sentence: bids to look the order over."""
    more: Cue
    """In a question: asks whether there is anything else."""
    service: Cue
    """In a question: offers service in general, before anything is ordered."""
    proposal: Cue
    """In a question: proposes one thing ("how about a mocha")."""
    wish: Cue
    """In a yes-no question: asks for the customer's wish, so that the answer adds something to the order."""
    what_instead: Cue
    """In a question: asks what to take instead, or whether something else was meant, naming nothing."""
    recap: Cue
    """Opens a sentence that sums up what was agreed."""
    offer: Cue
    """Says what there is to be had: a sentence with it is no recap, though it may count things."""
    not_counted: Cue
    """After a number: what it counts is not an ordered thing (minutes, o'clock)."""
    measure: Cue | None
    """Counts one of something by itself, in languages that do without an article ("пачка чая")."""
    not_counting: Cue
    """Before a number: it does not count ordered things (at two, in one box, that one)."""
    sold_out: Cue
    """Says that something is not to be had now."""
    declined: Cue
    """Says that something is not done or not sold here."""
    lacking: Cue
    """Says that there is none of something, now or ever."""
    regret: Cue
    """Breaks bad news."""
    fact: Cue
    """Says what there is, where it is, how it is made."""
    social: Cue
    """Greets, thanks, wishes."""
