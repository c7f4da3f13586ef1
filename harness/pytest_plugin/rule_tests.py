"""The rules of a spec's gate as tests of pytest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from harness.pytest_plugin.evaluated import run_of_session
from harness.run_folder import MANIFEST
from harness.spec import located, read_spec
from reports.errors import ReportError
from reports.gating.gate import GateRule, RuleOutcome, rules_of
from reports.gating.policy import EVERY
from reports.gating.rule_names import rule_name
from reports.pages.gate_text import outcome_lines
from reports.pages.wording import Words, words_for
from reports.tables import read_tables
from suites.loading import load_suite
from suites.userfile import InputError

_WORST_FIRST: Final = ("fail", "inconclusive", "pass")


class _SpecFile(pytest.File):
    """The spec, or the run folder, that the tests belong to."""

    def collect(self) -> list[pytest.Item]:
        return list(_items(self))


class RuleTest(pytest.Item):
    """One rule of the gate: it fails where any candidate fails it."""

    def __init__(self, *, rule: GateRule, **options: Any) -> None:
        super().__init__(**options)
        self.rule = rule

    def runtest(self) -> None:
        """Hold the run against the rule."""
        run = run_of_session(self.config)
        outcomes = [one for one in run.gate.outcomes if _is_of(one.rule, self.rule)]
        worst = min((one.outcome for one in outcomes), key=_WORST_FIRST.index)
        self.add_report_section("call", "gate", "\n".join(outcome_lines(outcomes, run.words)))
        if worst == "inconclusive":
            self._inconclusive(outcomes, run.words)
        elif worst == "fail":
            pytest.fail(_told(outcomes, "fail"), pytrace=False)

    def _inconclusive(self, outcomes: list[RuleOutcome], words: Words) -> None:
        counts_as = self.config.getoption("--rejoinder-inconclusive")
        sentence = f"{words.outcomes['inconclusive']}: {_told(outcomes, 'inconclusive')}"
        if counts_as == "fail":
            pytest.fail(sentence, pytrace=False)
        elif counts_as == "skip":
            pytest.skip(sentence)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """One sentence for what users can mend."""
        if isinstance(excinfo.value, InputError | ReportError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the rule stands, for the heading of a failure."""
        return self.path, None, f"gate: {self.name}"


def rule_tests(session: pytest.Session, spec: Path) -> list[pytest.Item]:
    """A test for each rule, without running anything yet.

    Raises:
        pytest.UsageError: The spec or the run cannot be read.
    """
    try:
        return _SpecFile.from_parent(session, path=spec.resolve()).collect()
    except (InputError, ReportError) as error:
        raise pytest.UsageError(f"--rejoinder: {error}") from None


def _items(parent: _SpecFile) -> Iterator[RuleTest]:
    count: Counter[str] = Counter()
    is_run = (parent.path / MANIFEST).is_file()
    rules, words = _of_run(parent.path) if is_run else _of_spec(parent.path)
    for rule in rules:
        name = rule_name(rule, words) if rule.candidate is None else f"{rule.candidate}: {rule_name(rule, words)}"
        count[name] += 1
        unique = name if count[name] == 1 else f"{name} ({count[name]})"
        yield RuleTest.from_parent(parent, name=unique, rule=rule)


def _of_run(folder: Path) -> tuple[tuple[GateRule, ...], Words]:
    tables = read_tables(folder)
    return rules_of(tables), words_for(tables.manifest.suite.language)


def _of_spec(file: Path) -> tuple[tuple[GateRule, ...], Words]:
    spec_file = read_spec(file)
    suite = located(spec_file, lambda: load_suite(spec_file.spec.suite, relative_to=spec_file.folder), "suite")
    return spec_file.spec.gate, words_for(suite.header.language)


def _is_of(applied: GateRule, rule: GateRule) -> bool:
    """Whether a rule as it was applied is this one; where one is about every slice of a kind, each is applied by itself."""
    if rule.slice is None or rule.slice.name != EVERY:
        return applied == rule
    same_kind = applied.slice is not None and applied.slice.kind == rule.slice.kind
    return same_kind and applied.model_copy(update={"slice": rule.slice}) == rule


def _told(outcomes: list[RuleOutcome], outcome: str) -> str:
    return "; ".join(f"{one.candidate}: {one.reason}" for one in outcomes if one.outcome == outcome)
