"""What reports say of failure groups, in English."""

from __future__ import annotations

from typing import Final

from reports.pages.wording.failure_words import FailureWords

ENGLISH_FAILURES: Final = FailureWords(
    title="What went wrong",
    hint=(
        "Every reply that an act, a check or a judge objects to, once, under its most telling fault. Within a fault, replies "
        "worded alike stand together, with the words that tell them from the others. Fewer is better: ▲ fewer than the "
        "baseline, ▼ more, no mark where it could be chance."
    ),
    nothing="No act, check or judge objects to any reply.",
    kinds={
        "no_reply": "No reply",
        "promised": "Says or promises what is not so",
        "amnesia": "Asks again for what was said",
        "item_missed": "Misses an item of the order",
        "wrong_quantity": "Wrong quantity",
        "order": "Gets the order wrong",
        "not_mentioned": "Does not mention what it must",
        "not_asked": "Does not ask for what is missing",
        "act": "Does “{done}” where “{due}” is due",
        "check": "Fails the check {measure}",
        "judge": "Judged low: {measure}",
    },
    heads=("Candidate", "Replies", "Of its replies", "Against the baseline"),
    points="{points} pp",
    alike="{share} worded like “{terms}”",
    others="{share} worded otherwise",
    sampled="Grouped by wording from a random sample of {count} replies.",
    left_out="Replies with rarer faults, not shown as groups: {count}.",
    all_cases="All cases of this group",
)
