"""Everything that the reports of one run show, computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.comparison import Comparison, compare_run
from reports.confusion import Confusion, confusions_of
from reports.corrected import CorrectedMean, corrected_means
from reports.failures.groups import Failures, failures_of
from reports.failures.review import Review, read_review
from reports.gating.gate import TERMS_OF_REPORTS, GateResult, GateRule, Terms, evaluate_gate, rules_of
from reports.pages.difference_rows import correction_sentence
from reports.pages.verdict import comparison_sentence, gate_sentence, stopping_sentence, with_leak
from reports.pages.wording import Words, words_for
from reports.persona.analysis import persona_findings
from reports.persona.findings import PersonaFindings
from reports.preferences import Preferences, preferences_of
from reports.scores import Scores, scores_of
from reports.slices import Slices, slices_of
from reports.suspicions import Suspicions, suspicions_of
from reports.tables import RunTables
from reports.titles import in_words
from reports.unmeasured import Unmeasured, unmeasured_of


@dataclass(frozen=True, slots=True)
class Analysis:
    """A run and what its numbers say."""

    tables: RunTables
    scores: Scores
    comparison: Comparison
    slices: Slices
    confusions: tuple[Confusion, ...]
    failures: Failures
    review: Review
    unmeasured: tuple[Unmeasured, ...]
    """Empty where every measurement that was due has a value."""
    suspicions: Suspicions
    preferences: tuple[Preferences, ...]
    """Empty where the run compared no replies with each other."""
    corrected: tuple[CorrectedMean, ...]
    """Judged means corrected by people's labels on the run; empty where there are none."""
    gate: GateResult | None
    """None where there is no rule."""
    persona: PersonaFindings | None
    """None where the run's spec has no persona section."""
    words: Words

    @property
    def verdict(self) -> str:
        """One sentence: the gate's where there is one, else how the candidates compare."""
        if self.gate is None:
            return self.standing
        return with_leak(gate_sentence(self.gate, self.words), self.tables.manifest, self.words)

    @property
    def legend(self) -> str:
        """How to read the table of measures."""
        if not self.comparison.differences:
            return self.words.legend_interval
        hint = " ".join(filter(None, [self.words.measures_hint, correction_sentence(self.comparison, self.words)]))
        different = any(d.relation == "different" for d in self.comparison.differences.values())
        return f"{hint} {self.words.legend_different}" if different else hint

    @property
    def standing(self) -> str:
        """How the candidates stand against the baseline, and where the run stopped if that was before its end."""
        standing = comparison_sentence(self.tables, self.comparison, self.words)
        return " ".join(filter(None, [standing, stopping_sentence(self.tables, self.words)]))


def analyse(
    tables: RunTables,
    language: str | None = None,
    rules: Sequence[GateRule] | None = None,
    terms: Terms = TERMS_OF_REPORTS,
) -> Analysis:
    """Compare, slice and judge a run.

    Args:
        tables: The run.
        language: Tag of the language of the reports; the suite's if not given.
        rules: The gate; that of the run's spec if not given.
        terms: On which it is applied.

    Raises:
        ReportError: The tables contradict each other, or the gate names something that the run does not have.
    """
    words = words_for(language or tables.manifest.suite.language)
    tables = in_words(tables, words)
    scores = scores_of(tables)
    rules = rules_of(tables) if rules is None else rules
    return Analysis(
        tables=tables,
        scores=scores,
        comparison=compare_run(tables, scores),
        slices=slices_of(tables, scores),
        confusions=confusions_of(tables),
        failures=failures_of(tables, scores.dialogues),
        review=read_review(tables.folder),
        unmeasured=unmeasured_of(tables, scores),
        suspicions=suspicions_of(tables),
        preferences=preferences_of(tables),
        corrected=corrected_means(tables),
        persona=persona_findings(tables, scores),
        gate=evaluate_gate(tables, rules, terms, words=words, scores=scores) if rules else None,
        words=words,
    )
