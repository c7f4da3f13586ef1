"""The `vllm` engine with real vLLM on the real small checkpoint; one engine for the whole session, since starting takes long."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harness.engines.engine import Candidate, ChatMessages, Completion, EngineError, Request, RequestError, Sampling
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from harness.engines.vllm_engine import VllmEngine, VllmOptions
from suites.userfile import InputError

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="session")]

QUESTIONS = (
    "I would like two burgers and a cola, please.",
    "Hi!",
    "What is the capital of France?",
    "Tell me about bread.",
)
GREEDY = Sampling(max_tokens=12)
SETTINGS = {"max_model_len": 1024}


def chat(question: str, system: str = "You take orders in a small cafe.") -> ChatMessages:
    return [{"role": "system", "content": system}, {"role": "user", "content": question}]


def candidates_on(adapters: Mapping[str, Path]) -> dict[str, Candidate]:
    return {"base": Candidate()} | {name: Candidate(adapter=folder) for name, folder in adapters.items()}


@pytest.fixture(scope="module")
def engine(vllm_engine: VllmEngine) -> VllmEngine:
    return vllm_engine


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reference(checkpoint: Path, adapters: Mapping[str, Path]) -> AsyncIterator[TransformersEngine]:
    """The other local engine, in the same number type."""
    options = TransformersOptions(model=str(checkpoint), dtype="bfloat16")
    engine = TransformersEngine(options, candidates_on(adapters))
    await engine.start()
    yield engine
    await engine.close()


async def replies(
    engine: VllmEngine | TransformersEngine,
    questions: Sequence[str],
    candidate: str = "base",
    sampling: Sampling = GREEDY,
    seed: int = 0,
) -> list[Completion]:
    requests = [Request(question, candidate, chat(question), sampling, seed) for question in questions]
    return list(await asyncio.gather(*map(engine.complete, requests)))


async def test_base_and_adapters_are_served_side_by_side(engine: VllmEngine) -> None:
    async def likelihood(candidate: str) -> tuple[float, ...]:
        return await engine.label_logprobs(candidate, chat(QUESTIONS[0]), ["You", "I", "Yes", "No"])

    alone = {name: await likelihood(name) for name in ("base", "barista", "order_taker")}
    for name in ("barista", "order_taker"):
        assert alone[name] != pytest.approx(alone["base"], abs=0.5)
    # In one batch nobody gets an adapter of another; in bfloat16 rounding differs with the batch.
    names = ("barista", "base", "order_taker", "base", "barista", "base")
    for name, together in zip(names, await asyncio.gather(*map(likelihood, names)), strict=True):
        assert together == pytest.approx(alone[name], abs=0.2)
    mixed = await asyncio.gather(*(replies(engine, QUESTIONS[:1], name) for name in names))
    for name, (reply,) in zip(names, mixed, strict=True):
        score = await engine.score(name, chat(QUESTIONS[0]), reply.text)
        assert reply.token_logprobs is not None
        assert reply.token_logprobs[: len(score.logprobs)] == pytest.approx(score.logprobs, abs=0.25)


async def test_replies_come_with_counts_reasons_and_logprobs(engine: VllmEngine, reference: TransformersEngine) -> None:
    for ours, theirs in zip(await replies(engine, QUESTIONS), await replies(reference, QUESTIONS), strict=True):
        assert ours.prompt_tokens == theirs.prompt_tokens
        assert ours.finish_reason in ("stop", "length")
        assert ours.token_logprobs is not None
        assert len(ours.token_logprobs) == ours.completion_tokens
        assert all(logprob <= 0 for logprob in ours.token_logprobs)
        if ours.text == theirs.text:  # in bfloat16 the likeliest token can be another one
            assert ours.completion_tokens == theirs.completion_tokens
            assert ours.finish_reason == theirs.finish_reason
            assert ours.token_logprobs == pytest.approx(theirs.token_logprobs, abs=0.25)


async def test_log_probabilities_are_left_out_where_nobody_wants_them(engine: VllmEngine) -> None:
    (bare,) = await replies(engine, QUESTIONS[:1], sampling=GREEDY.model_copy(update={"logprobs": False}))
    assert bare.token_logprobs is None
    assert bare.completion_tokens


async def test_a_stop_text_ends_the_reply_before_it(engine: VllmEngine) -> None:
    whole = (await replies(engine, QUESTIONS[:1]))[0].text
    stop = whole[8:14]
    reply = (await replies(engine, QUESTIONS[:1], sampling=GREEDY.model_copy(update={"stop": (stop,)})))[0]
    assert reply.text == whole[: whole.index(stop)]
    assert reply.finish_reason == "stop"


async def test_seeds_reproduce_whatever_the_batch(engine: VllmEngine) -> None:
    warm = Sampling(temperature=1.0, top_k=50, max_tokens=8)
    alone = (await replies(engine, QUESTIONS[:1], sampling=warm, seed=7))[0]
    together = await replies(engine, QUESTIONS, sampling=warm, seed=7)
    other = (await replies(engine, QUESTIONS[:1], sampling=warm, seed=8))[0]
    # Rounding in bfloat16 differs with the batch, so only the beginning is sure.
    assert together[0].text[:4] == alone.text[:4]
    assert other.text != alone.text


async def test_sampled_replies_whose_prompts_do_not_fit_one_step(engine: VllmEngine) -> None:
    warm = Sampling(temperature=1.0, max_tokens=2)
    long = [f"{number} " + "Tell me about bread, please. " * 50 for number in range(16)]
    found = await replies(engine, long, sampling=warm)
    assert sum(reply.prompt_tokens or 0 for reply in found) > 4096
    assert all(reply.completion_tokens for reply in found)


@pytest.mark.parametrize("candidate", ["base", "barista"])
async def test_label_logprobs_are_those_of_transformers(
    engine: VllmEngine, reference: TransformersEngine, candidate: str
) -> None:
    labels = ["1", "2", "3", "4", "5"]
    for question in QUESTIONS[:2]:
        prompt = chat(question, "Answer with one digit from 1 to 5.")
        ours = await engine.label_logprobs(candidate, prompt, labels)
        theirs = await reference.label_logprobs(candidate, prompt, labels)
        assert ours == pytest.approx(theirs, abs=0.3)
        assert max(range(5), key=ours.__getitem__) == max(range(5), key=theirs.__getitem__)


async def test_scores_are_those_of_transformers(engine: VllmEngine, reference: TransformersEngine) -> None:
    for candidate in ("base", "order_taker"):
        ours = await engine.score(candidate, chat(QUESTIONS[0]), "Of course! Anything else?")
        theirs = await reference.score(candidate, chat(QUESTIONS[0]), "Of course! Anything else?")
        assert ours.tokens == theirs.tokens
        assert ours.logprobs == pytest.approx(theirs.logprobs, abs=0.3)


async def test_scores_can_be_asked_for_many_at_a_time(engine: VllmEngine) -> None:
    names = ("barista", "base", "order_taker", "base", "barista")
    text = "Of course! Anything else?"
    alone = {name: await engine.score(name, chat(QUESTIONS[0]), text) for name in set(names)}
    together = await asyncio.gather(*(engine.score(name, chat(QUESTIONS[0]), text) for name in names))
    for name, found in zip(names, together, strict=True):
        assert found.logprobs == pytest.approx(alone[name].logprobs, abs=0.3)


async def test_the_identity_is_that_of_the_same_files(engine: VllmEngine, reference: TransformersEngine) -> None:
    for candidate in ("base", "barista"):
        ours, theirs = engine.identity(candidate), reference.identity(candidate)
        assert (ours.name, ours.base, ours.adapter, ours.chat_template, ours.precision) == (
            theirs.name,
            theirs.base,
            theirs.adapter,
            theirs.chat_template,
            theirs.precision,
        )
        assert ours.engine.startswith("vllm 0.")


async def test_requests_that_cannot_be_answered_fail_alone(engine: VllmEngine) -> None:
    with pytest.raises(RequestError, match="tokens long"):
        await engine.complete(Request("long", "base", chat("word " * 2000), GREEDY))
    with pytest.raises(RequestError, match="begin with the same token"):
        await engine.label_logprobs("base", chat("?"), ["Yes", "Yes, of course"])
    assert (await replies(engine, QUESTIONS[1:2]))[0].text


async def failure(model: Path, options: Mapping[str, Any], **candidates: Candidate) -> Exception:
    """What the engine says when it is started like this."""
    engine = VllmEngine(VllmOptions(model=str(model), options=dict(options)), candidates or {"base": Candidate()})
    with pytest.raises((InputError, EngineError)) as caught:
        await engine.start()
    await engine.close()
    return caught.value


async def test_unknown_and_own_arguments_are_refused(checkpoint: Path) -> None:
    error = await failure(checkpoint, {"max_model_length": 512})
    assert isinstance(error, InputError)
    assert error.field == "engine.options.max_model_length"
    assert "'max_model_len'" in str(error)
    error = await failure(checkpoint, {"tokenizer": "another"})
    assert "engine.model" in str(error)


async def test_settings_that_vllm_refuses_are_input_errors(checkpoint: Path) -> None:
    error = await failure(checkpoint, {"max_model_len": 10_000_000})
    assert isinstance(error, InputError)
    assert "max_model_len" in str(error)


async def test_an_adapter_that_vllm_cannot_serve_stops_the_start(
    checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "barista"
    shutil.copytree(adapters["barista"], folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"use_dora": True}))
    error = await failure(checkpoint, SETTINGS, barista=Candidate(adapter=folder))
    assert isinstance(error, InputError)
    assert error.field == "use_dora"


async def test_a_failed_start_quotes_vllm(
    checkpoint: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = await failure(checkpoint, SETTINGS | {"kv_cache_memory_bytes": 4096})
    assert isinstance(error, EngineError)
    assert "KV cache" in str(error) or "cache blocks" in str(error)
    printed = capfd.readouterr()
    assert "Traceback" not in printed.out + printed.err
    assert printed.out == ""
