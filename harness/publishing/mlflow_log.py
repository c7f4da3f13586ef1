"""A run as MLflow keeps it: one MLflow run for the whole, with the settings and reports, and one below it a candidate.

Candidates are runs of their own, so that MLflow compares a measure between candidates and over time under one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.environment import is_installed
from reports.estimates import ComparisonFile
from reports.history import COMPARISON_FILE
from reports.records import Manifest
from reports.tables import MANIFEST_FILE
from suites.userfile import InputError

if TYPE_CHECKING:
    from mlflow.entities import Metric, Param
    from mlflow.tracking import MlflowClient

REPORTS: Final = ("report.html", "report.md", COMPARISON_FILE, "junit.xml", "preferences.json", MANIFEST_FILE)
"""What is kept with the run, as far as it is there."""

RUN_TAG: Final = "rejoinder.run"
CANDIDATE_TAG: Final = "rejoinder.candidate"

_LONGEST_VALUE: Final = 500  # what every version of MLflow takes
_NOT_IN_NAMES = re.compile(r"[^\w\-./ ]")


@dataclass(frozen=True, slots=True)
class Logged:
    """Where a run lies in MLflow."""

    experiment: str
    run_id: str
    was_there: bool
    """Whether it had been logged before and was brought up to date."""


def log_run(folder: Path, uri: str, experiment: str | None = None) -> Logged:
    """Log a run's settings, means and reports; a run that was logged before is brought up to date.

    Args:
        folder: Of the run, whose reports are written.
        uri: MLflow's tracking URI: `https://…`, `sqlite:///mlflow.db`.
        experiment: Its name; the suite's if not given.

    Raises:
        InputError: MLflow is not installed, cannot be reached, or refuses.
        ReportError: The run is not complete, or its files are missing or torn.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415

    from reports.gating.finished_runs import require_finished  # noqa: PLC0415
    from reports.tables import read_json_file  # noqa: PLC0415

    require_finished(folder)
    manifest = read_json_file(folder / MANIFEST_FILE, TypeAdapter(Manifest))
    comparison = read_json_file(folder / COMPARISON_FILE, TypeAdapter(ComparisonFile))
    name = experiment or manifest.suite.name
    with _refusals(uri):
        client = _client(uri)
        found = client.get_experiment_by_name(name)
        experiment_id = found.experiment_id if found else client.create_experiment(name)
        logger = _Logger(client, experiment_id, manifest)
        run_id, was_there = logger.log_whole(folder)
        for candidate in manifest.candidates:
            logger.log_candidate(candidate, run_id, comparison)
    return Logged(name, run_id, was_there)


@dataclass(frozen=True, slots=True)
class _Logger:
    client: MlflowClient
    experiment_id: str
    manifest: Manifest

    def log_whole(self, folder: Path) -> tuple[str, bool]:
        """The settings and the reports; returns the MLflow run, and whether it was there."""
        run_id, was_there = self._run(self.manifest.run, {CANDIDATE_TAG: ""})
        self.client.log_batch(run_id, params=_params(_settings(self.manifest)))
        for report in REPORTS:
            if (folder / report).is_file():
                self.client.log_artifact(run_id, str(folder / report))
        self.client.set_terminated(run_id, "FINISHED")
        return run_id, was_there

    def log_candidate(self, candidate: str, parent: str, comparison: ComparisonFile) -> None:
        run_id, _ = self._run(candidate, {CANDIDATE_TAG: candidate, "mlflow.parentRunId": parent})
        settings = self.manifest.candidates[candidate].get("settings") or {}
        flat = {"candidate": candidate, "is_baseline": candidate == self.manifest.baseline, **settings}
        self.client.log_batch(run_id, params=_params({**flat, **_corrections(candidate, comparison)}))
        metrics = list(_metrics(candidate, comparison))
        for start in range(0, len(metrics), 500):  # MLflow takes 1,000 at a time
            self.client.log_batch(run_id, metrics=metrics[start : start + 500])
        self.client.set_terminated(run_id, "FINISHED")

    def _run(self, name: str, tags: dict[str, str]) -> tuple[str, bool]:
        """The MLflow run of this run and candidate; made where it is not there."""
        tags = {RUN_TAG: self.manifest.run, "rejoinder.started": self.manifest.started, **tags}
        known = (RUN_TAG, "rejoinder.started", CANDIDATE_TAG)
        wanted = " and ".join(f"tags.`{key}` = '{_quoted(tags[key])}'" for key in known)
        found = self.client.search_runs([self.experiment_id], wanted, max_results=1)
        if found:
            return found[0].info.run_id, True
        tags["rejoinder.signature"] = self.manifest.signature
        return self.client.create_run(self.experiment_id, tags=tags, run_name=name).info.run_id, False


def _settings(manifest: Manifest) -> dict[str, Any]:
    suite, engine = manifest.suite, manifest.spec.get("engine") or {}
    return {
        "suite": suite.name,
        "suite_version": suite.version,
        "suite_hash": suite.hash,
        "baseline": manifest.baseline,
        "candidates": ", ".join(manifest.candidates),
        "seeds": ", ".join(map(str, manifest.seeds)),
        "engine": engine.get("kind"),
        "model": engine.get("model"),
        "hardware": manifest.hardware,
        "git_commit": manifest.git_commit,
        "rejoinder_version": manifest.versions.get("rejoinder"),
        **{f"sampling.{name}": value for name, value in (manifest.spec.get("sampling") or {}).items()},
    }


def _params(settings: dict[str, Any]) -> list[Param]:
    from mlflow.entities import Param  # noqa: PLC0415

    known = {name: value for name, value in settings.items() if value not in (None, "", (), [], {})}
    return [Param(_name(name), str(value)[:_LONGEST_VALUE]) for name, value in known.items()]


def _metrics(candidate: str, comparison: ComparisonFile) -> Iterator[Metric]:
    """Means, the ends of their intervals, coverage, corpus figures and differences, as far as there are such."""
    from mlflow.entities import Metric  # noqa: PLC0415

    figures: dict[str, float | None] = {}
    for mean in comparison.means:
        if mean.candidate == candidate:
            figures[mean.measure] = mean.mean
            figures[f"{mean.measure}.low"] = mean.interval.low if mean.interval else None
            figures[f"{mean.measure}.high"] = mean.interval.high if mean.interval else None
            figures[f"{mean.measure}.coverage"] = mean.coverage
            figures[f"{mean.measure}.corpus"] = mean.corpus
    for difference in comparison.differences:
        if difference.candidate == candidate:
            figures[f"{difference.measure}.difference"] = difference.difference
            figures[f"{difference.measure}.p"] = difference.p_value
            figures[f"{difference.measure}.p_corrected"] = difference.p_corrected
    for name, figure in figures.items():
        if figure is not None:
            yield Metric(_name(name), figure, timestamp=0, step=0)


def _corrections(candidate: str, comparison: ComparisonFile) -> dict[str, str]:
    """By which correction for the number of questions the p-values went, by their ending."""
    found: dict[str, str] = {}
    for difference in comparison.differences:
        if difference.candidate == candidate and difference.correction is not None:
            found = {"p.correction": difference.p_value_correction, "p_corrected.correction": difference.correction}
    return found


def _name(name: str) -> str:
    """A name that MLflow takes: letters, digits, `_ - . /` and spaces."""
    return _NOT_IN_NAMES.sub("_", name)


def _quoted(text: str) -> str:
    return text.replace("'", "")


def require_mlflow() -> None:
    """Say that MLflow is missing before hours of work and not after them.

    Raises:
        InputError: It is not installed.
    """
    if not is_installed("mlflow"):
        raise InputError("MLflow is not installed; pip install 'rejoinder[mlflow]'")


def _client(uri: str) -> MlflowClient:
    require_mlflow()
    from mlflow.tracking import MlflowClient  # noqa: PLC0415 - heavy, and only for those who log to it

    return MlflowClient(uri)


@contextmanager
def _refusals(uri: str) -> Iterator[None]:
    """Turn whatever MLflow and its stores raise into one sentence; they raise errors of several libraries."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(_without_password(f"MLflow at {uri} refuses: {lines[0]}")) from error


def _without_password(text: str) -> str:
    """A text whose addresses name no user and no password."""
    return re.sub(r"//[^/@\s]*@", "//", text)
