"""What metrics say of their measurements, in English."""

from __future__ import annotations

from typing import Final

from harness.metrics.reasons.words import ActReasons, Reasons

ENGLISH: Final = Reasons(
    no_reference="the case has no reference",
    no_words_in_references="the references hold no words",
    too_few_words="needs a reply of {least} or more words",
    not_a_number="the metric gave {value} as '{figure}'",
    nothing_expected="nothing is expected here",
    does_not_mention="does not mention {phrases}",
    mentions="mentions {phrases}",
    wrong_order="wrong: {lines}",
    order_line="{quantity} x {item} ({read})",
    not_named="not named",
    read_as="read as {quantities}",
    asks_nothing="asks nothing",
    does_not_ask="does not ask for {phrases}",
    asks_again="asks again: {phrases}",
    no_act_due="no act is due",
    no_rules="there are no rules for the language '{language}'",
    empty_reply="the reply is empty",
    acts=ActReasons(
        bids_to_review="bids the customer to look the order over",
        ends_in_full_recap="ends in counting up two things or more, and asks nothing new",
        asks_what_instead="says that something is not to be had and asks what instead",
        sold_out="says that something is not to be had now",
        not_done_here="says that something is not done or not sold here",
        lacking="says that there is none of something",
        regrets="regrets, and sums nothing up",
        asks_for_the_unknown="asks for something that is not known yet",
        asks_whether_right="asks whether all is right, or whether to go ahead",
        sums_up="sums up or counts what was ordered",
        only_offers_service="does nothing but ask what is wanted",
        proposes="proposes something",
        asks_yes_or_no="asks something that yes or no answers",
        states_a_fact="states a fact",
        does_none_of_this="does none of all this",
    ),
)
