"""Whether a policy fits a run: every rule names a measure, candidates and a figure that the run has."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from reports.blessed import names_blessed_runs
from reports.errors import ReportError, unknown_name
from reports.gating.cases_meant import require_slice
from reports.gating.earlier_runs import earlier_run_of
from reports.gating.policy import ADAPTER_PROOF, COVERAGE, ERROR_SHARE, REPLY_COLUMNS, GateRule
from reports.gating.rule_errors import RuleError, of_rule
from reports.records import Measure, PairMeasure
from reports.tables import RunTables


def contenders(tables: RunTables) -> tuple[str, ...]:
    """Who is to be released if nobody is named: all but the baseline, or the baseline where it is alone."""
    others = tuple(name for name in tables.candidates if name != tables.manifest.baseline)
    return others or tables.candidates


def check_rules(
    rules: Sequence[GateRule], tables: RunTables, candidates: Sequence[str] = (), *, slices: bool = True
) -> None:
    """See that a policy can be applied to a run.

    Args:
        rules: The policy.
        tables: The run.
        candidates: Who is to be released.
        slices: Whether each slice that a rule names must have a case.

    Raises:
        RuleError: A rule names what the run does not have.
        ReportError: There is no rule, or no such candidate.
    """
    if not rules:
        raise ReportError(
            "there is no rule to judge by; add rules under `gate` in the run's spec, or name a `--policy`"
        )
    for name in candidates:
        if name not in tables.candidates:
            raise ReportError(f"gate: {unknown_name(name, tables.candidates, 'candidate')}")
    for index, rule in enumerate(rules):
        with of_rule(index):
            _check_names(rule, tables)
            check_measure(rule, tables.measures, tables.manifest.preferences)
            if slices:
                require_slice(rule, tables.cases)


def _check_names(rule: GateRule, tables: RunTables) -> None:
    """See that the candidates that a rule names are there, and not one and the same."""
    against = rule.against if earlier_run_of(rule, tables) is None else None
    for field, name in (("candidate", rule.candidate), ("against", against)):
        if name is not None and name not in tables.candidates:
            raise RuleError(unknown_name(name, tables.candidates, "candidate"), field)
    if rule.candidate and rule.candidate == rule.opponent(tables.manifest.baseline):
        raise RuleError(
            f"a rule about '{rule.measure}' compares '{rule.candidate}' with itself; name another `candidate`, "
            "or another `against`",
            "candidate",
        )


def check_measure(rule: GateRule, measures: Collection[Measure], pairs: Collection[PairMeasure]) -> None:
    """See that a rule is about something that a run with these measures has, and asks of it what can be asked.

    Raises:
        RuleError: It does not.
    """
    by_name = {measure.name: measure for measure in measures}
    compared = [one.name for one in pairs]
    if rule.win_rate is not None:
        if rule.measure not in compared:
            raise RuleError(unknown_name(rule.measure, compared, "rubric of pairs"), "measure")
    elif rule.certified is not None:
        _check_certified(rule, by_name, compared)
    elif rule.proven is None:
        _check_figure(rule, by_name, compared)


def _check_certified(rule: GateRule, measures: dict[str, Measure], compared: Sequence[str]) -> None:
    if rule.measure in compared:
        return
    if rule.measure not in measures:
        raise RuleError(unknown_name(rule.measure, [*measures, *compared], "measure"), "measure")
    if measures[rule.measure].kind != "judge":
        raise RuleError(f"no judge takes the measure '{rule.measure}', so there is nothing to certify", "measure")


def _check_figure(rule: GateRule, measures: dict[str, Measure], compared: Sequence[str]) -> None:
    measure = measures.get(rule.measure)
    if measure is not None:
        if rule.compares and measure.direction == 0:
            problem = f"the measure '{rule.measure}' has no better side; bound it by `at_least` or `at_most` instead"
            raise RuleError(problem, "measure")
        _check_bound(rule, measure)
        return
    if rule.measure in REPLY_COLUMNS:
        return
    if rule.measure == ERROR_SHARE:
        if rule.at_most is None or rule.slice is not None:
            raise RuleError(f"`{ERROR_SHARE}` is of a whole run and can be bounded by `at_most` only", "measure")
        return
    if rule.measure == ADAPTER_PROOF:
        raise RuleError(f"`{ADAPTER_PROOF}` has no figure; ask for `proven: true`", "measure")
    if rule.measure in compared:
        raise RuleError(f"'{rule.measure}' compares replies; bound its `win_rate`", "measure")
    kinds = dict.fromkeys(one.kind for one in measures.values())
    coverages = [f"{name}{COVERAGE}" for name in (*measures, *kinds)]
    if rule.measure not in coverages:
        known = coverages if rule.measure.endswith(COVERAGE) else [*measures, *REPLY_COLUMNS, ERROR_SHARE]
        raise RuleError(unknown_name(rule.measure, known, "measure"), "measure")


def _check_bound(rule: GateRule, measure: Measure) -> None:
    """See that some number of dialogues could show what a floor or a ceiling asks for."""
    if measure.scale is None or rule.observed:
        return
    low, high = measure.scale
    if (rule.at_least is not None and rule.at_least >= high) or (rule.at_most is not None and rule.at_most <= low):
        word = "at_least" if rule.at_least is not None else "at_most"
        raise RuleError(
            f"no number of dialogues can show that the true mean of '{rule.measure}' meets `{word}`, which is the end of "
            "its scale; add `observed: true` to hold the mean of this run itself against it",
            word,
        )


def require_stored_run(rule: GateRule) -> None:
    """See that the stored run that a rule compares with is there, or may be named by the file of blessed runs.

    Raises:
        RuleError: There is no such folder.
    """
    if rule.against_run and not (rule.against_run.is_dir() or names_blessed_runs(rule.against_run)):
        problem = f"there is no such run folder: {rule.against_run}; name one that `rejoinder run` wrote"
        raise RuleError(problem, "against_run")
