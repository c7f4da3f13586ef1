"""Whether candidates may be released: the rules of a policy applied to a run.

A rule never passes on numbers that are missing: what was not measured, too little of it, or too few dialogues for an
interval makes it inconclusive, and so does a run that is not complete.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from reports.certificates import RunCertificate, certificates_in
from reports.errors import ReportError
from reports.gating.adapter_rule import proven_outcome
from reports.gating.application import AppliedRule, applied_rules
from reports.gating.certified import certified_outcome
from reports.gating.checking import check_rules
from reports.gating.decisions import CORRECTION, Decision, decide, dialogues_needed
from reports.gating.earlier_runs import EarlierRuns, earlier_run_of
from reports.gating.evidence import Evidence, Witness, line_test
from reports.gating.likeness import Allowed
from reports.gating.policy import COVERAGE, ERROR_SHARE, GateRule, Outcome
from reports.gating.run_figures import RunFigures
from reports.gating.sentences import Sentences
from reports.gating.until_decided import UntilDecided, until_decided_of
from reports.pages.wording import ENGLISH, Words
from reports.records import Record
from reports.scores import Scores
from reports.statistics.clusters import Interval
from reports.statistics.significance import Correction
from reports.tables import MANIFEST_FILE, RunTables
from reports.titles import in_words

__all__ = [
    "TERMS_OF_REPORTS",
    "GateResult",
    "GateRule",
    "Outcome",
    "RuleOutcome",
    "Terms",
    "evaluate_gate",
    "rules_of",
]


class RuleOutcome(Record):
    """One rule applied to one candidate."""

    rule: GateRule
    candidate: str
    outcome: Outcome
    reason: str
    """One sentence with the figures that decided."""
    figure: float | None = None
    """The mean, difference, win rate or share that was judged; None where there is none."""
    interval: Interval | None = None
    """95 %, the one that decided."""
    p_value: float | None = None
    """One-sided, of "the true figure is on the good side of the line, or on it"; None where nothing was tested."""
    p_corrected: float | None = None
    correction: Correction | None = None
    """Of `p_corrected`: over all tests of the policy, whose number is `tests`."""
    tests: int | None = None
    dialogues_needed: int | None = None
    """Where it is inconclusive: dialogues in all that would decide it in four runs of five, were the figure the truth."""
    labels_needed: int | None = None
    """The same for a certificate: labelled replies in all."""


class GateResult(Record):
    """All rules applied to all candidates."""

    outcome: Outcome
    """`fail` if any rule fails, else `inconclusive` if any is or none was applied, else `pass`."""
    outcomes: tuple[RuleOutcome, ...]

    def of_candidate(self, candidate: str) -> Outcome:
        """The outcome for one candidate alone."""
        return _overall([o for o in self.outcomes if o.candidate == candidate])


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a policy is applied to a run."""

    candidates: Sequence[str] = ()
    """Who is to be released; all but the baseline if none is named (the baseline where it is alone)."""
    allow: Collection[Allowed] = ()
    """What may differ between the run and stored runs that it is compared with."""
    strict: bool = True
    """Refuse where a stored run is missing or does not fit, or no case is in a slice; if not, the rules about it are
    inconclusive. A run that stopped early is not to blame for a slice that it did not come to."""


DEFAULT_TERMS: Final = Terms()
TERMS_OF_REPORTS: Final = Terms(strict=False)
"""A report is made whatever its gate asks for."""


def evaluate_gate(
    tables: RunTables,
    rules: Sequence[GateRule],
    terms: Terms = DEFAULT_TERMS,
    *,
    words: Words = ENGLISH,
    scores: Scores | None = None,
) -> GateResult:
    """Apply every rule to every candidate. A rule against a candidate is not applied to that candidate itself, unless nobody
    else is to be released: such a rule, and one about slices that the run has none of, judges nothing and is inconclusive.

    Args:
        tables: The run.
        rules: At least one.
        terms: Who is judged, and how strictly stored runs must fit.
        words: The language of the reasons.
        scores: The run's scores, where they are at hand.

    Raises:
        RuleError: A rule names a measure, candidate or slice that the run does not have.
        ReportError: There is no rule, or one names a stored run that cannot be compared with.
    """
    tables, until_decided = in_words(tables, words), until_decided_of(tables)
    is_whole = until_decided is None or not until_decided.stopped_early
    check_rules(rules, tables, terms.candidates, slices=terms.strict and is_whole)
    run = RunFigures.of(tables, words, scores)
    witness = Witness(run, EarlierRuns(tables, words, terms.allow))
    judge = _Judge(run, witness, certificates_in(tables.manifest), until_decided, terms.strict)
    outcomes = list(judge.outcomes(applied_rules(rules, tables, terms.candidates)))
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
    """Gathers the evidence on all rules, then decides them together."""

    run: RunFigures
    witness: Witness
    certificates: dict[str, RunCertificate]
    """By measure, of the judges."""
    until_decided: UntilDecided | None
    """What was decided while the run went on, where it was one that does."""
    strict: bool

    def outcomes(self, applied: Sequence[AppliedRule]) -> Iterator[RuleOutcome]:
        """One for each rule and candidate, in their order."""
        found = [self._found(one) for one in applied]
        tested = [
            (rule, one)
            for (rule, _, _), one in zip(applied, found, strict=True)
            if isinstance(one, Evidence) and not rule.observed
        ]
        decisions = iter(decide([line_test(evidence, rule) for rule, evidence in tested]))
        for (rule, name, _), one in zip(applied, found, strict=True):
            if isinstance(one, RuleOutcome):
                yield one
            elif rule.observed:
                yield self._observed(rule, name, one)
            else:
                yield self._decided(rule, name, one, next(decisions))

    def _found(self, applied: AppliedRule) -> Evidence | RuleOutcome:
        """The evidence on a rule with a line; the outcome of any other, and of one that judges nothing."""
        rule, candidate, hindrance = applied
        if hindrance is None:
            return self._fact(rule, candidate) or self._evidence(rule, candidate)
        reason = self._sentences.hindered(applied, self._title(rule))
        return RuleOutcome(rule=rule, candidate=candidate, outcome="inconclusive", reason=reason)

    def _evidence(self, rule: GateRule, candidate: str) -> Evidence | RuleOutcome:
        try:
            evidence = self.witness.evidence(rule, candidate)
        except ReportError as error:
            if self.strict or earlier_run_of(rule, self.run.tables) is None:
                raise
            reason = self.run.words.gating.not_compared.format(problem=str(error))
            return RuleOutcome(rule=rule, candidate=candidate, outcome="inconclusive", reason=reason)
        followed = None if rule.observed else self._followed(rule, candidate, evidence)
        return evidence if followed is None else followed

    def _followed(self, rule: GateRule, candidate: str, evidence: Evidence) -> RuleOutcome | None:
        """The outcome of a rule that was judged while the run went on; None where it is to be judged now."""
        if self.until_decided is None:
            return None
        standing = self.until_decided.standing(rule, candidate)
        if standing is None and not self.until_decided.stopped_early:
            return None
        needed, covered = None, (evidence.coverage or 0.0) >= rule.min_coverage
        if standing is not None and standing.outcome == "inconclusive" and covered:  # so all dialogues were replayed
            needed = dialogues_needed(line_test(evidence, rule), len(self.until_decided.standings))
        outcome = RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome=standing.outcome if standing else "inconclusive",
            reason=self._sentences.followed(rule, evidence, standing, self.until_decided.dialogues, needed),
            figure=standing.figure if standing else evidence.mean,
            interval=standing.interval if standing else None,
            dialogues_needed=needed,
        )
        return self._only_if_covered(outcome, evidence.coverage)

    def _decided(self, rule: GateRule, candidate: str, evidence: Evidence, decision: Decision) -> RuleOutcome:
        outcome = RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome=decision.outcome,
            reason=self._sentences.decided(rule, evidence, decision),
            figure=evidence.mean,
            interval=decision.interval,
            p_value=decision.p_value,
            p_corrected=decision.p_corrected,
            correction=CORRECTION if decision.p_corrected is not None else None,
            tests=decision.tests if decision.p_corrected is not None else None,
            dialogues_needed=decision.dialogues_needed,
        )
        return self._only_if_covered(outcome, evidence.coverage)

    def _observed(self, rule: GateRule, candidate: str, evidence: Evidence) -> RuleOutcome:
        mean = evidence.mean
        held = mean is not None and (mean - evidence.line) * evidence.side >= 0
        outcome = RuleOutcome(
            rule=rule,
            candidate=candidate,
            outcome="inconclusive" if mean is None else "pass" if held else "fail",
            reason=self._sentences.observed(rule, evidence),
            figure=mean,
        )
        return self._only_if_covered(outcome, evidence.coverage)

    def _fact(self, rule: GateRule, candidate: str) -> RuleOutcome | None:
        """The outcome of a rule about what happened in this run, or about a judge; None if it is about a figure with a line."""
        manifest, words = self.run.tables.manifest, self.run.words
        if rule.proven:
            outcome, reason = proven_outcome(manifest, candidate, words)
            return RuleOutcome(rule=rule, candidate=candidate, outcome=outcome, reason=reason)
        if rule.certified:
            certificate = self.certificates.get(rule.measure)
            outcome, reason, needed = certified_outcome(rule, self._title(rule), certificate, words)
            return RuleOutcome(rule=rule, candidate=candidate, outcome=outcome, reason=reason, labels_needed=needed)
        if self.run.measure(rule.measure) is not None or rule.win_rate is not None:
            return None
        return self._share(rule, candidate)

    def _share(self, rule: GateRule, candidate: str) -> RuleOutcome:
        """A coverage or the share of failed requests: it is what it is, and no sample of anything."""
        if rule.measure == ERROR_SHARE:
            title, share, bound, side = (
                self.run.words.gating.figures[ERROR_SHARE],
                self.run.error_share(candidate),
                rule.at_most,
                -1,
            )
            sentence = self._sentences.share
        else:
            title = rule.measure.removesuffix(COVERAGE)
            share, bound, side = self.run.coverage_of(title, candidate), rule.at_least, 1
            sentence = self._sentences.covered
        assert bound is not None, "rules were checked"
        if share is None:
            reason = self._sentences.unmeasured(title)
            return RuleOutcome(rule=rule, candidate=candidate, outcome="inconclusive", reason=reason)
        held = (share - bound) * side >= 0
        reason = sentence(title, share, bound, held=held)
        return RuleOutcome(
            rule=rule, candidate=candidate, outcome="pass" if held else "fail", reason=reason, figure=share
        )

    def _only_if_covered(self, outcome: RuleOutcome, share: float | None) -> RuleOutcome:
        """A pass with too little coverage is none: what is missing could have turned it."""
        if outcome.outcome != "pass" or (share is not None and share >= outcome.rule.min_coverage):
            return outcome
        reason = self._sentences.too_little(outcome.reason, share or 0.0, outcome.rule.min_coverage)
        return outcome.model_copy(update={"outcome": "inconclusive", "reason": reason})

    def _title(self, rule: GateRule) -> str:
        """Of what a rule is about: a measure, a rubric of pairs, or a figure of the run."""
        titles = {one.name: one.title for one in self.run.tables.manifest.preferences}
        measure = self.run.measure(rule.measure)
        return measure.title if measure is not None else titles.get(rule.measure, rule.measure)

    @property
    def _sentences(self) -> Sentences:
        return Sentences(self.run.words)


def _provisional(outcome: RuleOutcome, words: Words) -> RuleOutcome:
    reason = words.gating.incomplete.format(reason=outcome.reason)
    return outcome.model_copy(update={"outcome": "inconclusive", "reason": reason})


def _overall(outcomes: Sequence[RuleOutcome]) -> Outcome:
    found = {outcome.outcome for outcome in outcomes}
    if "fail" in found:
        return "fail"
    return "pass" if found == {"pass"} else "inconclusive"
