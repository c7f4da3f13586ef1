"""The reasons of the gate, in words: what a rule's figure is, where it lies, and what would decide."""

from __future__ import annotations

from dataclasses import dataclass

from reports.gating.application import AppliedRule
from reports.gating.decisions import Decision, side_of
from reports.gating.evidence import Evidence
from reports.gating.policy import GateRule
from reports.gating.rule_names import sliced
from reports.gating.until_decided import Standing
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.statistics.clusters import FEWEST_DIALOGUES, Interval


@dataclass(frozen=True, slots=True)
class Sentences:
    """One language."""

    words: Words

    def decided(self, rule: GateRule, evidence: Evidence, decision: Decision) -> str:
        """Why a rule passes, fails or is open."""
        if evidence.mean is None:
            return self.unmeasured(self._title(rule, evidence))
        if decision.interval is None:
            return self.words.gating.too_few.format(
                measure=self._title(rule, evidence), dialogues=evidence.dialogues, fewest=FEWEST_DIALOGUES
            )
        decimals = _telling(evidence, evidence.mean, decision.interval)
        return self._where(evidence, decision).format(
            subject=self._subject(rule, evidence, evidence.mean, decision.interval, decimals),
            limit=self._number(rule, evidence.line, decimals),
            p=self._figures.p_value(decision.p_value or 0.0),
            p_corrected=self._figures.p_value(decision.p_corrected or 0.0),
            tests=decision.tests,
            way_out=self._way_out(decision.dialogues_needed),
        )

    def followed(
        self, rule: GateRule, evidence: Evidence, standing: Standing | None, dialogues: int, needed: int | None
    ) -> str:
        """What was decided of a rule while the run went on; without a standing, why nothing can be.

        Args:
            rule: The rule.
            evidence: At the end of the run.
            standing: At the last look that the rule needed.
            dialogues: That there were to replay.
            needed: How many would decide, where the rule is open.
        """
        own, title = self.words.gating, self._title(rule, evidence)
        if standing is None:
            return own.stopped_for_others.format(measure=title)
        if standing.figure is None or standing.interval is None:
            return self.unmeasured(title)
        decimals = _telling(evidence, standing.figure, standing.interval)
        subject = self._subject(rule, evidence, standing.figure, standing.interval, decimals)
        sentence = {"pass": own.followed_good, "fail": own.followed_bad, "inconclusive": own.followed_open}
        return sentence[standing.outcome].format(
            subject=subject,
            after=self._figures.count(standing.after),
            dialogues=self._figures.count(dialogues),
            limit=self._number(rule, evidence.line, decimals),
            way_out=self._way_out(needed),
        )

    def observed(self, rule: GateRule, evidence: Evidence) -> str:
        """How the mean of the run itself lies beside a floor or a ceiling."""
        own, mean = self.words.gating, evidence.mean
        if mean is None:
            return self.unmeasured(self._title(rule, evidence))
        above, below = (own.at_least, own.below) if evidence.side > 0 else (own.above, own.at_most)
        sentence = above if mean > evidence.line or (mean == evidence.line and evidence.side > 0) else below
        decimals = telling_decimals(evidence.decimals, mean, evidence.line)
        return sentence.format(
            measure=self._title(rule, evidence),
            mean=self._figures.value(mean, decimals),
            bound=self._figures.value(evidence.line, decimals),
        )

    def share(self, title: str, share: float, bound: float, *, held: bool) -> str:
        """How a share of failed requests lies beside its ceiling."""
        sentence = self.words.gating.at_most if held else self.words.gating.above
        return sentence.format(measure=title, mean=self._figures.percent(share), bound=self._figures.percent(bound))

    def covered(self, title: str, share: float, bound: float, *, held: bool) -> str:
        """How a coverage lies beside its floor."""
        sentence = self.words.gating.covered if held else self.words.gating.uncovered
        return sentence.format(measure=title, share=self._figures.percent(share), bound=self._figures.percent(bound))

    def too_little(self, reason: str, share: float, bound: float) -> str:
        """A reason to pass that does not count, since too little was measured."""
        return self.words.gating.too_little.format(
            reason=reason.removesuffix("."), share=self._figures.percent(share), bound=self._figures.percent(bound)
        )

    def hindered(self, applied: AppliedRule, title: str) -> str:
        """Why a rule judges nothing."""
        own, meant = self.words.gating, applied.rule.slice
        if applied.hindrance == "itself":
            return own.itself.format(measure=title, candidate=one_line(applied.candidate))
        assert meant is not None, "only rules about slices can lack one"
        sentence = own.no_slice if applied.hindrance == "no_slice" else own.no_case
        return sentence.format(measure=title, kind=own.slices[meant.kind], name=one_line(meant.name))

    def unmeasured(self, title: str) -> str:
        """There is no figure."""
        return self.words.gating.unmeasured.format(measure=title)

    def _where(self, evidence: Evidence, decision: Decision) -> str:
        own = self.words.gating
        if decision.outcome == "pass":
            return own.good
        if decision.outcome == "fail":
            return own.bad
        assert decision.interval is not None
        is_bad = side_of(decision.interval, evidence.line, evidence.side, strict=True) == "fail"
        return own.corrected_away if is_bad else own.both

    def _subject(self, rule: GateRule, evidence: Evidence, mean: float, interval: Interval, decimals: int) -> str:
        own = self.words.gating
        sentence = own.wins if rule.win_rate is not None else own.difference if rule.compares else own.mean
        return sentence.format(
            measure=self._title(rule, evidence),
            against=evidence.against,
            figure=self._number(rule, mean, decimals),
            interval=self._figures.interval(interval, decimals, signed=rule.compares),
        )

    def _way_out(self, dialogues_needed: int | None) -> str:
        own = self.words.gating
        if dialogues_needed is None:
            return own.nothing_decides
        return own.would_decide.format(dialogues=self._figures.count(dialogues_needed))

    def _number(self, rule: GateRule, number: float, decimals: int) -> str:
        return self._figures.signed(number, decimals) if rule.compares else self._figures.value(number, decimals)

    def _title(self, rule: GateRule, evidence: Evidence) -> str:
        return sliced(evidence.title, rule.slice, self.words)

    @property
    def _figures(self) -> Figures:
        return Figures(self.words.language)


def telling_decimals(fewest: int, figure: float, bound: float) -> int:
    """The fewest decimals with which a figure does not look like its bound, unless it is practically equal to it."""
    tried = range(fewest, fewest + 4)
    return next((d for d in tried if round(figure, d) != round(bound, d)), fewest)


def _telling(evidence: Evidence, mean: float, interval: Interval) -> int:
    numbers = (mean, interval.low, interval.high)
    return max(telling_decimals(evidence.decimals, number, evidence.line) for number in numbers)
