"""The error of a rule that does not fit a run, with the rule and the field that whoever has the file can name."""

from __future__ import annotations

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

    def of_rule(self, rule: int) -> RuleError:
        """The same, of the rule at a position in the policy."""
        return RuleError(self.problem, self.field, rule)
