"""What metrics say of their measurements, as records: a language is complete when its record can be made.

Places in braces are filled in by the metric that says it. Sentences avoid plurals of counted things, which some languages
have three of, and cases of quoted phrases, which stand as the suite spells them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActReasons:
    """What a reply does, as each rule of `harness.metrics.dialogue_act` puts it."""

    bids_to_review: str
    ends_in_full_recap: str
    asks_what_instead: str
    sold_out: str
    not_done_here: str
    lacking: str
    regrets: str
    asks_for_the_unknown: str
    asks_whether_right: str
    sums_up: str
    only_offers_service: str
    proposes: str
    asks_yes_or_no: str
    states_a_fact: str
    does_none_of_this: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """One language."""

    no_reference: str
    no_words_in_references: str
    too_few_words: str
    """With {least}."""
    not_a_number: str
    """With {value} and {figure}."""
    nothing_expected: str
    does_not_mention: str
    """With {phrases}."""
    mentions: str
    """With {phrases}."""
    wrong_order: str
    """With {lines}."""
    order_line: str
    """With {quantity}, {item} and {read}, which is one of the next two."""
    not_named: str
    read_as: str
    """With {quantities}."""
    asks_nothing: str
    does_not_ask: str
    """With {phrases}."""
    asks_again: str
    """With {phrases}."""
    no_act_due: str
    no_rules: str
    """With {language}."""
    empty_reply: str
    acts: ActReasons
