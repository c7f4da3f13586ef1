"""The error of a rule that does not fit a run, with the rule and the field that whoever has the file can name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reports.errors import ReportError


class RuleError(ReportError):
    """A rule asks for what the run does not have. `problem` says it without naming the rule."""

    def __init__(self, problem: str, field: str, rule: int | None = None) -> None:
        """Make ready.

        Args:
            problem: What is wrong, and what to do.
            field: Of the rule.
            rule: Its position in the policy, where that is known.
        """
        super().__init__(problem)
        self.field = field
        self.rule = rule

    def __str__(self) -> str:
        return f"gate: {self.problem}"


@contextmanager
def of_rule(number: int) -> Iterator[None]:
    """What does not fit is said of the rule at this position in the policy.

    Raises:
        RuleError: With that position.
    """
    try:
        yield
    except RuleError as error:
        raise RuleError(error.problem, error.field, number) from None
