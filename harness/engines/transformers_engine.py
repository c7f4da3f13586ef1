"""The `transformers` engine: one base model with several adapters on it, in this process.

Requests are gathered into batches (`harness.engines.batching`), which one thread reads and writes
(`harness.engines.decoding`). torch is imported when the engine starts.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engines.batching import BatchLimits, BatchWorker
from harness.engines.checkpoints import first_line
from harness.engines.engine import (
    Candidate,
    ChatMessages,
    Completion,
    EngineError,
    ModelIdentity,
    Request,
    RequestError,
    TokenLogprobs,
)
from harness.engines.local_candidates import (
    LocalCandidate,
    LocalCandidates,
    check_candidates,
    drawing_seed,
    find_candidates,
)
from harness.engines.local_options import TransformersOptions
from harness.engines.model_jobs import LabelJob, ModelJob, ReplyEnd, ScoreJob, WriteJob
from harness.engines.reasoning import Spoken
from harness.engines.structure_matching import StructureMatchers

if TYPE_CHECKING:
    from harness.engines.decoding import Writing
    from harness.engines.torch_model import TorchModel

__all__ = ["TransformersEngine", "TransformersOptions"]


class TransformersEngine:
    """Runs a base model and its adapters with transformers and peft, on the GPU where there is one, else on the CPU."""

    def __init__(self, options: TransformersOptions, candidates: Mapping[str, Candidate]) -> None:
        self._options = options
        self._wanted = candidates
        self._worker: BatchWorker[ModelJob, Any] = BatchWorker(
            self._run, BatchLimits(options.batch_size, options.batch_tokens)
        )
        self._loaded: tuple[LocalCandidates, TorchModel] | None = None

    @property
    def concurrency(self) -> int:
        """Four batches' worth, so that jobs that go well together can be found among those that wait."""
        return 4 * self._options.batch_size

    @property
    def replicas(self) -> int:
        """One: the model is loaded once."""
        return 1

    async def check(self) -> None:
        """See that base and adapters are there and fit.

        Raises:
            InputError: Something is missing or does not fit.
        """
        await asyncio.to_thread(check_candidates, self._options, self._wanted)

    async def start(self) -> None:
        """Find and check base and adapters, and load them.

        Raises:
            InputError: The base, an adapter, or the chat template is missing or does not fit.
            EngineError: There is not enough memory.
        """
        self._loaded = await asyncio.to_thread(self._load)

    def _load(self) -> tuple[LocalCandidates, TorchModel]:
        served = find_candidates(self._options, self._wanted)
        from harness.engines.torch_model import load_model  # noqa: PLC0415 - imports torch

        try:
            return served, load_model(served.checkpoint, self._options, served.adapters)
        except BaseException:
            served.discard()
            raise

    @property
    def _served(self) -> LocalCandidates:
        return self._parts[0]

    @property
    def _model(self) -> TorchModel:
        return self._parts[1]

    @property
    def _parts(self) -> tuple[LocalCandidates, TorchModel]:
        if self._loaded is None:
            raise EngineError("the engine was not started, or was closed")
        return self._loaded

    def identity(self, candidate: str) -> ModelIdentity:
        """Hashes of base, adapter and chat template."""
        return self._served.identity(
            candidate, precision=self._model.precision, engine=f"transformers {version('transformers')}"
        )

    def special_tokens(self) -> frozenset[str]:
        """The texts that the tokenizer takes for one token with a meaning of its own."""
        return self._served.special_tokens()

    def with_own_template(self, candidate: str) -> str | None:
        """The name of the candidate with the template that lies beside its adapter, where it is served with another."""
        return self._served.with_own_template(candidate)

    async def complete(self, request: Request) -> Completion:
        """Generate one reply.

        Raises:
            RequestError: The chat template cannot render the messages, the prompt is too long, or the reply cannot be held to
                its structure.
            EngineError: The model failed, or the engine was closed.
        """
        begun = time.perf_counter()
        candidate = self._served.by_name[request.candidate]
        prompt = self._prompt(candidate, request.messages, request.tools)
        limit = min(request.sampling.max_tokens, self._model.context - len(prompt))
        end_tokens = self._model.end_tokens | candidate.prompts.end_tokens
        end = ReplyEnd(candidate.prompts, end_tokens, request.sampling.stop)
        matcher = self._matchers.begin(request.structure) if request.structure else None
        job = WriteJob(prompt, limit, candidate.adapter_folder, request.sampling, drawing_seed(request), end, matcher)
        writing: Writing = await self._worker.submit(job)
        text, reason = end.cut(writing.tokens)
        # What is held to a structure is a reply from its first token on, whatever the prompt has begun.
        spoken = Spoken(None, text) if request.structure else candidate.prompts.spoken(prompt, writing.tokens, text)
        return Completion(
            text=spoken.reply,
            finish_reason=reason,
            reasoning=spoken.reasoning,
            prompt_tokens=len(prompt),
            completion_tokens=len(writing.tokens),
            latency_s=time.perf_counter() - begun,
            token_logprobs=tuple(writing.logprobs) if request.sampling.logprobs and spoken.reasoning is None else None,
        )

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        """Log-probabilities of the tokens of `text` as the reply to `messages`.

        Raises:
            RequestError: The text is empty, or too long with the prompt, or the messages cannot be rendered.
            EngineError: The model failed, or the engine was closed.
        """
        served = self._served.by_name[candidate]
        prompt, reply = self._prompt(served, messages), served.prompts.reply(text)
        if len(prompt) + len(reply) > self._model.context:
            length = len(prompt) + len(reply)
            raise RequestError(f"prompt and reply are {length} tokens long; the model takes {self._model.context}")
        logprobs = await self._worker.submit(ScoreJob([*prompt, *reply], served.adapter_folder, len(reply)))
        return TokenLogprobs(served.prompts.spelled(reply), logprobs)

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each label's first token at the first position of the reply.

        Raises:
            RequestError: Two labels begin with the same token, the prompt is too long, or it cannot be rendered.
            EngineError: The model failed, or the engine was closed.
        """
        served = self._served.by_name[candidate]
        prompt = self._prompt(served, messages)
        job = LabelJob(prompt, served.adapter_folder, served.prompts.first_tokens(labels))
        logprobs: tuple[float, ...] = await self._worker.submit(job)
        return logprobs

    @cached_property
    def _matchers(self) -> StructureMatchers:
        tokenizer = self._served.tokenizer
        return StructureMatchers(tokenizer, self._model.end_tokens | {tokenizer.eos_token_id} - {None})

    def _prompt(
        self, candidate: LocalCandidate, messages: ChatMessages, tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        prompt = candidate.prompts.prompt(messages, tools)
        if len(prompt) >= self._model.context:
            raise RequestError(
                f"the prompt is {len(prompt)} tokens long; the model takes {self._model.context} with the reply"
            )
        return prompt

    def _run(self, jobs: Sequence[ModelJob], closing: threading.Event) -> Iterator[tuple[int, Any]]:
        """Run one batch; in the worker's thread."""
        adapter: Path | None = jobs[0].adapter
        try:
            with self._model.serving(adapter) as model:
                yield from jobs[0].run(model, jobs, closing)  # type: ignore[arg-type]  # a batch is of one kind
        except (RuntimeError, MemoryError) as error:  # what torch raises, out of memory included
            longest = max(len(job.tokens) + job.new_tokens for job in jobs)
            raise EngineError(
                f"the model failed on a batch of {len(jobs)} with up to {longest} tokens ({first_line(error)}); if memory is "
                "short, lower `batch_size` or `batch_tokens` under the engine's options"
            ) from error

    async def close(self) -> None:
        """Stop work and give back the model's memory. May be called twice."""
        await self._worker.close()
        if self._loaded is None:
            return
        self._served.discard()
        self._loaded = None
        gc.collect()
        import torch  # noqa: PLC0415 - loaded by now

        torch.cuda.empty_cache()
