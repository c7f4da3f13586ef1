"""The `vllm` engine: one base model with LoRA adapters, served by vLLM in a process of its own.

vLLM batches by itself, so each request is one coroutine of its `AsyncLLM`. vLLM is imported when the engine starts.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engines.adapters import Adapter, check_vllm_serves
from harness.engines.checkpoints import first_line
from harness.engines.engine import (
    Candidate,
    ChatMessages,
    Completion,
    EngineError,
    FinishReason,
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
from harness.engines.local_options import VllmOptions
from harness.engines.reasoning import Spoken
from harness.engines.stall_watch import StallWatch
from harness.engines.vllm_arguments import changes_of_replies, engine_configuration
from harness.engines.vllm_process import VllmProcess
from judges.structured_output import ChoiceOutput, JsonOutput, StructuredOutput
from suites.userfile import InputError

__all__ = ["VllmEngine", "VllmOptions"]

_FINISH_REASONS: Mapping[str, FinishReason] = {"stop": "stop", "length": "length"}


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """Tokens of prompts, and how many of them came from the prefix cache."""

    total: int = 0
    cached: int = 0

    def __add__(self, other: PromptTokens) -> PromptTokens:
        return PromptTokens(self.total + other.total, self.cached + other.cached)

    def __sub__(self, other: PromptTokens) -> PromptTokens:
        return PromptTokens(self.total - other.total, self.cached - other.cached)


class VllmEngine:
    """Serves a base model and its adapters with vLLM, on GPUs or, with a CPU build of vLLM, on the CPU."""

    def __init__(self, options: VllmOptions, candidates: Mapping[str, Candidate]) -> None:
        self._options = options
        self._wanted = candidates
        self._process = VllmProcess()
        self._served: LocalCandidates | None = None
        self._lora_requests: dict[Path, Any] = {}
        self._request_ids = itertools.count()
        self._prompt_tokens = PromptTokens()
        self._watch = StallWatch(
            options.stall_timeout_s,
            ping=self._process.ping,
            give_up=lambda: self._process.give_up(options.stall_timeout_s),
        )

    @property
    def concurrency(self) -> int:
        """For each replica vLLM's own bound where the user set it, else what keeps a large GPU busy."""
        return int(self._options.options.get("max_num_seqs", 256)) * self.replicas

    @property
    def replicas(self) -> int:
        """vLLM's data parallel size."""
        return int(self._options.options.get("data_parallel_size", 1))

    @property
    def prompt_tokens(self) -> PromptTokens:
        """All prompts so far, those of judges and scores included."""
        return self._prompt_tokens

    async def check(self) -> None:
        """See that base and adapters are there, fit, and can be served by vLLM.

        Raises:
            InputError: Something is missing or does not fit.
        """
        for adapter in await asyncio.to_thread(check_candidates, self._options, self._wanted):
            check_vllm_serves(adapter, patterns=True)  # which patterns this vLLM knows is seen when it is loaded

    async def start(self) -> None:
        """Find and check base and adapters, start vLLM's process and load everything there.

        Raises:
            InputError: The base, an adapter, the chat template or one of vLLM's arguments does not fit.
            EngineError: vLLM could not be started; its own words are quoted.
        """
        served = await asyncio.to_thread(find_candidates, self._options, self._wanted)
        try:
            await asyncio.to_thread(self._process.start, lambda: engine_configuration(self._options, served))
            await self._load_adapters(served.adapters)
        except BaseException:
            await self.close()
            served.discard()
            raise
        self._watch.begin()
        self._served = served

    async def _load_adapters(self, adapters: Sequence[Adapter]) -> None:
        from vllm.lora.request import LoRARequest  # noqa: PLC0415 - heavy

        for number, adapter in enumerate(adapters, start=1):
            request = LoRARequest(f"adapter_{number}", number, str(adapter.folder))
            self._lora_requests[adapter.folder] = request
            llm = self._process.llm
            try:
                # Under data parallelism vLLM loads it into every replica. It never answers where its process ends meanwhile.
                await asyncio.wait_for(llm.add_lora(request), self._options.stall_timeout_s)
            except TimeoutError:
                self._process.give_up(self._options.stall_timeout_s)
                raise self._process.gone() from None
            except Exception as error:  # vLLM's process sends on whatever its loader raised
                if llm.errored:
                    raise self._process.gone() from error
                raise InputError(f"vLLM cannot load the adapter: {first_line(error)}", file=adapter.folder) from error

    def _candidate(self, name: str) -> LocalCandidate:
        return self._started.by_name[name]

    @property
    def _started(self) -> LocalCandidates:
        if self._served is None:
            raise EngineError("the engine was not started")
        return self._served

    def identity(self, candidate: str) -> ModelIdentity:
        """Hashes of base, adapter and chat template."""
        import vllm  # noqa: PLC0415 - heavy

        number_type = str(self._process.llm.vllm_config.model_config.dtype).removeprefix("torch.")
        precision = f"{number_type} {changes_of_replies(self._options.options)}".strip()
        return self._started.identity(candidate, precision=precision, engine=f"vllm {vllm.__version__}")

    def special_tokens(self) -> frozenset[str]:
        """The texts that the tokenizer takes for one token with a meaning of its own."""
        return self._started.special_tokens()

    def with_own_template(self, candidate: str) -> str | None:
        """The name of the candidate with the template that lies beside its adapter, where it is served with another."""
        return self._started.with_own_template(candidate)

    async def complete(self, request: Request) -> Completion:
        """Generate one reply.

        Raises:
            RequestError: The chat template cannot render the messages, or vLLM refuses the request or its structure.
            EngineError: vLLM's process is gone.
        """
        from vllm.sampling_params import SamplingParams  # noqa: PLC0415 - heavy

        begun = time.perf_counter()
        candidate = self._candidate(request.candidate)
        prompt = candidate.prompts.prompt(request.messages, request.tools)
        sampling = request.sampling
        parameters = SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k or 0,
            max_tokens=sampling.max_tokens,
            stop=list(sampling.stop),
            seed=drawing_seed(request),
            logprobs=0 if sampling.logprobs else None,
            structured_outputs=_structured_outputs(request.structure) if request.structure is not None else None,
        )
        answer = await self._generate(candidate, prompt, parameters)
        reply = answer.outputs[0]
        tokens = list(reply.token_ids)
        # What is held to a structure is a reply from its first token on, whatever the prompt has begun.
        spoken = Spoken(None, reply.text) if request.structure else candidate.prompts.spoken(prompt, tokens, reply.text)
        return Completion(
            text=spoken.reply,
            reasoning=spoken.reasoning,
            finish_reason=_FINISH_REASONS.get(reply.finish_reason, "unknown"),
            prompt_tokens=len(prompt),
            cached_prompt_tokens=answer.num_cached_tokens,
            completion_tokens=len(reply.token_ids),
            latency_s=time.perf_counter() - begun,
            token_logprobs=_logprobs_of(tokens, reply.logprobs)
            if sampling.logprobs and spoken.reasoning is None
            else None,
        )

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        """Log-probabilities of the tokens of `text` as the reply to `messages`.

        vLLM calculates the whole prompt anew, since its prefix cache holds no log-probabilities; what it calculates is
        cached for requests that come later.

        Raises:
            RequestError: The text is empty, or vLLM refuses the request.
            EngineError: vLLM's process is gone.
        """
        from vllm.sampling_params import SamplingParams  # noqa: PLC0415 - heavy

        served = self._candidate(candidate)
        prompt, reply = served.prompts.prompt(messages), served.prompts.reply(text)
        parameters = SamplingParams(temperature=0, max_tokens=1, prompt_logprobs=0)
        answer = await self._generate(served, [*prompt, *reply], parameters, replica)
        logprobs = _logprobs_of(reply, answer.prompt_logprobs[len(prompt) :])
        return TokenLogprobs(served.prompts.spelled(reply), logprobs)

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        """Log-probability of each label's first token at the first position of the reply: one prefill, no decode.

        Raises:
            RequestError: Two labels begin with the same token, or vLLM refuses the request.
            EngineError: vLLM's process is gone.
        """
        from vllm.sampling_params import SamplingParams  # noqa: PLC0415 - heavy

        served = self._candidate(candidate)
        tokens = served.prompts.first_tokens(labels)
        parameters = SamplingParams(temperature=0, max_tokens=1, logprob_token_ids=list(dict.fromkeys(tokens)))
        answer = await self._generate(served, served.prompts.prompt(messages), parameters)
        (logprobs,) = answer.outputs[0].logprobs
        return tuple(logprobs[token].logprob for token in tokens)

    async def _generate(
        self, candidate: LocalCandidate, prompt: list[int], parameters: Any, replica: int | None = None
    ) -> Any:
        """vLLM's one and final answer to a request."""
        from vllm.inputs import tokens_input  # noqa: PLC0415 - heavy
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415
        from vllm.v1.engine.exceptions import EngineDeadError  # noqa: PLC0415

        llm = self._process.llm
        longest = llm.vllm_config.model_config.max_model_len
        if len(prompt) >= longest:
            raise RequestError(f"the prompt is {len(prompt)} tokens long; the model takes {longest} with the reply")
        parameters.output_kind = RequestOutputKind.FINAL_ONLY
        adapter = candidate.adapter_folder
        outputs = llm.generate(
            tokens_input(prompt),
            parameters,
            request_id=str(next(self._request_ids)),
            lora_request=self._lora_requests[adapter] if adapter is not None else None,
            data_parallel_rank=replica,
        )
        try:
            with self._watch.waiting():
                (answer,) = [output async for output in outputs]
        except EngineDeadError as error:
            raise self._process.gone() from error
        except Exception as error:  # vLLM's kinds of refusal differ from release to release
            if llm.errored:
                raise self._process.gone() from error
            raise RequestError(f"vLLM refuses the request: {first_line(error.__cause__ or error)}") from error
        self._prompt_tokens += PromptTokens(len(prompt), answer.num_cached_tokens or 0)
        return answer

    async def forget_prompts(self) -> None:
        """Empty the prefix cache, so that what comes next can be timed."""
        await self._process.llm.reset_prefix_cache()

    async def close(self) -> None:
        """End vLLM's processes. May be called twice."""
        self._watch.stop()
        await asyncio.to_thread(self._process.end)
        if self._served is not None:
            self._served.discard()


def _structured_outputs(structure: StructuredOutput) -> Any:
    """The form of an answer, in vLLM's words."""
    from vllm.sampling_params import StructuredOutputsParams  # noqa: PLC0415 - heavy

    if isinstance(structure, ChoiceOutput):
        return StructuredOutputsParams(choice=list(structure.options))
    if isinstance(structure, JsonOutput):
        return StructuredOutputsParams(json=dict(structure.schema))
    return StructuredOutputsParams(regex=structure.pattern)


def _logprobs_of(tokens: Sequence[int], positions: Sequence[Mapping[int, Any]]) -> tuple[float, ...]:
    """The log-probability of each token, from vLLM's one mapping a position."""
    return tuple(position[token].logprob for token, position in zip(tokens, positions, strict=True))
