"""The records of perplexities in a run's log, and the key that says what decided one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from harness.engines.engine import ChatMessages, ModelIdentity
from harness.records import SCHEMA, digest
from suites.dialogue import Record
from suites.loading import Half


class ScoredSlot(NamedTuple):
    """A real reply and who scores it."""

    half: Half
    case_id: str
    candidate: str


class PerplexityRecord(Record):
    """The log-probabilities of one real reply with one candidate, or why there are none."""

    half: Half
    case_id: str
    candidate: str
    key: str
    status: Literal["ok", "error"] = "ok"
    error: str | None = None
    tokens: str | None = None
    """Hash of the reply's tokens."""
    logprobs: tuple[float, ...] | None = None

    @property
    def slot(self) -> ScoredSlot:
        """Where in the run it belongs."""
        return ScoredSlot(self.half, self.case_id, self.candidate)


def perplexity_key(identity: ModelIdentity, messages: ChatMessages, reply: str) -> str:
    """Hash of all that decides a reply's log-probabilities: who answers, the prompt and the reply."""
    return digest("perplexity", SCHEMA, identity.digest(), list(messages), reply)
