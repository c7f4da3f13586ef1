"""The folder of a run's blind test: what lies in it, its secret, and the records of its two logs.

blind/  secret.json     the token of the link, and what questions, their order and their sides are drawn from
        answers.jsonl   one line an answer of a rater; on the disk before the rater is told so
        verdicts.jsonl  one line an answer of a judge model
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal

from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from harness.run_folder import writing
from harness.run_log import RunLog
from judges.pair_verdict import PairVerdict
from suites.dialogue import Record
from suites.userfile import InputError

REAL: Final = "(real)"
"""Stands for the person in place of a candidate's name; no candidate can be called so."""

Confidence = Annotated[int, Field(ge=1, le=3)]
"""1 a guess, 2 rather sure, 3 certain."""


class RaterAnswer(Record):
    """What one rater chose of two replies."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    rater: str
    knows_person: bool | None = None
    kind: Literal["pair", "check"]
    """`check`: an attention check, whose right answer is `REAL`."""
    question: str
    """The rater's own question, as the page knows it."""
    pair: str
    """The two replies, by the hash of their texts; of a check, those whose context was shown."""
    case_id: str
    dialogue_id: str
    candidate: str
    against: str
    """Another candidate, or `REAL`."""
    shown: tuple[str, str]
    """Whose reply stood first, and whose second."""
    chosen: str
    confidence: Confidence
    seconds: float | None = None
    """From showing the question to the answer; None where it was shown before the page was served anew."""
    answered: str
    """ISO 8601, UTC."""

    model_config = {"populate_by_name": True}


class JudgeAnswer(Record):
    """What one judge model said of two replies, asked in both orders."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    judge: str
    """Name and short hash of the model."""
    pair: str
    case_id: str
    dialogue_id: str
    candidate: str
    against: str
    verdict: PairVerdict
    """`first` in it is `candidate`, `second` is `against`."""

    model_config = {"populate_by_name": True}


class Secret(Record):
    """What raters must not know."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    token: str
    """Of the link; who has it may answer."""
    seed: str
    """Which reply stands first, and all else that is drawn, follows from this and names."""

    model_config = {"populate_by_name": True}

    def code(self, *names: str) -> str:
        """A code that follows from the names, and that nobody can work out without the seed."""
        text = json.dumps(names, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return hmac.new(self.seed.encode(), text, hashlib.sha256).hexdigest()[:32]

    def number(self, *names: str) -> int:
        """The same as a whole number from 0 to 2^128 - 1."""
        return int(self.code(*names), 16)


class BlindFolder:
    """Paths and files of one run's blind test."""

    def __init__(self, run: Path) -> None:
        self.path = run / "blind"
        self.answers = RunLog(self.path / "answers.jsonl", RaterAnswer, sync_interval_s=0)
        self.verdicts = RunLog(self.path / "verdicts.jsonl", JudgeAnswer)

    def secret(self) -> Secret:
        """The secret, made and kept on first use, readable by its owner only.

        Raises:
            InputError: It is no secret of this version, or the folder cannot be written.
        """
        file = self.path / "secret.json"
        if file.exists():
            try:
                return Secret.model_validate_json(file.read_bytes())
            except (OSError, ValidationError):
                problem = "cannot be read; remove it if no answers have been given yet, for sides are drawn from it"
                raise InputError(problem, file=file) from None
        made = Secret(token=secrets.token_urlsafe(16), seed=secrets.token_hex(16))
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            unfinished = self.path / ".secret.unfinished"
            unfinished.touch(0o600)
            unfinished.write_text(made.model_dump_json(by_alias=True), encoding="utf-8")
            unfinished.replace(file)
        return made

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Keep the answers open for appending, and every other process from doing so.

        Raises:
            InputError: Another process serves the test, or the folder cannot be written.
            RunLogError: The log cannot be written.
        """
        with _locked(self.path, "answers", "another process serves this test; stop it first, or send raters its link"):
            self.answers.open_for_append()
            _sync_folder(self.path)
            try:
                yield
            finally:
                self.answers.close()

    @contextmanager
    def judging(self) -> Iterator[None]:
        """The same for the judges' verdicts.

        Raises:
            InputError: Another process has a judge take the test, or the folder cannot be written.
            RunLogError: The log cannot be written.
        """
        with _locked(self.path, "verdicts", "another process has a judge take this test; wait for it"):
            self.verdicts.open_for_append()
            try:
                yield
            finally:
                self.verdicts.close()


@contextmanager
def _locked(folder: Path, name: str, problem: str) -> Iterator[None]:
    """Hold a lock that dies with its holder."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise InputError(problem, file=folder) from None
    try:
        yield
    finally:
        lock.release()


def _sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk, so that a new log is found after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
