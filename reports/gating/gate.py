"""Whether candidates may be released: the rules of a policy applied to a run.

A rule never passes on numbers that are missing: what was not measured, too little of it, or too few dialogues for an
interval makes it inconclusive, and so does a run that is not complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from reports.certificates import RunCertificate, certificates_in
from reports.comparison import differences_of, means_of
from reports.errors import ReportError, unknown_name
from reports.estimates import Difference, Mean
from reports.gating.certified import certified_outcome
from reports.gating.policy import GateRule
from reports.pages.figures import Figures
from reports.pages.wording import ENGLISH, Words
from reports.records import Measure, Record
from reports.scores import Scores, coverage, scores_of
from reports.statistics.clusters import FEWEST_DIALOGUES, Interval
from reports.tables import MANIFEST_FILE, RunTables

__all__ = ["GateResult", "GateRule", "Outcome", "RuleOutcome", "evaluate_gate", "non_inferiority", "rules_of"]

Outcome = Literal["pass", "fail", "inconclusive"]

_COVERAGE = ".coverage"


class RuleOutcome(Record):
    """One rule applied to one candidate."""

    rule: GateRule
    candidate: str
    outcome: Outcome
    reason: str
    """One sentence with the figures that decided."""
    figure: float | None = None
    """The mean, difference or coverage that was judged; None where there is none."""
    interval: Interval | None = None


class GateResult(Record):
    """All rules applied to all candidates."""

    outcome: Outcome
    """`fail` if any rule fails, else `inconclusive` if any is or none was applied, else `pass`."""
    outcomes: tuple[RuleOutcome, ...]

    def of_candidate(self, candidate: str) -> Outcome:
        """The outcome for one candidate alone."""
        return _overall([o for o in self.outcomes if o.candidate == candidate])


def evaluate_gate(
    tables: RunTables,
    rules: Sequence[GateRule],
    candidates: Sequence[str] | None = None,
    *,
    words: Words = ENGLISH,
    scores: Scores | None = None,
) -> GateResult:
    """Apply every rule to every candidate. A rule against a candidate is not applied to that candidate itself.

    Args:
        tables: The run.
        rules: At least one.
        candidates: Who is to be released; all but the baseline if not given (the baseline where it is alone).
        words: The language of the reasons.
        scores: The run's scores, where they are at hand.

    Raises:
        ReportError: There is no rule, or one names a measure or candidate that the run does not have.
    """
    if not rules:
        raise ReportError("there is no rule to judge by; add rules under `gate` in the run's spec")
    chosen = tuple(candidates) if candidates else _contenders(tables)
    for name in (*chosen, *(name for rule in rules for name in (rule.candidate, rule.against) if name)):
        if name not in tables.candidates:
            raise ReportError(f"gate: {unknown_name(name, tables.candidates, 'candidate')}")
    for rule in rules:
        _require_measure(rule, tables.measures)
    judge = _Judge.of(tables, scores or scores_of(tables), rules, words)
    outcomes = [
        judge.outcome(rule, name)
        for rule in rules
        for name in chosen
        if name != rule.against and rule.candidate in (None, name)
    ]
    if tables.manifest.status == "incomplete":
        outcomes = [_provisional(outcome, words) for outcome in outcomes]
    return GateResult(outcome=_overall(outcomes), outcomes=tuple(outcomes))


def rules_of(tables: RunTables) -> tuple[GateRule, ...]:
    """The rules under `gate` in the spec that the run was made from; empty if it has none.

    Raises:
        ReportError: They cannot be read.
    """
    written = tables.manifest.spec.get("gate") or ()
    try:
        return tuple(GateRule.model_validate(rule) for rule in written)
    except (ValidationError, TypeError):
        raise ReportError(
            "has gate rules in `spec` that this version of Rejoinder cannot read; use the version that wrote it",
            file=tables.folder / MANIFEST_FILE,
        ) from None


@dataclass(frozen=True, slots=True)
class _Judge:
    """The figures that rules ask for, and the words to judge them in."""

    scores: Scores
    means: dict[tuple[str, str], Mean]
    differences: dict[str, dict[tuple[str, str], Difference]]
    """By the name of the candidate compared with."""
    words: Words
    certificates: dict[str, RunCertificate]
    """By measure, of the judges."""

    @staticmethod
    def of(tables: RunTables, scores: Scores, rules: Sequence[GateRule], words: Words) -> _Judge:
        needed = scores.of_measures([rule.measure for rule in rules])
        against = dict.fromkeys(rule.against for rule in rules if rule.against)
        differences = {name: differences_of(needed, name) for name in against}
        return _Judge(scores, means_of(needed), differences, words, certificates_in(tables.manifest))

    def outcome(self, rule: GateRule, candidate: str) -> RuleOutcome:
        if self._measure(rule.measure) is None:
            return self._coverage_outcome(rule, candidate)
        if rule.certified:
            return self._certified_outcome(rule, candidate)
        return self._margin_outcome(rule, candidate) if rule.against else self._bound_outcome(rule, candidate)

    def _bound_outcome(self, rule: GateRule, candidate: str) -> RuleOutcome:
        mean = self.means[rule.measure, candidate]
        measure = self._measure(rule.measure)
        assert measure is not None
        if mean.mean is None:
            return self._unmeasured(rule, candidate, measure.title)
        if rule.at_least is not None:
            bound, held = rule.at_least, mean.mean >= rule.at_least
            sentence = self.words.gate_at_least if held else self.words.gate_below
        else:
            assert rule.at_most is not None
            bound, held = rule.at_most, mean.mean <= rule.at_most
            sentence = self.words.gate_at_most if held else self.words.gate_above
        decimals = _telling_decimals(measure.decimals, mean.mean, bound)
        reason = sentence.format(
            measure=measure.title,
            mean=self._figures.value(mean.mean, decimals),
            bound=self._figures.value(bound, decimals),
        )
        outcome = RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome="pass" if held else "fail",
            reason=reason,
            figure=mean.mean,
            interval=mean.interval,
        )
        return self._only_if_covered(outcome, mean.coverage)

    def _margin_outcome(self, rule: GateRule, candidate: str) -> RuleOutcome:
        assert rule.against is not None and rule.margin is not None
        measure = self._measure(rule.measure)
        assert measure is not None
        difference = self.differences[rule.against][rule.measure, candidate]
        if difference.difference is None:
            return self._unmeasured(rule, candidate, measure.title)
        if difference.interval is None:
            reason = self.words.gate_too_few.format(
                measure=measure.title, dialogues=difference.dialogues, fewest=FEWEST_DIALOGUES
            )
            return RuleOutcome(
                rule=rule, candidate=candidate, outcome="inconclusive", reason=reason, figure=difference.difference
            )
        outcome = non_inferiority(difference.interval, rule.margin, measure.direction)
        sentence = {
            "pass": self.words.gate_good_side,
            "fail": self.words.gate_bad_side,
            "inconclusive": self.words.gate_both_sides,
        }[outcome]
        limit = -rule.margin * measure.direction
        decimals = max(
            _telling_decimals(measure.decimals, end, limit)
            for end in (difference.interval.low, difference.interval.high)
        )
        reason = sentence.format(
            measure=measure.title,
            against=rule.against,
            difference=self._figures.signed(difference.difference, decimals),
            interval=self._figures.interval(difference.interval, decimals),
            limit=self._figures.signed(limit, decimals),
        )
        judged = RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome=outcome,
            reason=reason,
            figure=difference.difference,
            interval=difference.interval,
        )
        shares = [self.means[rule.measure, name].coverage for name in (candidate, rule.against)]
        return self._only_if_covered(judged, min(share or 0.0 for share in shares))

    def _certified_outcome(self, rule: GateRule, candidate: str) -> RuleOutcome:
        measure = self._measure(rule.measure)
        assert measure is not None
        outcome, reason = certified_outcome(rule, measure.title, self.certificates.get(rule.measure), self.words)
        return RuleOutcome(rule=rule, candidate=candidate, outcome=outcome, reason=reason)

    def _coverage_outcome(self, rule: GateRule, candidate: str) -> RuleOutcome:
        assert rule.at_least is not None
        title = rule.measure.removesuffix(_COVERAGE)
        members = [i for i, m in enumerate(self.scores.measures) if m.name == title]
        members = members or [i for i, m in enumerate(self.scores.measures) if m.kind == title]
        share = coverage(self.scores.statuses[members, self.scores.candidates.index(candidate)])
        if share is None:
            return self._unmeasured(rule, candidate, title)
        held = share >= rule.at_least
        sentence = self.words.gate_covered if held else self.words.gate_uncovered
        return RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome="pass" if held else "fail",
            reason=sentence.format(
                measure=title, share=self._figures.percent(share), bound=self._figures.percent(rule.at_least)
            ),
            figure=share,
        )

    def _only_if_covered(self, outcome: RuleOutcome, share: float | None) -> RuleOutcome:
        """A pass with too little coverage is none: what is missing could have turned it."""
        if outcome.outcome != "pass" or (share is not None and share >= outcome.rule.min_coverage):
            return outcome
        reason = self.words.gate_too_little.format(
            reason=outcome.reason.removesuffix("."),
            share=self._figures.percent(share or 0.0),
            bound=self._figures.percent(outcome.rule.min_coverage),
        )
        return outcome.model_copy(update={"outcome": "inconclusive", "reason": reason})

    def _unmeasured(self, rule: GateRule, candidate: str, title: str) -> RuleOutcome:
        reason = self.words.gate_unmeasured.format(measure=title)
        return RuleOutcome(rule=rule, candidate=candidate, outcome="inconclusive", reason=reason)

    def _measure(self, name: str) -> Measure | None:
        return next((m for m in self.scores.measures if m.name == name), None)

    @property
    def _figures(self) -> Figures:
        return Figures(self.words.language)


def non_inferiority(difference: Interval, margin: float, direction: int) -> Outcome:
    """Whether an interval of a difference shows that a candidate is not worse by `margin` or more.

    Passes only if the whole interval is better than the margin, fails if the whole of it is worse (the two one-sided
    view of Piaggio et al. 2012, doi:10.1001/jama.2012.87802, at 2.5 %).

    Args:
        difference: Candidate less the other, in the measure's units.
        margin: How much worse is still acceptable, 0 or more, in the measure's units.
        direction: 1 where higher is better, -1 where lower is.
    """
    low, high = sorted((difference.low * direction, difference.high * direction))
    if low > -margin:
        return "pass"
    return "fail" if high < -margin else "inconclusive"


def _contenders(tables: RunTables) -> tuple[str, ...]:
    others = tuple(name for name in tables.candidates if name != tables.manifest.baseline)
    return others or tables.candidates


def _require_measure(rule: GateRule, measures: Sequence[Measure]) -> None:
    by_name = {m.name: m for m in measures}
    measure = by_name.get(rule.measure)
    if measure is None:
        coverages = [f"{name}{_COVERAGE}" for name in (*by_name, *dict.fromkeys(m.kind for m in measures))]
        if rule.measure in coverages:
            return
        known = coverages if rule.measure.endswith(_COVERAGE) else list(by_name)
        raise ReportError(f"gate: {unknown_name(rule.measure, known, 'measure')}")
    if rule.certified and measure.kind != "judge":
        raise ReportError(f"gate: no judge takes the measure '{rule.measure}', so there is nothing to certify")
    if rule.against and measure.direction == 0:
        raise ReportError(
            f"gate: the measure '{rule.measure}' has no better side; bound it by `at_least` or `at_most` instead"
        )


def _telling_decimals(fewest: int, figure: float, bound: float) -> int:
    """The fewest decimals with which a figure does not look like its bound, unless it is practically equal to it."""
    tried = range(fewest, fewest + 4)
    return next((d for d in tried if round(figure, d) != round(bound, d)), fewest)


def _provisional(outcome: RuleOutcome, words: Words) -> RuleOutcome:
    reason = words.gate_incomplete.format(reason=outcome.reason)
    return outcome.model_copy(update={"outcome": "inconclusive", "reason": reason})


def _overall(outcomes: Sequence[RuleOutcome]) -> Outcome:
    found = {outcome.outcome for outcome in outcomes}
    if "fail" in found:
        return "fail"
    return "pass" if found == {"pass"} else "inconclusive"
