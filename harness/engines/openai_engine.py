"""The `openai` engine: any server that speaks the OpenAI protocol, a hosted one or one of your own."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from pydantic import field_validator

from harness.engines.endpoint.chat_answers import chat_answer, completion_of, first_token_logprobs, scored_tokens
from harness.engines.endpoint.chat_client import ChatClient
from harness.engines.endpoint.connection import Connection
from harness.engines.endpoint.faults import Fault
from harness.engines.endpoint.options import EndpointOptions
from harness.engines.endpoint.served_models import ServedModel, not_served, served_models
from harness.engines.endpoint.structures import structure_fields
from harness.engines.engine import (
    Candidate,
    ChatMessages,
    Completion,
    EngineError,
    ModelIdentity,
    Request,
    RequestError,
    TokenLogprobs,
    UnservedRequestError,
)
from harness.engines.reasoning import THINK, ReasoningTags
from harness.records import digest
from suites.dialogue import NonBlank
from suites.userfile import InputError

logger = logging.getLogger(__name__)

_SET_ELSEWHERE = {
    *("model", "messages", "temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "stop", "seed"),
    *("logprobs", "top_logprobs", "n", "stream"),
}


class OpenAiOptions(EndpointOptions):
    """Settings of the `openai` engine."""

    model: NonBlank | None = None
    """Name of the model for candidates that name none; may be left out where the server serves a single one."""
    extra_body: dict[str, Any] = {}
    """Further fields of each request: `{chat_template_kwargs: {enable_thinking: false}}`."""
    reasoning_tags: ReasoningTags | Literal["none"] = THINK
    """What begins a reasoning model's thoughts and what ends them, where the server leaves them in the reply; `none`: whatever
    it calls the reply is the reply."""
    omit: tuple[Literal["temperature", "top_p", "seed", "logprobs"], ...] = ()
    """Fields that the model refuses, left out of each request; the server then decides them."""
    check_models: bool = True
    """Whether each name must be in the server's list of models; turn it off for servers that know more than they list."""

    @property
    def settings_digest(self) -> str | None:
        """Hash of what changes the answers of whatever model is asked; None where all of it is as it is by default."""
        changed = self.model_dump(mode="json", include={"extra_body", "reasoning_tags", "omit"}, exclude_defaults=True)
        if "omit" in changed:
            changed["omit"] = sorted(set(self.omit))
        return digest(changed) if changed else None

    @field_validator("extra_body")
    @classmethod
    def _decides_nothing_twice(cls, extra: dict[str, Any]) -> dict[str, Any]:
        for name in sorted(_SET_ELSEWHERE & extra.keys()):
            raise ValueError(f"`{name}` is set by the spec (sampling, seeds, model) or by the engine; take it out")
        return extra


class OpenAiEngine:
    """Asks a server over HTTP. The server does the batching."""

    def __init__(self, options: OpenAiOptions, candidates: Mapping[str, Candidate]) -> None:
        self._options = options
        self._candidates = candidates
        self._connection: Connection | None = None
        self._client: ChatClient | None = None
        self._models: dict[str, str] = {}
        self._identities: dict[str, ModelIdentity] = {}

    @property
    def concurrency(self) -> int:
        """As many as the options allow."""
        return self._options.concurrency

    @property
    def replicas(self) -> int:
        """One: what stands behind the server's address is its own affair."""
        return 1

    async def check(self) -> None:
        """Nothing: what a server serves shows when it is asked."""

    async def start(self) -> None:
        """Ask the server for its models and check the key and every candidate's model. Nothing is generated.

        Raises:
            InputError: The key is missing or refused, a model is not served, or the address is not that of an API.
            EngineError: The server cannot be reached, or fails.
        """
        options = self._options
        self._connection = Connection(options)
        self._client = ChatClient(self._connection, extra_body=options.extra_body, omit=options.omit)
        served = await self._served(self._connection)
        for name, candidate in self._candidates.items():
            model, entry = self._chosen(name, candidate, served)
            self._models[name] = model
            self._identities[name] = self._identity(model, entry)

    async def _served(self, connection: Connection) -> Sequence[ServedModel] | None:
        """The server's models; None where it does not tell, or where the names to ask for are not those it tells."""
        outcome = await connection.ask(
            connection.client.models.with_raw_response.list, served_models, wait_for_server=False
        )
        if isinstance(outcome, Fault):
            self._check_unlisted(outcome)
            return None
        return None if self._options.azure else outcome  # Azure lists models, but is asked for deployments

    def _check_unlisted(self, fault: Fault) -> None:
        """Raise unless a server may work in spite of not listing its models."""
        options = self._options
        problem = f"{options.address} {fault.reason}"
        if fault.status in (401, 403):
            raise InputError(
                f"the endpoint refuses the key ({problem}); put a valid one into the environment variable "
                f"{options.api_key_env}",
                field=("engine", "options", "api_key_env"),
            )
        if not fault.answered:
            raise EngineError(
                f"{problem}; start the server or correct its address, then run again",
                field=("engine", "options", options.address_option),
            )
        if fault.status is None:
            raise InputError(
                f"{problem}; give the address of the API, which often ends in /v1",
                field=("engine", "options", options.address_option),
            )
        if fault.worth_retrying or fault.is_exhausted_credit:
            raise EngineError(f"{problem}; run again when the endpoint works")
        logger.info("%s when asked for its models, so their names are not checked", problem)

    def _chosen(
        self, name: str, candidate: Candidate, served: Sequence[ServedModel] | None
    ) -> tuple[str, ServedModel | None]:
        """The name that a candidate's model is asked for by, and its entry in the server's list."""
        model = candidate.model or self._options.model
        if model is None and served is not None and len(served) == 1:
            return served[0].id, served[0]
        field = ("candidates", name, "model") if candidate.model else ("engine", "model")
        if model is None:
            listed = f" (it serves {', '.join(entry.id for entry in served)})" if served else ""
            raise InputError(f"is missing; give the name by which the endpoint serves the model{listed}", field=field)
        entry = next((entry for entry in served or () if entry.is_called(model)), None)
        if entry is None and served is not None and self._options.check_models:
            problem = f"{self._options.address} {not_served(model, served)}"
            raise InputError(
                f"{problem}; name one of those, or set the engine's option `check_models: false`", field=field
            )
        return model, entry

    def _identity(self, model: str, entry: ServedModel | None) -> ModelIdentity:
        # The system fingerprint is no part of it: it is known after a reply only, and changes in the middle of runs.
        options = self._options
        stands_for = [entry.root, entry.parent] if entry is not None and (entry.root or entry.parent) else []
        version = f" {options.azure.api_version}" if options.azure else ""
        return ModelIdentity(
            name=model.rstrip("/").rpartition("/")[2],
            base=f"{model}@{digest(stands_for)[:12]}" if stands_for else model,
            settings=options.settings_digest,
            engine=f"openai {options.address}{version}",
        )

    def identity(self, candidate: str) -> ModelIdentity:
        """The model's name, a hash of what every request to it holds, and the server's address. Never a key."""
        return self._identities[candidate]

    async def complete(self, request: Request) -> Completion:
        """Ask for one reply. Its latency includes waits for a free place and before retries.

        Raises:
            RequestError: The server refuses the request, or it failed after all retries.
            EngineError: The server is gone, or refuses the key.
        """
        began = time.perf_counter()
        sampling = request.sampling
        fields: dict[str, Any] = {
            # Defaults are sent too: left out, vLLM would take those of the model's generation_config.json.
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": request.seed,
        }
        if sampling.logprobs:
            fields["logprobs"] = True
        if sampling.stop:
            fields["stop"] = list(sampling.stop)
        if request.tools:  # a call would come back as something else than the text that local engines give
            fields |= {"tools": list(request.tools), "tool_choice": "none"}
        extra = structure_fields(request.structure) | ({} if sampling.top_k is None else {"top_k": sampling.top_k})
        model = self._models[request.candidate]
        tags = self._options.reasoning_tags
        read = partial(completion_of, tags=None if tags == "none" else tags)
        completion = await self._started.chat(model, request.messages, fields, read, extra=extra)
        return replace(completion, latency_s=time.perf_counter() - began)

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        """Log-probabilities of a reply's tokens, where the server tells those of a prompt, as vLLM's does.

        The prompt is sent once up to the reply and once with it; the tokens that come on top are the reply's.

        Raises:
            RequestError: The server does not tell, or refuses the request.
            EngineError: The server is gone, or refuses the key.
        """
        model = self._models[candidate]
        fields = {"temperature": 0.0, "max_tokens": 1}
        with_ids = {"return_token_ids": True}
        prompt = await self._started.chat(model, messages, fields, chat_answer, extra=with_ids)
        if prompt.prompt_token_ids is None:
            raise RequestError(
                f"{self._options.address} cannot score a given text: only vLLM's server tells a prompt's log-probabilities"
            )
        replied = [*messages, {"role": "assistant", "content": text}]
        scoring = {**with_ids, "prompt_logprobs": 0, "add_generation_prompt": False, "continue_final_message": True}
        scored = scored_tokens(prompt, await self._started.chat(model, replied, fields, chat_answer, extra=scoring))
        if scored is None or not scored.tokens:
            raise RequestError(f"{self._options.address} does not tell the log-probabilities of this text's tokens")
        return scored

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each label's first token, out of the likeliest 20 (5 where the server tells no more).

        Raises:
            UnservedRequestError: The server gives no log-probabilities.
            RequestError: It refuses the request.
            EngineError: The server is gone, or refuses the key.
        """
        model = self._models[candidate]
        fields = {"temperature": 0.0, "max_tokens": 1, "logprobs": True, "top_logprobs": 20}
        found = None
        if self._started.gives_logprobs(model):
            try:
                found = first_token_logprobs(await self._started.chat(model, messages, fields, chat_answer), labels)
            except RequestError:
                if self._started.gives_logprobs(model):  # it failed for another reason
                    raise
        if found is None:
            raise UnservedRequestError(
                f"{self._options.address} gives no log-probabilities for '{model}'; set the rubric's readout to free_text "
                "or sampled_label, or to json if it can hold replies to a schema"
            )
        return found

    @property
    def _started(self) -> ChatClient:
        assert self._client is not None, "start() comes first"
        return self._client

    async def close(self) -> None:
        """Close the connections to the server."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            await connection.close()
