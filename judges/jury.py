"""Juries: several judges' verdicts on a reply as one, and how far the members are apart.

Members' verdicts are records of their own; a jury is calculated from them and asks nobody.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean, median
from typing import Literal

from judges.verdict import Verdict
from suites.dialogue import Record

Combination = Literal["mean", "median", "majority", "fitted"]

Link = Literal["logistic", "linear"]

DISAGREEMENT = ".disagreement"
"""After a jury's name: the measure that says how far its members are apart."""


class Juror(Record):
    """A member of a jury."""

    measure: str
    """The measure that its verdicts are."""
    signature: str
    bounds: tuple[float, float]
    """Lowest and highest score."""
    label_scores: dict[str, float] = {}
    """What each label of its scale scores; empty where labels have no score of their own."""


class FittedWeights(Record):
    """How much each member says, as people's labels have it."""

    link: Link
    """`logistic`: the weighted sum is the log-odds of the highest score. `linear`: it is the score itself."""
    intercept: float
    weights: dict[str, float]
    """By the member's measure; for scores that were put on 0 to 1."""

    def combined(self, scores: Mapping[str, float]) -> float:
        """The jury's score from its members', all from 0 to 1."""
        total = self.intercept + sum(weight * scores[name] for name, weight in self.weights.items())
        if self.link == "linear":
            return min(1.0, max(0.0, total))
        return 1 / (1 + math.exp(-total)) if total >= 0 else 1 - 1 / (1 + math.exp(total))


class Jury(Record):
    """Who judges together, and how their verdicts become one."""

    name: str
    title: str
    description: str
    members: tuple[Juror, ...]
    combine: Combination
    quorum: int
    """How many members must have a verdict."""
    fitted: FittedWeights | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score: the members' own where they share a scale, else 0 and 1."""
        scales = {member.bounds for member in self.members}
        return scales.pop() if len(scales) == 1 else (0.0, 1.0)

    @property
    def signature(self) -> str:
        """All that decides its verdicts but the case and the reply."""
        weights = ""
        if self.fitted:
            numbers = ",".join(f"{weight:.4g}" for weight in self.fitted.weights.values())
            weights = f"({self.fitted.link}:{self.fitted.intercept:.4g};{numbers})"
        members = " + ".join(member.signature for member in self.members)
        return f"jury:{self.combine}{weights}|quorum:{self.quorum}|members:[{members}]"

    def verdicts(self, of_members: Mapping[str, Verdict]) -> tuple[Verdict, Verdict]:
        """The jury's verdict on one reply, and its members' disagreement as a verdict of its own.

        Where fewer members than the quorum have a score, both have the status of the first one that has none, and no
        score: what is missing is never a number.

        Args:
            of_members: Every member's verdict, by measure.
        """
        given = {member.measure: of_members[member.measure] for member in self.members}
        scored = [member for member in self.members if given[member.measure].score is not None]
        if len(scored) < self.quorum:
            return self._unscored(given)
        verdict = self._combined(scored, given)
        if len(scored) < 2:
            return verdict, self._without(f"{self.name}{DISAGREEMENT}", "skipped", "a single member has a verdict")
        apart = disagreement([_unit(given[member.measure], member) for member in scored])
        return verdict, Verdict(rubric=f"{self.name}{DISAGREEMENT}", score=apart, signature=self.signature)

    def units(self, of_members: Mapping[str, Verdict]) -> list[float] | None:
        """The members' scores as shares of their scales, 0 to 1; None where one has none."""
        given = [(of_members[member.measure], member) for member in self.members]
        if any(verdict.score is None for verdict, _ in given):
            return None
        return [_unit(verdict, member) for verdict, member in given]

    def _combined(self, scored: Sequence[Juror], given: Mapping[str, Verdict]) -> Verdict:
        if self.combine == "majority":
            return self._majority(scored, given)
        units = {member.measure: _unit(given[member.measure], member) for member in scored}
        match self.combine:
            case "fitted":
                assert self.fitted is not None
                share = self.fitted.combined(units)
            case "median":
                share = median(units.values())
            case _:
                share = fmean(units.values())
        low, high = self.bounds
        return Verdict(rubric=self.name, score=low + share * (high - low), signature=self.signature)

    def _majority(self, scored: Sequence[Juror], given: Mapping[str, Verdict]) -> Verdict:
        votes = Counter(given[member.measure].label for member in scored)
        (label, most), *others = votes.most_common()
        if label is None or (others and others[0][1] == most):
            split = ", ".join(f"{count} {name}" for name, count in votes.most_common())
            return self._without(self.name, "unparsed", f"no label has the most votes: {split}")
        score = scored[0].label_scores[label]
        return Verdict(rubric=self.name, score=score, label=label, signature=self.signature)

    def _unscored(self, given: Mapping[str, Verdict]) -> tuple[Verdict, Verdict]:
        missing = {name: verdict for name, verdict in given.items() if verdict.score is None}
        first = next(iter(missing.values()))
        reason = (
            f"{len(given) - len(missing)} of {len(given)} members have a verdict, fewer than the quorum of {self.quorum}; "
            f"{', '.join(f'{name}: {verdict.status}' for name, verdict in missing.items())} ({first.reason})"
        )
        return (
            self._without(self.name, first.status, reason),
            self._without(f"{self.name}{DISAGREEMENT}", first.status, reason),
        )

    def _without(
        self, name: str, status: Literal["unparsed", "refused", "error", "skipped", "ok"], reason: str
    ) -> Verdict:
        return Verdict(rubric=name, status=status, reason=reason, signature=self.signature)


def disagreement(scores: Sequence[float]) -> float:
    """How far scores from 0 to 1 are apart: the mean distance of two of them (Gini's mean difference).

    0 where all are equal. Two members that say pass and fail are 1 apart; of three, one against two is 2/3.
    """
    return fmean(abs(one - other) for one, other in combinations(scores, 2))


def _unit(verdict: Verdict, member: Juror) -> float:
    """A member's score as a share of its scale, 0 to 1."""
    low, high = member.bounds
    assert verdict.score is not None
    return (verdict.score - low) / (high - low)
