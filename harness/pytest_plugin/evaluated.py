"""The run that a session of pytest asserts on: made once, by one of its processes, and what tests ask of it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from filelock import FileLock

from harness.evaluation import Run, RunIncomplete, evaluate_spec, load_run
from harness.run_folder import MANIFEST
from reports.errors import ReportError, unknown_name
from reports.estimates import ComparisonFile, Difference, Mean
from reports.gating.finished_runs import read_finished
from reports.gating.gate import GateResult, evaluate_gate, rules_of
from reports.history import COMPARISON_FILE
from reports.pages.wording import Words, words_for
from suites.userfile import InputError

if TYPE_CHECKING:
    import pandas as pd

RUN_KEY: Final = pytest.StashKey["EvaluatedRun | str"]()
"""The run, or in one sentence why there is none."""


@dataclass(frozen=True)
class EvaluatedRun:
    """A finished run, for tests to assert on."""

    run: Run

    @property
    def folder(self) -> Path:
        """Its folder, with the reports."""
        return self.run.folder

    @property
    def results(self) -> pd.DataFrame:
        """One row a case, candidate, seed and measure."""
        return self.run.results

    @property
    def replies(self) -> pd.DataFrame:
        """One row a case, candidate and seed."""
        return self.run.replies

    @cached_property
    def gate(self) -> GateResult:
        """All rules of the spec's gate.

        Raises:
            ReportError: The spec has no gate, or one that does not fit the run.
        """
        tables = read_finished(self.folder)
        return evaluate_gate(tables, rules_of(tables), words=self.words)

    @property
    def words(self) -> Words:
        """Those of the suite's language."""
        return words_for(self.run.manifest.suite.language)

    def mean(self, measure: str, candidate: str) -> Mean:
        """A candidate's mean: `.mean`, `.interval`, `.coverage`, `.cases`.

        Raises:
            ReportError: There is no such measure or candidate.
        """
        self._require(measure, candidate)
        return next(one for one in self._comparison.means if (one.measure, one.candidate) == (measure, candidate))

    def difference(self, measure: str, candidate: str) -> Difference:
        """A candidate less the baseline: `.difference`, `.interval`, `.relation`, `.p_value`.

        Raises:
            ReportError: There is no such measure or candidate, or it is the baseline itself.
        """
        self._require(measure, candidate)
        if candidate == self._comparison.baseline:
            raise ReportError(f"'{candidate}' is the baseline, which has no difference from itself; ask for another")
        found = self._comparison.differences
        return next(one for one in found if (one.measure, one.candidate) == (measure, candidate))

    @cached_property
    def _comparison(self) -> ComparisonFile:
        return ComparisonFile.model_validate_json((self.folder / COMPARISON_FILE).read_bytes())

    def _require(self, measure: str, candidate: str) -> None:
        measures = list(dict.fromkeys(one.measure for one in self._comparison.means))
        for name, known, what in (
            (measure, measures, "measure"),
            (candidate, self._comparison.candidates, "candidate"),
        ):
            if name not in known:
                raise ReportError(unknown_name(name, known, what))


def run_of_session(config: pytest.Config) -> EvaluatedRun:
    """The run of this session; fails the test that asks where there is none, and does not try twice."""
    if RUN_KEY not in config.stash:
        config.stash[RUN_KEY] = _found_or_made(config)
    found = config.stash[RUN_KEY]
    if isinstance(found, str):
        pytest.fail(found, pytrace=False)
    return found


def _found_or_made(config: pytest.Config) -> EvaluatedRun | str:
    """The run, which of several processes of pytest-xdist only one makes."""
    session: str | None = getattr(config, "workerinput", {}).get("testrunuid")
    if session is None:
        return _made(config)
    told = Path(tempfile.gettempdir()) / f"rejoinder-{session}.json"
    with FileLock(told.with_suffix(".lock")):
        if told.exists():
            known = json.loads(told.read_text(encoding="utf-8"))
            return str(known["problem"]) if "problem" in known else EvaluatedRun(load_run(known["folder"]))
        made = _made(config)
        answer = {"problem": made} if isinstance(made, str) else {"folder": str(made.folder.resolve())}
        told.write_text(json.dumps(answer), encoding="utf-8")
        return made


def _made(config: pytest.Config) -> EvaluatedRun | str:
    spec: Path = config.getoption("--rejoinder").resolve()
    try:
        if (spec / MANIFEST).is_file():
            return EvaluatedRun(load_run(spec))
        runs = config.rootpath / "runs"
        return EvaluatedRun(evaluate_spec(spec, out=config.getoption("--rejoinder-out"), runs=runs))
    except (InputError, ReportError, RunIncomplete) as error:
        return str(error)
