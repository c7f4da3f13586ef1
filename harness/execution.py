"""Doing what a run still lacks: stage by stage, engines started and closed, the manifest kept true meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from harness import environment
from harness.engines.adapter_proof import AdapterProof, prove_adapters
from harness.engines.engine import Engine, EngineError, ModelIdentity
from harness.judging.certificates import RunCertificate, certificates_of
from harness.judging.judge_models import JUDGE, judge_measure
from harness.judging.juries import jury_measures
from harness.judging.kinship import kin_of_judges
from harness.judging.pairing import PairDesk
from harness.judging.run_judges import JudgesAtWork
from harness.metrics.metric import Measure
from harness.persona.perplexity import PerplexityPass, ScoringPlan, own_templates
from harness.persona.persons import person_cases, write_person_replies
from harness.pipeline import ErrorBudget, Panel, Pipeline, Serving, TooManyErrors
from harness.preparation import Preparation
from harness.progress import RunProgress
from harness.replay import WorkItem
from harness.run_folder import MANIFEST, CandidateManifest, Manifest, RunFolder, SuiteManifest, utc_now, writing
from harness.run_log import RunLogError
from harness.spec import at_spec
from harness.stages import AdapterCheck, Stage, about_judge_engine
from harness.tabulation import write_cases
from harness.until_decided import Follower
from reports.gating.until_decided import UntilDecided
from reports.records import PairMeasure
from suites.userfile import InputError


class RunIncomplete(Exception):
    """The run stopped before its end. Its text says why; the same command goes on where it stopped."""

    def __init__(self, problem: str, folder: Path | None) -> None:
        self.problem = problem
        self.folder = folder
        """None where nothing had been generated yet."""
        kept = f"the run in {folder} is kept" if folder else "nothing was generated yet"
        super().__init__(f"{problem} ({kept}; run the same command again to go on)")


class Execution:
    """One process's work on one run."""

    def __init__(self, preparation: Preparation, folder: RunFolder) -> None:
        self._preparation = preparation
        self._folder = folder
        self._errors = ErrorBudget(preparation.spec_file.spec.max_error_share)
        self._running: list[Engine] = []
        self._identities: dict[str, ModelIdentity] = {}
        self._proofs: dict[str, AdapterProof] = {}
        self._judges = JudgesAtWork()
        self._judge_identities: Sequence[ModelIdentity] = ()
        self._judge_measures: Sequence[Measure] = ()
        """Taken while their engine runs, which knows who judges."""
        self._pair_measures: Sequence[PairMeasure] = ()
        """Likewise."""
        self._certificates: dict[str, RunCertificate] = {}
        self._replay_s = 0.0
        self._until_decided: UntilDecided | None = None

    async def run(self) -> None:
        """Go through all stages.

        Raises:
            InputError: An engine finds that something in the spec does not fit.
            RunIncomplete: The run stopped before its end; what was logged is kept.
        """
        stages = self._preparation.stages
        await self._check_all()
        try:
            for number, stage in enumerate(stages):
                await self._start(stage)
                self._write_manifest()
                if number == 0:
                    self._write_cases()
                await self._work(stage)
                await self._score(stage)
                await self._close_all_but(engine for later in stages[number + 1 :] for engine in later.engines)
        except (EngineError, RunLogError, TooManyErrors, asyncio.CancelledError) as error:
            raise self._stopped(str(error) or "interrupted") from error
        finally:
            await self._close_all_but(())
        self._write_manifest(
            status="complete",
            finished=utc_now(),
            error_share=self._errors.share,
            throughput={"replay_s": self._replay_s, "requests": self._errors.requests},
        )

    async def _check_all(self) -> None:
        """See that every engine will find what it needs, where not all are started at once."""
        stages = self._preparation.stages
        if len(stages) == 1:
            return
        for stage in stages:
            for engine in stage.engines:
                with self._naming_fields(engine, stage):
                    await engine.check()

    async def _start(self, stage: Stage) -> None:
        """Start the engines of a stage that are not running, get to know who answers, and prove the adapters."""
        references = [check.reference for check in stage.checks if check.reference is not None]
        try:
            for reference in references:
                reference.start()  # calculates while the engine loads
            for engine in stage.engines:
                if not _holds(self._running, engine):
                    await self._start_engine(engine, stage)
            for candidate, engine in stage.generating.items():
                self._identities[candidate] = engine.identity(candidate)
            for check in stage.checks:
                await self._prove(check)
        finally:
            for reference in references:
                reference.close()
        if stage.judge:
            self._judge_identities = self._preparation.judging.identities(stage.judge)
            await self._preparation.judging.check(stage.judge)
        self._judges = self._preparation.judging.at_work(stage.judge) if stage.judge else JudgesAtWork()
        self._certificates = certificates_of(self._preparation.judging, stage.judge) if stage.judge else {}
        self._judge_measures = [
            *map(judge_measure, self._judges.singles),
            *(measure for jury in self._judges.juries for measure in jury_measures(jury)),
        ]
        self._pair_measures = [comparing.measure() for comparing in self._judges.comparing]
        if stage.judge or not self._preparation.judging.judges:
            self._check_gate()

    def _check_gate(self) -> None:
        """See, once all measures are known, that the gate asks for nothing else."""
        if self._preparation.spec_file.spec.gate:
            from harness.gate_policy import check_gate  # noqa: PLC0415 - statistics take a second to import

            manifest = self._manifest()
            check_gate(self._preparation.spec_file, manifest.measures, manifest.preferences)

    async def _start_engine(self, engine: Engine, stage: Stage) -> None:
        self._running.append(engine)
        with self._naming_fields(engine, stage):
            await engine.start()

    @contextmanager
    def _naming_fields(self, engine: Engine, stage: Stage) -> Iterator[None]:
        """What an engine complains of is said with the field of the spec, and its line."""

        def named(error: InputError) -> InputError:
            judges_only = engine is stage.judge and not _holds([*stage.generating.values()], engine)
            problem = about_judge_engine(error) if judges_only else error
            return at_spec(self._preparation.spec_file, problem)

        try:
            yield
        except InputError as error:
            raise named(error) from error
        except EngineError as error:
            if not error.field:
                raise
            raise EngineError(str(named(InputError(str(error), field=error.field)))) from error

    async def _prove(self, check: AdapterCheck) -> None:
        """Prove that the adapters of an engine are at work."""
        by_peft = await check.reference.result() if check.reference is not None else None
        try:
            self._proofs.update(await prove_adapters(check.engine, check.candidates, by_peft))
        except InputError as error:
            raise at_spec(self._preparation.spec_file, about_judge_engine(error)) from error

    async def _work(self, stage: Stage) -> None:
        """Generate, measure and judge what the run lacks of a stage."""
        began = time.monotonic()
        concurrency = max(engine.concurrency for engine in stage.engines)
        serving = Serving(stage.generating, self._identities, concurrency)
        names = self._replayed_in(stage)
        panel = Panel(self._judges.singles, self._desk(names), later=bool(self._preparation.judging.judges))
        pipeline = Pipeline(serving, self._preparation.metrics, panel, self._folder, self._errors)
        plan, selection = self._preparation.plan, self._preparation.selection
        items: Iterator[WorkItem] = plan.work_items(selection.cases(), names)
        total = selection.case_count * len(names) * len(plan.seeds)
        try:
            with RunProgress(total, doing="replies" if stage.generating else "verdicts") as progress:
                if selection.shuffled_by is None or stage is not self._preparation.stages[-1]:
                    await pipeline.run(items, progress)
                else:
                    follower = Follower(self._folder, selection, len(names) * len(plan.seeds))
                    await pipeline.run(follower.until_decided(items), progress, follower.finished)
                    self._until_decided = follower.outcome()
        finally:
            self._replay_s += time.monotonic() - began

    def _write_cases(self) -> None:
        selection = self._preparation.selection
        with writing(self._folder.path):
            write_cases(self._folder, selection.cases())
            if self._preparation.spec_file.spec.persona is not None:
                write_person_replies(self._folder.path, person_cases(selection.suite, selection.only))

    async def _score(self, stage: Stage) -> None:
        """Have the stage's candidates score what the persons really said, where the spec asks for it."""
        preparation = self._preparation
        persona = preparation.spec_file.spec.persona
        if persona is None or not persona.perplexity or not stage.generating:
            return
        selection, generic = preparation.selection, preparation.spec_file.spec.baseline_name
        replay, own = preparation.plan, own_templates(stage.generating)
        plan = ScoringPlan(selection.suite, selection.only, replay.candidates, generic, replay.personas, own)
        total = sum(1 for _ in plan.replies(stage.generating))
        asked = {**stage.generating, **{own[name]: stage.generating[name] for name in own}}
        identities = {name: engine.identity(name) for name, engine in asked.items()}
        scoring = PerplexityPass(asked, identities, self._folder.perplexities)
        with RunProgress(total, doing="perplexities") as progress:
            await scoring.run(plan.replies(stage.generating), progress)

    def _replayed_in(self, stage: Stage) -> Sequence[str]:
        """Whose replies a stage goes through: its own, and to compare with these those that earlier stages left in the log."""
        if not self._judges.comparing:
            return stage.candidates
        return [name for name in self._preparation.plan.candidates if name in self._identities]

    def _desk(self, names: Sequence[str]) -> PairDesk | None:
        if not self._judges.comparing:
            return None
        baseline = self._preparation.spec_file.spec.baseline_name
        return PairDesk(self._judges.comparing, names, baseline, self._folder.preferences)

    async def _close_all_but(self, needed: Iterator[Engine] | Sequence[Engine]) -> None:
        """Give back the memory of engines that no later stage needs."""
        kept = list(needed)
        for engine in list(self._running):
            if not _holds(kept, engine):
                self._running = [other for other in self._running if other is not engine]
                await engine.close()

    def _stopped(self, problem: str) -> RunIncomplete:
        """What to raise, with the reason put into the manifest where there is one."""
        if not self._identities:
            return RunIncomplete(problem, None)
        with suppress(InputError):  # a full disk must not hide what went wrong
            self._write_manifest(problem=problem, error_share=self._errors.share)
        return RunIncomplete(problem, self._folder.path)

    def _write_manifest(self, **outcome: object) -> None:
        self._folder.write_manifest(self._manifest().model_copy(update=outcome))

    def _manifest(self) -> Manifest:
        """The manifest as far as it is known; candidates whose engine has not been started have no identity yet."""
        preparation = self._preparation
        spec, header = preparation.spec_file.spec, preparation.selection.suite.header
        versions, stopped = environment.versions(), self._until_decided
        return Manifest(
            run=self._folder.path.name,
            started=self._begun(),
            spec=spec.model_dump(mode="json", by_alias=True),
            spec_hash=preparation.spec_hash(),
            command=preparation.command(),
            suite=SuiteManifest(
                name=header.name,
                version=header.version,
                language=header.language,
                hash=preparation.selection.suite_hash,
                path=str(preparation.selection.suite.path),
                dialogues=stopped.replayed if stopped else preparation.selection.dialogues,
                dialogues_in_suite=preparation.selection.dialogues_in_suite,
                cases=stopped.cases if stopped else preparation.selection.case_count,
                allow_leak=header.allow_leak,
                personas=dict(preparation.plan.personas),
            ),
            candidates={
                name: CandidateManifest(
                    identity=asdict(self._identities[name]) if name in self._identities else {},
                    settings=candidate.model_dump(mode="json", exclude_none=True),
                    adapter_proof=self._proofs.get(name),
                )
                for name, candidate in preparation.plan.candidates.items()
            },
            judge_adapter_proof=self._proofs.get(JUDGE),
            baseline=spec.baseline_name,
            seeds=spec.seeds,
            measures=(*preparation.metric_measures(), *self._judge_measures),
            preferences=tuple(self._pair_measures),
            juries=tuple(self._judges.juries),
            judge_kin=kin_of_judges(self._judge_identities, self._identities),
            certificates=self._certificates,
            signature=self._signature(versions),
            versions=versions,
            hardware=environment.hardware(),
            until_decided=stopped,
            git_commit=environment.git_commit(preparation.spec_file.folder),
        )

    def _begun(self) -> str:
        """When the run began, be it in an earlier process."""
        if (self._folder.path / MANIFEST).exists():
            return self._folder.read_manifest().started
        return utc_now()

    def _signature(self, versions: dict[str, str]) -> str:
        """One line that says what a run's figures hold for."""
        spec, header = self._preparation.spec_file.spec, self._preparation.selection.suite.header
        engine = next(iter(self._identities.values())).engine
        return (
            f"suite:{header.name}@{header.version}:{self._preparation.selection.suite_hash[:8]}|engine:{engine}"
            f"|temp:{spec.sampling.temperature:g}|seeds:{','.join(map(str, spec.seeds))}|v:{versions.get('rejoinder', '?')}"
        )


def _holds(engines: Sequence[Engine], engine: Engine) -> bool:
    return any(engine is other for other in engines)
