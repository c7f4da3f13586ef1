"""The records of a run log and the keys that say what decided them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from harness.engines.engine import ModelIdentity, Request
from harness.metrics.metric import Measurement
from judges.attack.families import Family
from judges.pair_verdict import PairVerdict
from judges.verdict import Verdict
from suites.dialogue import Record

SCHEMA = 1


class Slot(NamedTuple):
    """The place of one reply in a run."""

    case_id: str
    candidate: str
    seed: int


class PairSlot(NamedTuple):
    """The place of one comparison in a run."""

    case_id: str
    candidate: str
    against: str
    """The candidate that `candidate` is compared with."""
    seed: int


class CompletionRecord(Record):
    """One reply, or why there is none."""

    case_id: str
    candidate: str
    seed: int
    key: str
    status: Literal["ok", "error"] = "ok"
    text: str | None = None
    error: str | None = None
    finish_reason: str | None = None
    reasoning: str | None = None
    prompt_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency_s: float | None = None
    token_logprobs: tuple[float, ...] | None = None
    suspected_attack: tuple[Family, ...] = ()
    """The kinds of attempts to move a judge that are suspected in it (`judges.attack.detection`); looked for in runs with
    judges of any kind."""

    @property
    def slot(self) -> Slot:
        """Where in the run it belongs."""
        return Slot(self.case_id, self.candidate, self.seed)


class ScoreRecord(Record):
    """All metric measurements of one reply."""

    case_id: str
    candidate: str
    seed: int
    key: str
    measurements: tuple[Measurement, ...]

    @property
    def slot(self) -> Slot:
        """Where in the run it belongs."""
        return Slot(self.case_id, self.candidate, self.seed)


class VerdictRecord(Record):
    """One judge's verdict on one reply."""

    case_id: str
    candidate: str
    seed: int
    key: str
    measure: str
    verdict: Verdict

    @property
    def slot(self) -> Slot:
        """Where in the run it belongs."""
        return Slot(self.case_id, self.candidate, self.seed)


class PreferenceRecord(Record):
    """One judge's verdict on two candidates' replies to one case; `first` in it is `candidate`, `second` is `against`."""

    case_id: str
    candidate: str
    against: str
    seed: int
    key: str
    measure: str
    verdict: PairVerdict

    @property
    def slot(self) -> PairSlot:
        """Where in the run it belongs."""
        return PairSlot(self.case_id, self.candidate, self.against, self.seed)


def digest(*parts: Any) -> str:
    """SHA-256 over the JSON of `parts`, the first 32 hexadecimal digits."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def completion_key(identity: ModelIdentity, request: Request) -> str:
    """Hash of all that decides a reply: who answers, the prompt, the sampling settings and the seed.

    The prompt goes in as messages: with the chat template's hash, which the identity holds, they fix the rendered text.
    """
    return digest(
        "completion",
        SCHEMA,
        identity.digest(),
        list(request.messages),
        list(request.tools),
        request.sampling.model_dump(),
        request.seed,
    )


def score_key(completion_key: str, case_digest: str, signatures: Sequence[str]) -> str:
    """Hash of all that decides a reply's measurements: the reply, what is expected of it, and how it is measured."""
    return digest("score", SCHEMA, completion_key, case_digest, list(signatures))


def verdict_key(completion_key: str, case_digest: str, signature: str) -> str:
    """Hash of all that decides a verdict: the reply, what is expected of it, and the judge's signature."""
    return digest("verdict", SCHEMA, completion_key, case_digest, signature)


def preference_key(completion_keys: tuple[str, str], case_digest: str, signature: str) -> str:
    """Hash of all that decides a comparison: both replies, what is expected of them, and the judge's signature."""
    return digest("preference", SCHEMA, completion_keys, case_digest, signature)
