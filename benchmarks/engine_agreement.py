"""Whether engines answer alike, and each like itself: the same contexts through `transformers`, `vllm` and `openai`.

The server behind `openai` is vLLM's own. What comes of the figures for users stands in `docs/which-results-repeat.md`.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.figures import Figure
from benchmarks.small_model import ADAPTERS, checkpoint, coffee_cases
from benchmarks.vllm_server import BASE, KEY, MAX_MODEL_LEN, VllmServer
from harness.engines.engine import Candidate, Engine, Request, Sampling
from harness.engines.openai_engine import OpenAiEngine, OpenAiOptions
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from harness.engines.vllm_engine import VllmEngine, VllmOptions
from suites.cases import Case

NumberType = Literal["float32", "bfloat16"]

CONTEXTS = 100
MAX_TOKENS = 32
EQUAL_AT_LEAST = 0.95
LOGPROB_TOLERANCE: Mapping[NumberType, float] = {"float32": 0.01, "bfloat16": 1.0}
"""How far the natural log-probability of a token may differ between engines, as the documentation says."""

GREEDY = Sampling()
SAMPLED = Sampling(temperature=1.0, top_p=0.95)
ADAPTER = "order_taker"
KEY_VARIABLE = "REJOINDER_BENCHMARK_KEY"


@dataclass(frozen=True, slots=True)
class Questions:
    """What engines are asked: contexts, and the candidates that take turns at them."""

    cases: Sequence[Case]
    candidates: Sequence[str]
    max_tokens: int = MAX_TOKENS

    def turns(self) -> Iterator[tuple[Case, str]]:
        """Each context with the candidate whose turn it is."""
        return zip(self.cases, itertools.cycle(self.candidates), strict=False)

    def requests(self, sampling: Sampling) -> list[Request]:
        """For one reply to each context."""
        sampling = sampling.model_copy(update={"max_tokens": self.max_tokens})
        return [Request(case.id, name, case.messages_for_model(), sampling) for case, name in self.turns()]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one engine made of all contexts, in their order."""

    replies: Sequence[str]
    logprobs: Sequence[Sequence[float]]
    """Of each token of the case's first reference."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """How far one engine answers a second time as it did the first time."""

    equal_replies: float
    """Share of contexts with the same reply at temperature 0, 0 to 1."""
    equal_sampled: float
    """The same for replies drawn with the same seed."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two engines agree."""

    equal_replies: float
    """Share of contexts with the same reply, 0 to 1."""
    largest_difference: float
    """Of the natural log-probability of one token."""
    mean_difference: float


def run() -> list[Figure]:
    """Measure in float32 and in bfloat16."""
    number_types: tuple[NumberType, ...] = ("float32", "bfloat16")
    return [figure for number_type in number_types for figure in _figures(number_type)]


def _figures(number_type: NumberType) -> Iterator[Figure]:
    cases = coffee_cases(CONTEXTS)
    answered = dict(_all_answers(number_type, cases))
    promised = number_type == "float32"
    for (one, (first, _)), (other, (second, _)) in itertools.combinations(answered.items(), 2):
        found, pair = agreement(first, second), f"{number_type}, {one} and {other}"
        target, reached = (
            (f"at least {EQUAL_AT_LEAST}", found.equal_replies >= EQUAL_AT_LEAST) if promised else ("", None)
        )
        yield Figure(f"{pair}: share of equal replies", found.equal_replies, "", target, reached)
        tolerance = LOGPROB_TOLERANCE[number_type]
        within = found.largest_difference <= tolerance
        largest = f"{pair}: largest difference of a token's log-probability"
        yield Figure(largest, found.largest_difference, "", f"at most {tolerance:g}", within)
        yield Figure(f"{pair}: mean difference of a token's log-probability", found.mean_difference)
    for name, (_, found_again) in answered.items():
        again = f"{number_type}, {name} again, in another order"
        yield Figure(f"{again}: share of equal replies", found_again.equal_replies)
        yield Figure(f"{again}: share of equal sampled replies", found_again.equal_sampled)


def _all_answers(number_type: NumberType, cases: Sequence[Case]) -> Iterator[tuple[str, tuple[Answers, Repetition]]]:
    """Each engine's answers by its kind, one engine at a time."""
    model, adapter = str(checkpoint()), ADAPTERS[ADAPTER]
    local = {BASE: Candidate(), ADAPTER: Candidate(adapter=adapter)}
    transformers = TransformersEngine(TransformersOptions(model=model, dtype=number_type), local)
    yield "transformers", asyncio.run(_ask(transformers, cases))
    arguments = {"max_model_len": MAX_MODEL_LEN}
    vllm = VllmEngine(VllmOptions(model=model, dtype=number_type, options=arguments), local)
    yield "vllm", asyncio.run(_ask(vllm, cases))
    with _server(Path(model), {ADAPTER: adapter}, number_type) as server:
        os.environ[KEY_VARIABLE] = KEY
        options = OpenAiOptions(base_url=server.base_url, api_key_env=KEY_VARIABLE, model=BASE, concurrency=64)
        served = {BASE: Candidate(), ADAPTER: Candidate(model=ADAPTER)}
        yield "openai", asyncio.run(_ask(OpenAiEngine(options, served), cases))


@contextmanager
def _server(model: Path, adapters: Mapping[str, Path], number_type: NumberType) -> Iterator[VllmServer]:
    with tempfile.TemporaryDirectory() as folder:
        server = VllmServer(model, adapters, Path(folder) / "server.log", number_type)
        try:
            server.start()
            yield server
        finally:
            server.stop()


async def _ask(engine: Engine, cases: Sequence[Case]) -> tuple[Answers, Repetition]:
    asked = Questions(cases, (BASE, ADAPTER))
    try:
        await engine.start()
        answers = await answers_of(engine, asked)
        return answers, await repetition_of(engine, asked, answers.replies)
    finally:
        await engine.close()


async def answers_of(engine: Engine, asked: Questions) -> Answers:
    """The answers of an engine that was started, all contexts at a time."""
    scores = [engine.score(name, case.messages_for_model(), case.references[0]) for case, name in asked.turns()]
    logprobs = [found.logprobs for found in await asyncio.gather(*scores)]
    return Answers(await _replies(engine, asked.requests(GREEDY)), logprobs)


async def repetition_of(engine: Engine, asked: Questions, replies: Sequence[str]) -> Repetition:
    """Ask for the same again, in the opposite order, so that batches are others; `replies` are those of `answers_of`."""
    again = await _replies(engine, asked.requests(GREEDY), backwards=True)
    sampled = await _replies(engine, asked.requests(SAMPLED))
    sampled_again = await _replies(engine, asked.requests(SAMPLED), backwards=True)
    return Repetition(_equal_share(replies, again), _equal_share(sampled, sampled_again))


async def _replies(engine: Engine, requests: Sequence[Request], *, backwards: bool = False) -> list[str]:
    order = -1 if backwards else 1
    return [found.text for found in await asyncio.gather(*map(engine.complete, requests[::order]))][::order]


def agreement(first: Answers, second: Answers) -> Agreement:
    """How far two engines agree on the same contexts."""
    differences = [
        abs(a - b)
        for ours, theirs in zip(first.logprobs, second.logprobs, strict=True)
        for a, b in zip(ours, theirs, strict=True)
    ]
    return Agreement(
        equal_replies=_equal_share(first.replies, second.replies),
        largest_difference=max(differences),
        mean_difference=math.fsum(differences) / len(differences),
    )


def _equal_share(first: Sequence[str], second: Sequence[str]) -> float:
    """Share of places where both say the same, 0 to 1."""
    return sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
