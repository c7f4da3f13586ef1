"""The sentences that open every report: what this run shows, for someone who reads nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from reports.comparison import Comparison
from reports.gating.gate import GateResult
from reports.gating.rule_names import rule_name
from reports.gating.until_decided import UntilDecided, until_decided_of
from reports.pages.figures import MINUS, Figures
from reports.pages.wording import Words
from reports.records import Manifest
from reports.tables import RunTables

_MOST_IN_FULL: Final = 3  # candidates, or rules; of more than these, only the counts are told


def comparison_sentence(tables: RunTables, comparison: Comparison, words: Words) -> str:
    """How the candidates stand against the baseline, in one sentence."""
    figures = Figures(words.language)
    standings = [_Standing.of(name, comparison, tables) for name in tables.candidates if name != comparison.baseline]
    if len(standings) > _MOST_IN_FULL:
        measures = max(standing.measures for standing in standings)
        brief = words.list_separator.join(f"{s.candidate} +{s.better} {MINUS}{s.worse}" for s in standings)
        sentence = words.verdict_many.format(baseline=comparison.baseline, measures=measures, standings=brief)
    elif standings:
        sentence = words.list_separator.join(s.sentence(comparison.baseline, words) for s in standings) + "."
    else:
        sentence = words.verdict_alone.format(
            candidate=comparison.baseline,
            cases=figures.count(len(tables.cases)),
            dialogues=dialogues_replayed(tables, words),
        )
    return with_leak(_with_incomplete(sentence, tables.manifest, words), tables.manifest, words)


def with_leak(sentence: str, manifest: Manifest, words: Words) -> str:
    """The sentence that opens a page, marked if the halves of the suite share what they must not."""
    return words.verdict_leak.format(sentence=sentence) if manifest.suite.allow_leak else sentence


def dialogues_replayed(tables: RunTables, words: Words) -> str:
    """How many dialogues were replayed, and of how many where that was a part of the suite: "10 of 71"."""
    figures, whole = Figures(words.language), tables.manifest.suite.dialogues_in_suite
    replayed = len(set(tables.cases["dialogue_id"].to_pylist()))
    if whole is None or whole <= replayed:
        return figures.count(replayed)
    return words.part_of_suite.format(part=figures.count(replayed), whole=figures.count(whole))


def stopping_sentence(tables: RunTables, words: Words) -> str:
    """How a run ended that was to stop when its gate is decided: where, and which rules were decided when; else nothing.

    Raises:
        ReportError: The manifest cannot be read.
    """
    run = until_decided_of(tables)
    if run is None:
        return ""
    own, figures = words.gating, Figures(words.language)
    sentence = own.stopped_early if run.stopped_early else own.followed_to_the_end
    return sentence.format(
        replayed=figures.count(run.replayed),
        dialogues=figures.count(run.dialogues),
        decisions=words.list_separator.join(_decisions(run, words)),
    )


def _decisions(run: UntilDecided, words: Words) -> list[str]:
    own, figures = words.gating, Figures(words.language)
    if len(run.standings) > _MOST_IN_FULL:
        after = [one.after for one in run.standings if one.outcome != "inconclusive"] or [run.replayed]
        first, last = figures.count(min(after)), figures.count(max(after))
        open_ones = sum(one.outcome == "inconclusive" for one in run.standings) or words.none
        return [own.followed_decisions.format(count=len(run.standings), open=open_ones, first=first, last=last)]
    return [
        own.followed_decision.format(
            candidate=one.candidate,
            rule=rule_name(one.rule, words),
            outcome=words.outcomes[one.outcome],
            after=figures.count(one.after),
        )
        for one in run.standings
    ]


def gate_sentence(gate: GateResult, words: Words) -> str:
    """Who may go out, in one sentence."""
    if not gate.outcomes:
        return words.verdict_gate_empty
    names = dict.fromkeys(outcome.candidate for outcome in gate.outcomes)
    parts = []
    for name in names:
        own = [outcome.outcome for outcome in gate.outcomes if outcome.candidate == name]
        outcome = gate.of_candidate(name)
        sentence = {
            "pass": words.verdict_gate_pass,
            "fail": words.verdict_gate_fail,
            "inconclusive": words.verdict_gate_inconclusive,
        }[outcome]
        parts.append(sentence.format(candidate=name, count=own.count(outcome), rules=len(own)))
    return words.list_separator.join(parts) + "."


@dataclass(frozen=True, slots=True)
class _Standing:
    """On how many of the measures that have a good side a candidate is better or worse than the baseline."""

    candidate: str
    better: int
    worse: int
    measures: int

    @staticmethod
    def of(candidate: str, comparison: Comparison, tables: RunTables) -> _Standing:
        own = [comparison.differences[m.name, candidate] for m in tables.measures if m.direction]
        relations = Counter(difference.relation for difference in own)
        compared = sum(difference.interval is not None for difference in own)
        return _Standing(candidate, relations["better"], relations["worse"], compared)

    def sentence(self, baseline: str, words: Words) -> str:
        if not self.measures:
            sentence = words.verdict_uncompared
        elif not self.better and not self.worse:
            sentence = words.verdict_level
        else:
            sentence = words.verdict_standing
        return sentence.format(
            candidate=self.candidate,
            baseline=baseline,
            better=self.better or words.none,
            worse=self.worse or words.none,
            measures=self.measures,
        )


def _with_incomplete(sentence: str, manifest: Manifest, words: Words) -> str:
    return words.verdict_incomplete.format(sentence=sentence) if manifest.status == "incomplete" else sentence
