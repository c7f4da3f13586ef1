"""Asking the chat models of one endpoint: each in the form it takes, each failure as the engine's own kind of error."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from harness.engines.endpoint.chat_answers import without_lone_surrogates
from harness.engines.endpoint.connection import Connection
from harness.engines.endpoint.faults import Fault
from harness.engines.endpoint.model_abilities import ModelAbilities
from harness.engines.endpoint.structures import OTHER_READOUTS, asks_for_structure
from harness.engines.engine import ChatMessages, EngineError, RequestError
from suites.tool_calls import with_arguments_as_text

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_UNANSWERED = 3
"""So many requests in a row without any answer, each after all its retries, and the server counts as gone: a run that
stops here can be resumed, while one that went on would log an error for every case that is left."""

OMITTABLE = ("temperature", "top_p", "seed")


class ChatClient:
    """Sends chat requests and remembers what the server's models do not take."""

    def __init__(self, connection: Connection, *, extra_body: Mapping[str, Any], omit: Collection[str]) -> None:
        """Send over a connection.

        Args:
            connection: Where requests go.
            extra_body: Fields of every request beyond those of the protocol.
            omit: Names of fields that are never sent.
        """
        self._connection = connection
        self._extra_body = extra_body
        self._abilities: defaultdict[str, ModelAbilities] = defaultdict(lambda: ModelAbilities(refused=set(omit)))
        self._fingerprints: dict[str, str] = {}
        self._unanswered = 0

    def gives_logprobs(self, model: str) -> bool:
        """Whether a model has not yet refused to give log-probabilities."""
        return self._abilities[model].gives_logprobs

    async def chat(
        self,
        model: str,
        messages: ChatMessages,
        fields: Mapping[str, Any],
        read: Callable[[Any], T],
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> T:
        """Send a request, again in another form where the model turns out to take less than was thought.

        Args:
            model: Its name on the server.
            messages: The prompt.
            fields: The request's further fields by the names of the protocol, its length as `max_tokens`.
            read: Reads the answer's body, decoded from JSON; raises `UnusableAnswer` where it cannot.
            extra: Fields that the protocol does not know.

        Raises:
            RequestError: The server refuses the request, or it failed after all retries.
            EngineError: The server is gone or lets nobody in, so that no other request would fare better.
        """
        prompt = without_lone_surrogates(with_arguments_as_text(messages))
        extra_body = {**self._extra_body, **(extra or {})}
        abilities = self._abilities[model]
        create = self._connection.client.chat.completions.with_raw_response.create

        def read_and_watch(data: Any) -> T:
            self._watch_fingerprint(model, data)
            return read(data)

        while True:
            sent = abilities.fit(fields)
            send = partial(create, model=model, messages=prompt, extra_body=extra_body, **sent)
            outcome = await self._connection.ask(send, read_and_watch)
            if not isinstance(outcome, Fault):
                self._unanswered = 0
                return outcome
            if not abilities.learn(outcome, sent):
                raise self._failure(outcome, structured=asks_for_structure(extra or {}))

    def _failure(self, fault: Fault, *, structured: bool) -> RequestError | EngineError:
        """The error for a request that is given up."""
        problem = f"{self._connection.address} {fault.reason}"
        self._unanswered = 0 if fault.answered else self._unanswered + 1
        remedy = self._remedy(fault)
        if remedy is not None:
            return EngineError(f"{problem}; {remedy}")
        if fault.is_context_too_long:
            return RequestError(f"the prompt and sampling.max_tokens do not fit the model's context: {problem}")
        refused = next((name for name in OMITTABLE if fault.refuses(name)), None)
        if refused:
            return RequestError(
                f"{problem}; a model that takes no {refused} needs the engine's option `omit: [{refused}]`"
            )
        if structured and fault.is_refusal:
            return RequestError(f"{problem}; {OTHER_READOUTS}")
        return RequestError(problem)

    def _remedy(self, fault: Fault) -> str | None:
        """What somebody has to do before any other request can fare better; None where others may."""
        if self._unanswered >= MAX_UNANSWERED:
            return f"so ended {MAX_UNANSWERED} requests in a row, each with all its retries: see that the server runs"
        if fault.is_refused_key:
            return f"put a valid key into the environment variable {self._connection.key.variable}"
        if fault.is_exhausted_credit:
            return "top up the account"
        if fault.status == 404:
            return "see that the model is served, and that the address is right (often it ends in /v1)"
        return None

    def _watch_fingerprint(self, model: str, data: Any) -> None:
        now = data.get("system_fingerprint") if isinstance(data, dict) else None
        before = self._fingerprints.get(model, now)
        if isinstance(now, str):
            self._fingerprints[model] = now
        if now is not None and now != before:
            logger.warning(
                "%s changed the system_fingerprint of '%s' from %s to %s: the model behind the name may have changed",
                *(self._connection.address, model, before, now),
            )
