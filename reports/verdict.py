"""The sentences that open every report: what this run shows, for someone who reads nothing else."""

from __future__ import annotations

from collections import Counter

from reports.comparison import Comparison
from reports.figures import Figures
from reports.gate import GateResult
from reports.records import Manifest
from reports.tables import RunTables
from reports.wording import Words


def comparison_sentence(tables: RunTables, comparison: Comparison, words: Words) -> str:
    """How the candidates stand against the baseline, in one sentence."""
    figures = Figures(words.language)
    others = [name for name in tables.candidates if name != comparison.baseline]
    if others:
        parts = [_standing(name, comparison, words) for name in others]
        sentence = words.list_separator.join(parts) + "."
    else:
        dialogues = len(set(tables.cases["dialogue_id"].to_pylist()))
        sentence = words.verdict_alone.format(
            candidate=comparison.baseline, cases=figures.count(len(tables.cases)), dialogues=figures.count(dialogues)
        )
    return _with_incomplete(sentence, tables.manifest, words)


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


def _standing(candidate: str, comparison: Comparison, words: Words) -> str:
    own = [d for (_, name), d in comparison.differences.items() if name == candidate]
    relations = Counter(difference.relation for difference in own)
    better, worse = relations["better"], relations["worse"]
    compared = sum(difference.interval is not None for difference in own)
    if not compared:
        sentence = words.verdict_uncompared
    elif not better and not worse:
        sentence = words.verdict_level
    else:
        sentence = words.verdict_standing
    return sentence.format(
        candidate=candidate,
        baseline=comparison.baseline,
        better=better or words.none,
        worse=worse or words.none,
        measures=compared,
    )


def _with_incomplete(sentence: str, manifest: Manifest, words: Words) -> str:
    return words.verdict_incomplete.format(sentence=sentence) if manifest.status == "incomplete" else sentence
