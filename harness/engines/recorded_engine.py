"""The `recorded` engine: replies read from files, so that any other system can be scored.

A file of replies is JSONL: `{"case_id": ..., "reply": ...}`, with `candidate` and `seed` where a file holds several, and
`prompt_tokens`, `completion_tokens`, `finish_reason` and `latency_s` where they are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.engines.engine import (
    Candidate,
    ChatMessages,
    Completion,
    FinishReason,
    ModelIdentity,
    Request,
    RequestError,
    TokenLogprobs,
    UnservedRequestError,
)
from harness.records import Slot
from suites.dialogue import Record
from suites.userfile import InputError, iterate_jsonl, parse_line


class RecordedReply(Record):
    """One line of a file of replies."""

    case_id: str
    reply: str
    candidate: str | None = None
    """Whose reply it is; anybody's who names this file, if not given."""
    seed: int = 0
    finish_reason: FinishReason = "unknown"
    prompt_tokens: Annotated[int, Field(ge=0)] | None = None
    completion_tokens: Annotated[int, Field(ge=0)] | None = None
    latency_s: Annotated[float, Field(ge=0)] | None = None


class RecordedOptions(Record):
    """Settings of the `recorded` engine."""

    replies: Path | None = None
    """File of replies for all candidates that name none of their own."""


class RecordedEngine:
    """Gives the replies that stand in files, all read at the start."""

    concurrency = 8

    def __init__(self, options: RecordedOptions, candidates: Mapping[str, Candidate]) -> None:
        self._files = {name: candidate.replies or options.replies for name, candidate in candidates.items()}
        self._completions: dict[Slot, Completion] = {}
        self._identities: dict[str, ModelIdentity] = {}

    @property
    def replicas(self) -> int:
        """One: there is no model."""
        return 1

    async def check(self) -> None:
        """Nothing: the files are read at the start."""

    async def start(self) -> None:
        """Read all files.

        Raises:
            InputError: A candidate has no file, a line cannot be read, or a reply stands twice.
        """
        for name, file in self._files.items():
            if file is None:
                raise InputError(
                    "names no file of replies; give it `replies: FILE.jsonl`, or one for all under the engine's options",
                    field=("candidates", name),
                )
            digest = self._read(name, file)
            self._identities[name] = ModelIdentity(name=name, base=digest, engine="recorded", repeats="exactly")

    def _read(self, candidate: str, file: Path) -> str:
        """Take in the replies of one candidate and return a hash of them."""
        digest = hashlib.sha256()
        for line, data in iterate_jsonl(file):
            reply = parse_line(RecordedReply, data, file, line)
            if reply.candidate not in (None, candidate):
                continue
            slot = Slot(reply.case_id, candidate, reply.seed)
            if slot in self._completions:
                raise InputError(
                    f"there is a reply to '{reply.case_id}' (seed {reply.seed}) already", file=file, line=line
                )
            self._completions[slot] = Completion(
                text=reply.reply,
                finish_reason=reply.finish_reason,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
                latency_s=reply.latency_s,
            )
            digest.update(reply.model_dump_json().encode())
        return digest.hexdigest()

    def identity(self, candidate: str) -> ModelIdentity:
        """A hash of the candidate's replies stands for the model."""
        return self._identities[candidate]

    async def complete(self, request: Request) -> Completion:
        """The recorded reply.

        Raises:
            RequestError: There is none for this case.
        """
        completion = self._completions.get(Slot(request.case_id, request.candidate, request.seed))
        if completion is None:
            raise RequestError(
                f"{self._files[request.candidate]} holds no reply of '{request.candidate}' to '{request.case_id}' "
                f"(seed {request.seed})"
            )
        return completion

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        """Recorded replies have no log-probabilities.

        Raises:
            RequestError: Always.
        """
        raise RequestError("recorded replies have no log-probabilities; use an engine that runs a model")

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        """Recorded replies cannot judge.

        Raises:
            UnservedRequestError: Always.
        """
        raise UnservedRequestError("recorded replies cannot judge; name an engine that runs a model")

    async def close(self) -> None:
        """Nothing to give back."""
