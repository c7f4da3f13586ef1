"""The folder of one run: finding or making it, its manifest and its lock.

What lies in it is described in `docs/architecture.md`. Nothing here writes records (see `harness.run_log`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from filelock import FileLock, Timeout
from pydantic import ConfigDict, Field, ValidationError

from harness.engines.adapter_proof import AdapterProof
from harness.judging.certificates import RunCertificate
from harness.metrics.metric import Measure
from harness.persona.records import PerplexityRecord
from harness.records import CompletionRecord, PreferenceRecord, ScoreRecord, VerdictRecord
from harness.run_log import RunLog
from judges.jury import Jury
from reports.errors import newer_schema
from reports.gating.until_decided import UntilDecided
from reports.records import PairMeasure
from reports.tables import SCHEMA
from suites.dialogue import Persona, Record
from suites.userfile import InputError

MANIFEST = "manifest.json"


class SuiteManifest(Record):
    """Which suite a run replayed."""

    name: str
    version: str
    language: str
    hash: str
    path: str
    dialogues: int
    """Dialogues replayed."""
    dialogues_in_suite: int
    cases: int
    allow_leak: bool = False
    """Whether its halves share dialogues or replies, which every report says."""
    personas: dict[str, Persona] = {}
    """The cards in its header."""


class CandidateManifest(Record):
    """Who a candidate was."""

    identity: dict[str, str | None]
    settings: dict[str, Any]
    adapter_proof: AdapterProof | None = None
    """How its adapter was proven to be at work; None where it has none or the proof was switched off."""


class Manifest(Record):
    """Everything that decided a run, so that it can be repeated, and how it went."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    run: str
    status: Literal["incomplete", "complete"] = "incomplete"
    problem: str | None = None
    """Why an incomplete run stopped, where it could still say so."""
    started: str
    finished: str | None = None
    spec: dict[str, Any]
    spec_hash: str
    """Hash of the spec and all files that it names: an unfinished run goes on only if this is unchanged."""
    command: tuple[str, ...] = ()
    """What makes such a run again; earlier versions did not keep it."""
    suite: SuiteManifest
    candidates: dict[str, CandidateManifest]
    judge_adapter_proof: AdapterProof | None = None
    baseline: str
    seeds: tuple[int, ...]
    measures: tuple[Measure, ...]
    """What was measured and judged, and how."""
    preferences: tuple[PairMeasure, ...] = ()
    """By which rubrics replies were compared, and whose."""
    juries: tuple[Jury, ...] = ()
    """What the juries' measures are calculated from and how."""
    judge_kin: dict[str, tuple[str, ...]] = {}
    """The name of a judge's model to the candidates that are of one family with it."""
    certificates: dict[str, RunCertificate] = {}
    """How far judges agree with people, by measure; none for a judge without a certificate."""
    signature: str
    versions: dict[str, str]
    hardware: str
    git_commit: str | None
    until_decided: UntilDecided | None = None
    """How it went where it was to stop when its gate is decided."""
    error_share: float | None = None
    throughput: dict[str, float] = {}
    """Seconds and counts of the last process that worked on the run."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class RunFolder:
    """Paths and files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        records = path / "records"
        self.completions = RunLog(records / "completions.jsonl", CompletionRecord)
        self.scores = RunLog(records / "scores.jsonl", ScoreRecord)
        self.verdicts = RunLog(records / "verdicts.jsonl", VerdictRecord)
        self.preferences = RunLog(records / "preferences.jsonl", PreferenceRecord)
        """Written only where replies are compared."""
        self.perplexities = RunLog(records / "perplexities.jsonl", PerplexityRecord)
        """Written only where the spec has a persona section that asks for them."""

    @property
    def logs(self) -> tuple[RunLog[CompletionRecord], RunLog[ScoreRecord], RunLog[VerdictRecord]]:
        """The record files of single replies."""
        return self.completions, self.scores, self.verdicts

    def read_manifest(self) -> Manifest:
        """The manifest.

        Raises:
            InputError: There is none, or it is not one of this version.
        """
        file = self.path / MANIFEST
        try:
            return Manifest.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            raise InputError("is not a run folder: it holds no manifest.json", file=self.path) from None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=file) from error
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            field = ".".join(map(str, fault["loc"]))
            problem = newer_schema(error, SCHEMA) or (
                f"is not what this version of Rejoinder writes ({f'{field}: ' if field else ''}{fault['msg']}); "
                "make the run again or use the version that wrote it"
            )
            raise InputError(problem, file=file) from error

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest in one step.

        Raises:
            InputError: The folder cannot be written.
        """
        with writing(self.path):
            write_atomically(self.path / MANIFEST, manifest.model_dump_json(indent=2, by_alias=True))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from writing this run; freed by the system even when this process is killed.

        Raises:
            InputError: Another process writes the run, or the folder cannot be written.
        """
        with writing(self.path):
            (self.path / "records").mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise InputError(
                    "another process is writing this run; wait for it, or choose another folder with --out",
                    file=self.path,
                ) from None
        try:
            yield
        finally:
            lock.release()
            self._remove_if_nothing_began()

    def _remove_if_nothing_began(self) -> None:
        """Leave no empty folder behind a run that failed before its first record."""
        if not (self.path / MANIFEST).exists():
            with suppress(OSError):
                (self.path / ".lock").unlink(missing_ok=True)
                (self.path / "records").rmdir()
                self.path.rmdir()


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the whole new one, whatever happens."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failed write below `folder` into a sentence for the user."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror}); give write access or make room, or choose another folder with --out",
            file=error.filename or folder,
        ) from error


def new_run_folder(parent: Path, suite_name: str) -> RunFolder:
    """A fresh folder name such as `2026-11-21T22-04-coffee_orders`, numbered where it is taken. Makes nothing yet."""
    stem = f"{datetime.now():%Y-%m-%dT%H-%M}-{re.sub(r'[^A-Za-z0-9_.-]', '_', suite_name)}"
    path, number = parent / stem, 2
    while path.exists():
        path, number = parent / f"{stem}-{number}", number + 1
    return RunFolder(path)


def unfinished_run(parent: Path, spec_hash: str) -> RunFolder | None:
    """The newest unfinished run of the same spec below `parent`."""
    unfinished = []
    for file in parent.glob(f"*/{MANIFEST}"):
        try:
            manifest = json.loads(file.read_bytes())
        except (OSError, ValueError):
            continue  # no run of ours, or one that never got as far as a record
        known = isinstance(manifest, dict) and manifest.get("spec_hash") == spec_hash
        if known and manifest.get("status") == "incomplete":
            unfinished.append((manifest.get("started", ""), file.parent))
    return RunFolder(max(unfinished)[1]) if unfinished else None


def utc_now() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
