"""What every engine takes and gives, and the Protocol that all of them fit.

An engine serves all candidates of one base. It answers requests one by one, asynchronously, and batches inside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

from pydantic import Field

from judges.structured_output import StructuredOutput
from suites.dialogue import NonBlank, Record
from suites.userfile import FieldPath

FinishReason = Literal["stop", "length", "content_filter", "unknown"]

Repeats = Literal["exactly", "up_to_rounding", "not_promised"]

ChatMessages = Sequence[Mapping[str, Any]]
"""Messages in the OpenAI convention: `role`, `content` and what else the role needs."""

BARE_BASE = "bare base"
"""Name by which an engine serves its base as it is, beside the candidates: what adapters are compared with. No candidate of
a user can be called so, for their names hold no spaces."""


class EngineError(Exception):
    """The engine cannot go on (out of memory, server gone). The run ends as incomplete and can be resumed."""

    def __init__(self, problem: str, *, field: FieldPath = ()) -> None:
        super().__init__(problem)
        self.field = field
        """The setting that may be at fault, as in `InputError`; empty where there is none."""


class RequestError(Exception):
    """One request failed for good (context too long, server error after all retries). The run goes on."""


class UnservedRequestError(RequestError):
    """The engine cannot serve requests of this kind, whatever the prompt."""


class Sampling(Record):
    """How tokens are drawn."""

    temperature: Annotated[float, Field(ge=0, le=10)] = 0.0
    """0 takes the likeliest token always."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 128
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Texts that end the reply; they are not part of it. A line feed may be one."""
    logprobs: bool = True
    """Whether the log-probability of each token of the reply is kept. vLLM generates some per cent faster without."""


class Candidate(Record):
    """One competitor: the engine's base as it is, or with an adapter, a model name, a prompt or a sampling of its own."""

    adapter: Path | None = None
    """Folder of a peft LoRA adapter (engines `transformers` and `vllm`)."""
    merge: bool = False
    """Merge the adapter into a temporary checkpoint instead of serving it beside the base: for adapters that vLLM refuses
    (DoRA, `modules_to_save`)."""
    model: NonBlank | None = None
    """A checkpoint of its own, as a folder or a hub name (engines `transformers` and `vllm`), or the name under which an
    endpoint serves this candidate (engine `openai`); the engine's model if not given."""
    replies: Path | None = None
    """JSONL file of replies (engine `recorded`): `{"case_id", "reply"}` a line."""
    system: str | None = None
    """System prompt instead of the suite's."""
    persona: NonBlank | None = None
    """Name of a persona of the suite, whose card is put into the system prompt."""
    imitates: NonBlank | None = None
    """Name of the persona of the suite that this candidate was trained to answer like; for the persona report alone."""
    sampling: Sampling | None = None
    """Sampling instead of the run's."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """All that decides what a candidate answers to a prompt, as hashes; part of every record's key."""

    name: str
    """For people: "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct+order_taker". Decides nothing."""
    base: str
    """Revision or weight hash of the base, or the endpoint's model name."""
    adapter: str | None = None
    """Weight hash of the adapter."""
    chat_template: str | None = None
    """Hash of the chat template."""
    precision: str | None = None
    """Number type and quantisation of the weights."""
    settings: str | None = None
    """Hash of what changes the answers and is neither the prompt's nor the weights': what an endpoint is sent with every
    request. None where there is no such thing."""
    engine: str = ""
    """Kind and version of the engine, e.g. "vllm 0.32.0"."""
    repeats: Repeats = "not_promised"
    """What the engine promises when the same is asked again with temperature 0 or the same seed, on the same machine and
    build. For reports (`docs/which-results-repeat.md`). Decides nothing."""

    def digest(self) -> str:
        """SHA-256 over all fields but the name and the promise, in hexadecimal."""
        return _digest(*self._model, self.engine)

    def model_digest(self) -> str:
        """The same without the engine: which model it is, whatever serves it."""
        return _digest(*self._model)

    @property
    def _model(self) -> tuple[str | None, ...]:
        settings = () if self.settings is None else (self.settings,)  # an empty place would change all other hashes
        return self.base, self.adapter, self.chat_template, self.precision, *settings


def _digest(*fields: str | None) -> str:
    return hashlib.sha256("\x1f".join(field or "" for field in fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Request:
    """One reply to be generated."""

    case_id: str
    candidate: str
    """Name of a candidate that the engine was made with."""
    messages: ChatMessages
    sampling: Sampling
    seed: int = 0
    tools: Sequence[Mapping[str, Any]] = ()
    """Definitions of the tools that the chat template tells the model of, in the OpenAI convention."""
    structure: StructuredOutput | None = None
    """The form that the reply is held to; for judges, never for candidates."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine answered."""

    text: str
    """The reply, without what the model thought before it."""
    finish_reason: FinishReason
    reasoning: str | None = None
    """What a reasoning model thought before its reply, where that can be told apart."""
    prompt_tokens: int | None = None
    cached_prompt_tokens: int | None = None
    """How many of them were not calculated anew, because the beginning of the prompt had been seen (prefix caching)."""
    completion_tokens: int | None = None
    latency_s: float | None = None
    """Seconds from the request to its answer, waiting in the engine's queue included."""
    token_logprobs: tuple[float, ...] | None = None
    """Natural log-probability of each token of the reply, where the engine can tell; None after reasoning, and without
    `sampling.logprobs`."""


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """Log-probabilities of a given text after a context."""

    tokens: tuple[str, ...]
    logprobs: tuple[float, ...]
    """Natural logarithms, one a token."""


@runtime_checkable
class NamesSpecialTokens(Protocol):
    """An engine that has its models' tokenizer at hand."""

    def special_tokens(self) -> frozenset[str]:
        """The texts that the tokenizer takes for one token with a meaning of its own."""
        ...


@runtime_checkable
class KnowsOwnTemplates(Protocol):
    """An engine that can ask an adapter with the chat template that it was saved with, where the options name another."""

    def with_own_template(self, candidate: str) -> str | None:
        """The name under which it serves `candidate` with the template that lies beside its adapter; None where there is
        none, and where it is served with that one anyway."""
        ...


class Engine(Protocol):
    """Answers requests for the candidates it was made with."""

    @property
    def concurrency(self) -> int:
        """How many requests to have under way at a time, so that batches are full and memory stays bounded."""
        ...

    @property
    def replicas(self) -> int:
        """How many copies of the model share the requests (data parallelism); known once started."""
        ...

    async def check(self) -> None:
        """See that what the candidates name is there and fits, as far as that shows without loading weights.

        Asked of all engines of a run before the first is started, so that nothing is found out half-way.

        Raises:
            InputError: A model, adapter or template is missing or does not fit.
        """
        ...

    async def start(self) -> None:
        """Load what must be loaded and check every candidate.

        Raises:
            InputError: A model, adapter, template or option does not fit; nothing has been generated yet.
            EngineError: The engine could not be started for another reason.
        """
        ...

    def identity(self, candidate: str) -> ModelIdentity:
        """Who answers for `candidate`; known once started."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Generate one reply.

        Raises:
            RequestError: This request cannot be answered, or not in this structure; others can.
            EngineError: The engine is gone.
        """
        ...

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        """Log-probabilities of `text` as the reply to `messages`, without generating.

        `replica` counts from 0 and says which copy of the model answers; any copy, if it is not given.

        Raises:
            RequestError: The engine cannot score, or not this text.
            EngineError: The engine is gone.
        """
        ...

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each label's first token at the first position of the reply: one prefill, no decode.

        A label that the engine cannot see (an endpoint that tells the top 20 only) gets minus infinity.

        Raises:
            UnservedRequestError: The engine gives no log-probabilities, or two labels begin with the same token.
            RequestError: The request cannot be answered.
            EngineError: The engine is gone.
        """
        ...

    async def close(self) -> None:
        """Give back memory and processes. May be called twice."""
        ...
