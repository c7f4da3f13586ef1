"""What became of a gate as lines of text, for terminals and test reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.gating.gate import RuleOutcome
from reports.pages.text import one_line
from reports.pages.wording import Words


def outcome_lines(outcomes: Sequence[RuleOutcome], words: Words) -> Iterator[str]:
    """A line for each rule and candidate, with the reason."""
    width = max(map(len, words.outcomes.values()))
    for one in outcomes:
        yield f"{words.outcomes[one.outcome]:<{width}}  {one_line(f'{one.candidate}: {one.reason}')}"
