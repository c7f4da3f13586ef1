"""Running a spec from its file to its reports, and opening runs that were made before: the Python API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.blind_test.judge_of_run import blind_judge_of
from harness.execution import Execution, RunIncomplete
from harness.metrics.selection import make_corpus_metrics
from harness.persona.outside import outside_folder, outside_spec
from harness.persona.tabulation import write_persona_tables
from harness.preparation import Preparation, prepare
from harness.run_folder import MANIFEST, Manifest, RunFolder, new_run_folder, unfinished_run, writing
from harness.spec import Spec, SpecFile, read_spec
from harness.tabulation import Tabulation
from suites.userfile import InputError

if TYPE_CHECKING:
    import pandas as pd

    from reports.gating.gate import GateRule, Terms
    from reports.reporting import ReportPaths

__all__ = ["Run", "RunIncomplete", "evaluate_spec", "load_run", "rebuild_reports"]

DEFAULT_RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was made: its folder, and what can be read from it."""

    folder: Path
    manifest: Manifest
    reports: ReportPaths | None = None
    """Where the reports lie, if they were just written."""

    @property
    def results(self) -> pd.DataFrame:
        """One row a case, candidate, seed and measure; columns as `reports.tables.RESULTS` names them."""
        return self._table("results.parquet")

    @property
    def replies(self) -> pd.DataFrame:
        """One row a case, candidate and seed; columns as `reports.tables.REPLIES` names them."""
        return self._table("replies.parquet")

    @property
    def cases(self) -> pd.DataFrame:
        """One row a case; columns as `reports.tables.CASES` names them."""
        return self._table("cases.parquet")

    @property
    def preferences(self) -> pd.DataFrame:
        """One row a case, seed, two compared candidates and rubric of pairs; columns as `reports.tables.PREFERENCES` names
        them. Only there where the run compared replies."""
        return self._table("preferences.parquet")

    def _table(self, name: str) -> pd.DataFrame:
        import pandas as pd  # noqa: PLC0415 - heavy

        file = self.folder / name
        if not file.is_file():
            raise InputError("is not there yet; finish the run, or rebuild with `rejoinder report`", file=file)
        return pd.read_parquet(file)


def load_run(folder: str | Path) -> Run:
    """Open the folder of a run.

    Raises:
        InputError: It is not a run folder.
    """
    path = Path(folder)
    return Run(path, RunFolder(path).read_manifest())


def evaluate_spec(
    spec: str | Path | SpecFile,
    *,
    out: Path | None = None,
    runs: Path = DEFAULT_RUNS,
    fresh: bool = False,
    until_decided: bool = False,
) -> Run:
    """Run a spec: replay, measure, judge, tabulate and report. Goes on with an unfinished run of the same spec.

    Args:
        spec: Path of a spec file, or one that was read.
        out: The run's folder; if not given, a folder below `runs` that is named by time and suite.
        runs: Where new runs are made and unfinished ones are looked for.
        fresh: Make a new run even where an unfinished one is found.
        until_decided: Replay the dialogues in random order, and stop when every rule of the spec's gate is decided.

    Raises:
        InputError: The spec, or something that it names, is wrong; nothing was generated.
        RunIncomplete: The run stopped before its end; call again to go on.
    """
    spec_file = spec if isinstance(spec, SpecFile) else read_spec(Path(spec))
    preparation, outside = prepare(spec_file, until_decided=until_decided), outside_spec(spec_file)
    blind_judge = blind_judge_of(spec_file)
    if outside is not None:
        prepare(outside)  # its faults come out before anything is generated
    folder = _folder_for(preparation, out, None if fresh else runs) or new_run_folder(
        runs, preparation.selection.suite.header.name
    )
    with folder.locked():
        asyncio.run(Execution(preparation, folder).run())
        rebuild_tables(folder)
        if outside is not None:
            _evaluate_outside(outside, folder.path)
    with writing(folder.path):
        reports = _write_reports(folder.path)
    if blind_judge is not None:
        blind_judge.take_test(folder.path)  # the run's reports are there, whatever becomes of it
        reports = rebuild_reports(folder.path)
    return Run(folder.path, folder.read_manifest(), reports)


def _evaluate_outside(outside: SpecFile, folder: Path) -> None:
    """Run the spec on the suite outside the persons' domain, in the folder of the run that it belongs to.

    Raises:
        InputError: Something does not fit.
        RunIncomplete: It stopped before its end, the run that it belongs to being complete.
    """
    try:
        evaluate_spec(outside, out=outside_folder(folder))
    except RunIncomplete as error:
        raise RunIncomplete(f"{error.problem}; to go on add `--out {folder}`", folder) from error


def rebuild_reports(
    folder: Path,
    language: str | None = None,
    rules: Sequence[GateRule] | None = None,
    terms: Terms | None = None,
) -> ReportPaths:
    """Build the tables and reports of a run anew from its records.

    Args:
        folder: The run's folder.
        language: Tag of the language of the reports; the suite's if not given.
        rules: The gate; that of the run's spec if not given.
        terms: On which it is applied; those of `reports.gating.gate.TERMS_OF_REPORTS` if not given.

    Raises:
        InputError: It is not a run folder, or the folder cannot be written.
        ReportError: The gate names what the run does not have.
    """
    run_folder = RunFolder(folder)
    with run_folder.locked():
        rebuild_tables(run_folder)
    with writing(folder):
        return _write_reports(folder, language, rules, terms)


def _write_reports(
    folder: Path,
    language: str | None = None,
    rules: Sequence[GateRule] | None = None,
    terms: Terms | None = None,
) -> ReportPaths:
    # statistics take a second to import; the engine comes first
    from reports.gating.gate import TERMS_OF_REPORTS  # noqa: PLC0415
    from reports.reporting import write_reports  # noqa: PLC0415

    return write_reports(folder, language, rules, terms or TERMS_OF_REPORTS)


def rebuild_tables(folder: RunFolder) -> None:
    """Build the tables of a run anew from its records; needs neither the suite nor a model.

    Raises:
        InputError: It is not a run folder, or the folder cannot be written.
    """
    manifest = folder.read_manifest()
    spec = Spec.model_validate(manifest.spec)
    metrics = make_corpus_metrics(spec.metrics, manifest.suite.language)
    with writing(folder.path):
        Tabulation(folder, manifest, metrics).write()
        write_persona_tables(folder)


def _folder_for(preparation: Preparation, out: Path | None, runs: Path | None) -> RunFolder | None:
    """The folder asked for, or an unfinished run of the same spec below `runs`; None where a new one is needed."""
    spec_hash = preparation.spec_hash()
    if out is None:
        return unfinished_run(runs, spec_hash) if runs else None
    folder = RunFolder(out)
    if (out / MANIFEST).exists() and folder.read_manifest().spec_hash != spec_hash:
        raise InputError(
            "holds a run of another spec (or of a suite, rubric or file of replies that has changed since); "
            "choose another folder with --out",
            file=out,
        )
    return folder
