"""To which candidates, and to which slices of the run, each rule of a policy is applied, and which it cannot be applied to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from reports.gating.cases_meant import cases_of_slice, each_slice, is_about_every_slice
from reports.gating.checking import contenders
from reports.gating.policy import GateRule
from reports.gating.until_decided import until_decided_of
from reports.tables import RunTables

Hindrance = Literal["no_slice", "no_case", "itself"]
"""Why a rule judges nothing: the run has no slice of its kind, or no case of the one that it names, or nobody but its opponent
is to be released."""


class AppliedRule(NamedTuple):
    """A rule, for one slice where it is about each of a kind, with one candidate."""

    rule: GateRule
    candidate: str
    hindrance: Hindrance | None = None
    """None where the rule judges the candidate."""


def applied_rules(rules: Sequence[GateRule], tables: RunTables, candidates: Sequence[str] = ()) -> list[AppliedRule]:
    """Every rule, for every slice that it is about, with every candidate that it is for.

    A rule that judges nothing is among them with its hindrance, so that none is lost; only rules that are for nobody among
    `candidates` are left out.

    Args:
        rules: They were checked.
        tables: The run.
        candidates: Who is to be released; if nobody is named, all that a rule is for.
    """
    return [one for rule in rules for one in _applied(rule, tables, candidates)]


def _applied(rule: GateRule, tables: RunTables, candidates: Sequence[str]) -> Iterator[AppliedRule]:
    opponent, meant = rule.opponent(tables.manifest.baseline), _meant_by(rule, tables, candidates)
    others = [name for name in meant if name != opponent]
    if not others and set(_meant_by(rule, tables, ())) == {opponent}:
        yield from (AppliedRule(rule, name, "itself") for name in meant)
    slices = _slices(rule, tables)
    if not slices:
        yield from (AppliedRule(rule, name, "no_slice") for name in others)
    for one in slices:
        is_empty = one.slice is not None and not cases_of_slice(one.slice, tables.cases).any()
        yield from (AppliedRule(one, name, "no_case" if is_empty else None) for name in others)


def _slices(rule: GateRule, tables: RunTables) -> list[GateRule]:
    """The rule for each slice that it is about, as the run itself followed them where it did."""
    stopped = until_decided_of(tables) if is_about_every_slice(rule) else None
    followed = stopped.slices_of(rule) if stopped is not None else []
    return followed or list(each_slice(rule, tables.cases))


def _meant_by(rule: GateRule, tables: RunTables, candidates: Sequence[str]) -> Sequence[str]:
    """The one that a rule names, be it the baseline, or all that are to be released."""
    if rule.candidate is None:
        return candidates or contenders(tables)
    return (rule.candidate,) if not candidates or rule.candidate in candidates else ()
