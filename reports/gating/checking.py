"""Whether a policy fits a run: every rule names a measure, candidates and a figure that the run has."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reports.errors import ReportError, unknown_name
from reports.gating.earlier_runs import earlier_run_of
from reports.gating.policy import ADAPTER_PROOF, COVERAGE, ERROR_SHARE, REPLY_COLUMNS, GateRule
from reports.records import Measure, PairMeasure
from reports.tables import RunTables


def contenders(tables: RunTables) -> tuple[str, ...]:
    """Who is to be released if nobody is named: all but the baseline, or the baseline where it is alone."""
    others = tuple(name for name in tables.candidates if name != tables.manifest.baseline)
    return others or tables.candidates


def check_rules(rules: Sequence[GateRule], tables: RunTables, candidates: Sequence[str] = ()) -> None:
    """See that a policy can be applied to a run.

    Raises:
        ReportError: There is no rule, or one names what the run does not have.
    """
    if not rules:
        raise ReportError(
            "there is no rule to judge by; add rules under `gate` in the run's spec, or name a `--policy`"
        )
    for name in candidates:
        _require_candidate(name, tables)
    for rule in rules:
        if rule.candidate:
            _require_candidate(rule.candidate, tables)
        if rule.against and earlier_run_of(rule, tables) is None:
            _require_candidate(rule.against, tables)
        if rule.candidate and rule.candidate == rule.opponent(tables.manifest.baseline):
            raise ReportError(
                f"gate: a rule about '{rule.measure}' compares '{rule.candidate}' with itself; name another `candidate`, "
                "or another `against`"
            )
        check_measure(rule, tables.measures, tables.manifest.preferences)


def check_measure(rule: GateRule, measures: Collection[Measure], pairs: Collection[PairMeasure]) -> None:
    """See that a rule is about something that a run with these measures has, and asks of it what can be asked.

    Raises:
        ReportError: It does not.
    """
    by_name = {measure.name: measure for measure in measures}
    compared = [one.name for one in pairs]
    if rule.win_rate is not None:
        if rule.measure not in compared:
            raise ReportError(f"gate: {unknown_name(rule.measure, compared, 'rubric of pairs')}")
    elif rule.certified is not None:
        _check_certified(rule, by_name, compared)
    elif rule.proven is None:
        _check_figure(rule, by_name, compared)


def _check_certified(rule: GateRule, measures: dict[str, Measure], compared: Sequence[str]) -> None:
    if rule.measure in compared:
        return
    if rule.measure not in measures:
        raise ReportError(f"gate: {unknown_name(rule.measure, [*measures, *compared], 'measure')}")
    if measures[rule.measure].kind != "judge":
        raise ReportError(f"gate: no judge takes the measure '{rule.measure}', so there is nothing to certify")


def _check_figure(rule: GateRule, measures: dict[str, Measure], compared: Sequence[str]) -> None:
    measure = measures.get(rule.measure)
    if measure is not None:
        if rule.compares and measure.direction == 0:
            raise ReportError(
                f"gate: the measure '{rule.measure}' has no better side; bound it by `at_least` or `at_most` instead"
            )
        _check_bound(rule, measure)
        return
    if rule.measure in REPLY_COLUMNS:
        return
    if rule.measure == ERROR_SHARE:
        if rule.at_most is None or rule.slice is not None:
            raise ReportError(f"gate: `{ERROR_SHARE}` is of a whole run and can be bounded by `at_most` only")
        return
    if rule.measure == ADAPTER_PROOF:
        raise ReportError(f"gate: `{ADAPTER_PROOF}` has no figure; ask for `proven: true`")
    if rule.measure in compared:
        raise ReportError(f"gate: '{rule.measure}' compares replies; bound its `win_rate`")
    kinds = dict.fromkeys(one.kind for one in measures.values())
    coverages = [f"{name}{COVERAGE}" for name in (*measures, *kinds)]
    if rule.measure not in coverages:
        known = coverages if rule.measure.endswith(COVERAGE) else [*measures, *REPLY_COLUMNS, ERROR_SHARE]
        raise ReportError(f"gate: {unknown_name(rule.measure, known, 'measure')}")


def _check_bound(rule: GateRule, measure: Measure) -> None:
    """See that some number of dialogues could show what a floor or a ceiling asks for."""
    if measure.scale is None or rule.observed:
        return
    low, high = measure.scale
    if (rule.at_least is not None and rule.at_least >= high) or (rule.at_most is not None and rule.at_most <= low):
        word = "at_least" if rule.at_least is not None else "at_most"
        raise ReportError(
            f"gate: no number of dialogues can show that the true mean of '{rule.measure}' meets `{word}`, which is the end of "
            "its scale; add `observed: true` to hold the mean of this run itself against it"
        )


def _require_candidate(name: str, tables: RunTables) -> None:
    if name not in tables.candidates:
        raise ReportError(f"gate: {unknown_name(name, tables.candidates, 'candidate')}")
