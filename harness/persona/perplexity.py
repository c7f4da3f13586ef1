"""How likely each candidate finds what the persons really said: scored, logged, and gone on with where the log stops.

The reply alone counts; the context is each candidate's own prompt, as in replay.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from harness.engines.engine import Candidate, Engine, KnowsOwnTemplates, ModelIdentity, RequestError
from harness.persona.persons import person_cases
from harness.persona.records import PerplexityRecord, ScoredSlot, perplexity_key
from harness.pipeline import first_failure
from harness.progress import RunProgress
from harness.records import digest
from harness.replay import prompt_messages
from harness.run_log import RunLog
from suites.dialogue import Persona
from suites.loading import Suite

TRAINING_SAMPLE: Final = 20
"""Training replies a person that are scored too: an adapter that finds even these no likelier than its base was trained on
something else than it is asked with."""


class ScoredReply(NamedTuple):
    """One real reply to be scored with one candidate."""

    slot: ScoredSlot
    messages: list[dict[str, Any]]
    reply: str


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """Which real replies are scored with which candidates."""

    suite: Suite
    only: Collection[str] | None
    """Ids of the held-out dialogues; all of them if None."""
    candidates: Mapping[str, Candidate]
    generic: str
    """Name of the candidate that the imitators are compared with."""
    personas: Mapping[str, Persona]
    """The suite's, by the name that candidates call them."""
    own_templates: Mapping[str, str] = field(default_factory=dict)
    """Candidates that are asked with another chat template than lies beside their adapter, and what they are called with
    that one."""

    def replies(self, names: Collection[str]) -> Iterator[ScoredReply]:
        """Every held-out reply with every candidate in `names`, all candidates of a case together for prefix caching.

        A sample of each person's training replies too, with those that imitate the person, also with the chat template that
        lies beside their adapter, and with the generic model.

        Raises:
            InputError: A line of the suite cannot be read.
        """
        sample = self._training_sample()
        for one in person_cases(self.suite, self.only):
            if one.reply is None or (one.half == "train" and one.case.id not in sample):
                continue
            for name, candidate in self.candidates.items():
                is_asked = one.half == "held_out" or name == self.generic or candidate.imitates == one.person
                if name in names and is_asked:
                    card = self.personas[candidate.persona] if candidate.persona else None
                    messages = prompt_messages(one.case, candidate.system, card)
                    yield ScoredReply(ScoredSlot(one.half, one.case.id, name), messages, one.reply)
                    if one.half == "train" and name in self.own_templates:
                        yield ScoredReply(
                            ScoredSlot(one.half, one.case.id, self.own_templates[name]), messages, one.reply
                        )

    def _training_sample(self) -> frozenset[str]:
        """Ids of some training turns of each imitated person, chosen by their hash: the same ones every time."""
        imitated = {candidate.imitates for candidate in self.candidates.values()} - {None}
        training: dict[str | None, list[str]] = defaultdict(list)
        for one in person_cases(self.suite, ()):
            if one.reply is not None and one.person in imitated:
                training[one.person].append(one.case.id)
        chosen = (heapq.nsmallest(TRAINING_SAMPLE, own, key=_order) for own in training.values())
        return frozenset(case_id for own in chosen for case_id in own)


def own_templates(engines: Mapping[str, Engine]) -> dict[str, str]:
    """By candidate, what it is called with the chat template that lies beside its adapter, where it is asked with another."""
    return {
        name: own
        for name, engine in engines.items()
        if isinstance(engine, KnowsOwnTemplates) and (own := engine.with_own_template(name)) is not None
    }


class PerplexityPass:
    """Scores what the log lacks, as many replies at a time as the engine wants."""

    def __init__(
        self, engines: Mapping[str, Engine], identities: Mapping[str, ModelIdentity], log: RunLog[PerplexityRecord]
    ) -> None:
        """Make ready.

        Args:
            engines: Candidate to the engine that answers for it.
            identities: Who answers, for each of them.
            log: Where records are appended and, on resume, found.
        """
        self._engines = engines
        self._identities = identities
        self._log = log
        self._finished: dict[ScoredSlot, str] = {}

    async def run(self, replies: Iterator[ScoredReply], progress: RunProgress) -> None:
        """Score all replies.

        Raises:
            EngineError: An engine is gone.
            RunLogError: A record could not be written.
        """
        self._finished = {record.slot: record.key for record in self._log.records() if record.status == "ok"}
        self._log.open_for_append()
        workers = max(engine.concurrency for engine in self._engines.values())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(replies, progress))
        except ExceptionGroup as failures:
            raise first_failure(failures) from None
        finally:
            self._log.close()

    async def _work(self, replies: Iterator[ScoredReply], progress: RunProgress) -> None:
        for one in replies:
            key = perplexity_key(self._identities[one.slot.candidate], one.messages, one.reply)
            if self._finished.get(one.slot) == key:
                progress.advance(failed=False, reused=True)
                continue
            record = await self._scored(one, key)
            self._log.append(record)
            progress.advance(failed=record.status == "error", reused=False)

    async def _scored(self, one: ScoredReply, key: str) -> PerplexityRecord:
        half, case_id, candidate = one.slot
        try:
            scored = await self._engines[candidate].score(candidate, one.messages, one.reply)
        except RequestError as error:
            return PerplexityRecord(
                half=half, case_id=case_id, candidate=candidate, key=key, status="error", error=str(error)
            )
        return PerplexityRecord(
            half=half,
            case_id=case_id,
            candidate=candidate,
            key=key,
            tokens=digest("tokens", scored.tokens),
            logprobs=scored.logprobs,
        )


def _order(case_id: str) -> bytes:
    return hashlib.sha256(case_id.encode("utf-8", "surrogatepass")).digest()
