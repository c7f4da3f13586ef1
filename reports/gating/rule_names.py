"""Rules in short, for tables and test reports: `correctness against base, margin 0.03`."""

from __future__ import annotations

from reports.blessed import BLESSED, names_blessed_runs
from reports.gating.certified import certified_rule_name
from reports.gating.policy import GateRule, SliceName
from reports.pages.wording import ENGLISH, Words


def rule_name(rule: GateRule, words: Words = ENGLISH) -> str:
    """The rule in short, in the words of the policy."""
    own = words.gating
    measure = sliced(rule.measure, rule.slice, words)
    if rule.certified is not None:
        return certified_rule_name(rule, words)
    if rule.proven is not None:
        return own.rule_proven
    if rule.win_rate is not None:
        return own.rule_wins.format(measure=measure, against=rule.against or words.baseline, bound=f"{rule.win_rate:g}")
    if rule.compares:
        sentence, margin = (
            (own.rule_better, rule.better_by) if rule.better_by is not None else (own.rule_against, rule.margin)
        )
        return sentence.format(measure=measure, against=_opponent(rule), margin=f"{margin:g}")
    sentence, bound = (
        (own.rule_at_least, rule.at_least) if rule.at_least is not None else (own.rule_at_most, rule.at_most)
    )
    name = sentence.format(measure=measure, bound=f"{bound:g}")
    return own.rule_observed.format(rule=name) if rule.observed else name


def sliced(measure: str, slice_name: SliceName | None, words: Words) -> str:
    """A measure's name or title, with the slice that is meant."""
    if slice_name is None:
        return measure
    kind = words.gating.slices[slice_name.kind]
    return words.gating.in_slice.format(measure=measure, kind=kind, name=slice_name.name)


def _opponent(rule: GateRule) -> str:
    run = rule.against_run
    name = BLESSED if run and names_blessed_runs(run) else run.name if run else None
    return ":".join(part for part in (name, rule.against) if part)
