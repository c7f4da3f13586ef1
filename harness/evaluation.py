"""Running a spec from its file to its reports, and opening runs that were made before: the Python API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import environment
from harness.engines.engine import EngineError
from harness.judge_models import judge_measure
from harness.metrics.selection import make_corpus_metrics
from harness.pipeline import ErrorBudget, Pipeline, TooManyErrors
from harness.preparation import Preparation, at_spec, prepare
from harness.progress import RunProgress
from harness.run_folder import (
    MANIFEST,
    CandidateManifest,
    Manifest,
    RunFolder,
    SuiteManifest,
    new_run_folder,
    unfinished_run,
    utc_now,
    writing,
)
from harness.run_log import RunLogError
from harness.spec import Spec, SpecFile, read_spec
from harness.tabulation import Tabulation, write_cases
from judges.judge import Verdictor
from reports.reporting import ReportPaths, write_reports
from suites.userfile import InputError

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_RUNS = Path("runs")


class RunIncomplete(Exception):
    """The run stopped before its end. Its text says why; the same command goes on where it stopped."""

    def __init__(self, problem: str, folder: Path | None) -> None:
        self.problem = problem
        self.folder = folder
        """None where nothing had been generated yet."""
        kept = f"the run in {folder} is kept" if folder else "nothing was generated yet"
        super().__init__(f"{problem} ({kept}; run the same command again to go on)")


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
    spec: str | Path | SpecFile, *, out: Path | None = None, runs: Path = DEFAULT_RUNS, fresh: bool = False
) -> Run:
    """Run a spec: replay, measure, judge, tabulate and report. Goes on with an unfinished run of the same spec.

    Args:
        spec: Path of a spec file, or one that was read.
        out: The run's folder; if not given, a folder below `runs` that is named by time and suite.
        runs: Where new runs are made and unfinished ones are looked for.
        fresh: Make a new run even where an unfinished one is found.

    Raises:
        InputError: The spec, or something that it names, is wrong; nothing was generated.
        RunIncomplete: The run stopped before its end; call again to go on.
    """
    preparation = prepare(spec if isinstance(spec, SpecFile) else read_spec(Path(spec)))
    folder = _folder_for(preparation, out, None if fresh else runs) or new_run_folder(
        runs, preparation.selection.suite.header.name
    )
    with folder.locked():
        asyncio.run(_replay(preparation, folder))
        rebuild_tables(folder)
    with writing(folder.path):
        return Run(folder.path, folder.read_manifest(), write_reports(folder.path))


def rebuild_reports(folder: Path) -> ReportPaths:
    """Build the tables and reports of a run anew from its records.

    Raises:
        InputError: It is not a run folder, or the folder cannot be written.
    """
    run_folder = RunFolder(folder)
    with run_folder.locked():
        rebuild_tables(run_folder)
    with writing(folder):
        return write_reports(folder)


def rebuild_tables(folder: RunFolder) -> None:
    """Build the tables of a run anew from its records; needs neither the suite nor a model.

    Raises:
        InputError: It is not a run folder, or the folder cannot be written.
    """
    manifest = folder.read_manifest()
    spec = Spec.model_validate(manifest.spec)
    metrics = make_corpus_metrics(spec.metrics, manifest.suite.language)
    with writing(folder.path):
        Tabulation(folder, manifest.measures, metrics).write()


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


async def _replay(preparation: Preparation, folder: RunFolder) -> None:
    """Generate, measure and judge everything that the run still lacks."""
    async with _started_engines(preparation):
        judges = preparation.judging.judges(preparation.engine)
        manifest = _manifest(preparation, judges, folder)
        folder.write_manifest(manifest)
        with writing(folder.path):
            write_cases(folder, preparation.selection.cases())
        errors = ErrorBudget(preparation.spec_file.spec.max_error_share)
        pipeline = Pipeline(preparation.engine, preparation.metrics, judges, folder, errors)
        began = time.monotonic()
        try:
            with RunProgress(_reply_count(preparation)) as progress:
                await pipeline.run(preparation.plan.work_items(preparation.selection.cases()), progress)
        except (EngineError, RunLogError, TooManyErrors, asyncio.CancelledError) as error:
            problem = str(error) or "interrupted"
            with suppress(InputError):  # a full disk must not hide what went wrong
                folder.write_manifest(manifest.model_copy(update={"problem": problem, "error_share": errors.share}))
            raise RunIncomplete(problem, folder.path) from error
    finished = {
        "status": "complete",
        "finished": utc_now(),
        "error_share": errors.share,
        "throughput": {"replay_s": time.monotonic() - began, "requests": errors.requests},
    }
    folder.write_manifest(manifest.model_copy(update=finished))


@asynccontextmanager
async def _started_engines(preparation: Preparation) -> AsyncIterator[None]:
    """The candidates' engine and the judges' own, if there is one; closed whatever happens."""
    engines = [engine for engine in (preparation.engine, preparation.judging.engine) if engine is not None]
    try:
        for engine in engines:
            try:
                await engine.start()
            except EngineError as error:
                raise RunIncomplete(str(error), None) from error
            except InputError as error:
                raise at_spec(preparation.spec_file, error) from error
        yield
    finally:
        for engine in engines:
            await engine.close()


def _reply_count(preparation: Preparation) -> int:
    plan = preparation.plan
    return preparation.selection.case_count * len(plan.candidates) * len(plan.seeds)


def _manifest(preparation: Preparation, judges: Sequence[Verdictor], folder: RunFolder) -> Manifest:
    spec, header = preparation.spec_file.spec, preparation.selection.suite.header
    suite_hash = preparation.selection.suite_hash
    versions = environment.versions()
    engine = preparation.engine
    resumed = folder.read_manifest() if (folder.path / MANIFEST).exists() else None
    return Manifest(
        run=folder.path.name,
        started=resumed.started if resumed else utc_now(),
        spec=spec.model_dump(mode="json", by_alias=True),
        spec_hash=preparation.spec_hash(),
        suite=SuiteManifest(
            name=header.name,
            version=header.version,
            language=header.language,
            hash=suite_hash,
            path=str(preparation.selection.suite.path),
            dialogues=preparation.selection.dialogues,
            dialogues_in_suite=preparation.selection.dialogues_in_suite,
            cases=preparation.selection.case_count,
        ),
        candidates={
            name: CandidateManifest(
                identity=asdict(engine.identity(name)), settings=candidate.model_dump(mode="json", exclude_none=True)
            )
            for name, candidate in preparation.plan.candidates.items()
        },
        baseline=spec.baseline_name,
        seeds=spec.seeds,
        measures=(*preparation.metric_measures(), *(judge_measure(judge) for judge in judges)),
        signature=f"suite:{header.name}@{header.version}:{suite_hash[:8]}|engine:{engine.identity(spec.baseline_name).engine}"
        f"|temp:{spec.sampling.temperature:g}|seeds:{','.join(map(str, spec.seeds))}|v:{versions.get('rejoinder', '?')}",
        versions=versions,
        hardware=environment.hardware(),
        git_commit=environment.git_commit(preparation.spec_file.folder),
    )
