"""The `openai` engine and whole runs with it against vLLM's own server: the small checkpoint and two adapters on it.

One server for the whole file, since starting takes long; the last test kills it and starts it again.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import yaml
from recorded_runs import COMMAND
from slow_proxy import SlowProxy

from benchmarks.engine_agreement import LOGPROB_TOLERANCE, Questions, agreement, answers_of, repetition_of
from benchmarks.small_model import coffee_cases
from benchmarks.vllm_server import BASE, KEY, MAX_MODEL_LEN, VllmServer
from harness import evaluate_spec
from harness.engines.engine import Candidate, Request, RequestError, Sampling
from harness.engines.openai_engine import OpenAiEngine, OpenAiOptions
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from harness.records import CompletionRecord
from harness.run_folder import RunFolder
from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput
from suites.userfile import InputError

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

VARIABLE = "REJOINDER_TEST_KEY"
MESSAGES = [{"role": "user", "content": "What is the capital of France?"}]
EXAMPLES = Path(__file__).parents[2] / "examples" / "adapters"
ADAPTERS = {name: EXAMPLES / name for name in ("order_taker", "june")}
CANDIDATES = (BASE, *ADAPTERS)


@pytest.fixture(scope="module")
def server(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """A running server."""
    pytest.importorskip("vllm", reason="needs rejoinder[vllm] or rejoinder[cpu]")
    server = VllmServer(checkpoint, ADAPTERS, tmp_path_factory.mktemp("vllm") / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)


@pytest.fixture
async def engine(server: VllmServer) -> AsyncIterator[OpenAiEngine]:
    engine = engine_at(server.base_url)
    await engine.start()
    yield engine
    await engine.close()


def engine_at(base_url: str, model: str = BASE) -> OpenAiEngine:
    """An engine with a candidate for the base and each adapter, by the names under which they are served."""
    options = OpenAiOptions(base_url=base_url, api_key_env=VARIABLE, model=model)
    return OpenAiEngine(options, {BASE: Candidate(), **{name: Candidate(model=name) for name in ADAPTERS}})


class Reference:
    """The same checkpoint and adapters in transformers and peft, in float32."""

    def __init__(self, checkpoint: Path) -> None:
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype="float32")
        for name, folder in ADAPTERS.items():
            if isinstance(model, PeftModel):
                model.load_adapter(folder, adapter_name=name)
            else:
                model = PeftModel.from_pretrained(model, folder, adapter_name=name)
        self._model = model.eval()

    def prompt_ids(self) -> list[int]:
        text = self._tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False)
        return self.ids(text)

    def ids(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False)]

    def tokens(self, text: str) -> list[str]:
        return [self._tokenizer.decode([token]) for token in self.ids(text)]

    def logprobs(self, ids: list[int], candidate: str = BASE) -> Any:
        """Log-probabilities of every token of the vocabulary after each position."""
        import torch

        if candidate != BASE:
            self._model.set_adapter(candidate)
        with self._model.disable_adapter() if candidate == BASE else nullcontext(), torch.no_grad():
            return self._model(torch.tensor([ids])).logits[0].log_softmax(-1)

    def text_logprobs(self, text: str, candidate: str = BASE) -> list[float]:
        before, after = self.prompt_ids(), self.ids(text)
        logprobs = self.logprobs(before + after, candidate)
        return [float(logprobs[len(before) - 1 + index, token]) for index, token in enumerate(after)]


@pytest.fixture(scope="module")
def reference(checkpoint: Path, server: VllmServer) -> Reference:
    """Made after the server, so that the server does not share the processor while it starts."""
    return Reference(checkpoint)


def request(content: str = MESSAGES[0]["content"], **sampling: Any) -> Request:
    messages = [{"role": "user", "content": content}]
    return Request(case_id="1", candidate=BASE, messages=messages, sampling=Sampling(**sampling))


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
        return (await engine.complete(Request("1", BASE, asked.messages, asked.sampling, seed))).text

    first, again, *others = await asyncio.gather(drawn(1), drawn(1), drawn(2), drawn(3))
    assert first == again
    assert len({first, *others}) > 1
    assert len(set(await asyncio.gather(drawn(1, top_k=1), drawn(2, top_k=1), drawn(3, top_k=1)))) == 1


async def test_label_logprobs_are_those_of_the_first_position(engine: OpenAiEngine, reference: Reference) -> None:
    labels = ["The", "Paris", "Xylophone"]
    found = await engine.label_logprobs(BASE, MESSAGES, labels)
    next_token = reference.logprobs(reference.prompt_ids())[-1]
    expected = [float(next_token[reference.ids(label)[0]]) for label in labels[:2]]
    assert found[:2] == pytest.approx(expected, abs=2e-3)
    assert found[2] == -math.inf


@pytest.mark.parametrize("candidate", CANDIDATES)
@pytest.mark.parametrize("text", ["Paris.", "It is Lyon, naturally – где же ещё?"])
async def test_a_given_text_is_scored(engine: OpenAiEngine, reference: Reference, text: str, candidate: str) -> None:
    found = await engine.score(candidate, MESSAGES, text)
    assert found.logprobs == pytest.approx(reference.text_logprobs(text, candidate), abs=5e-3)
    assert len(found.tokens) == len(found.logprobs)
    if text.isascii():
        assert list(found.tokens) == reference.tokens(text)


@pytest.mark.parametrize("candidate", [BASE, "june"])
async def test_a_reply_is_held_to_a_structure(engine: OpenAiEngine, candidate: str) -> None:
    async def told(structure: StructuredOutput) -> str:
        return (await engine.complete(Request("1", candidate, MESSAGES, Sampling(), structure=structure))).text

    schema = {"type": "object", "properties": {"score": {"enum": [7, 8]}}, "required": ["score"]}
    choice, number, code = await asyncio.gather(
        told(ChoiceOutput(("Trombone", "Xylophone"))),
        told(JsonOutput({**schema, "additionalProperties": False})),
        told(RegexOutput("[0-9]{3}-[A-F]{2}")),
    )
    assert choice in ("Trombone", "Xylophone")
    assert json.loads(number)["score"] in (7, 8)
    assert re.fullmatch("[0-9]{3}-[A-F]{2}", code)


async def test_what_does_not_fit_the_context_is_one_failed_request(engine: OpenAiEngine) -> None:
    with pytest.raises(RequestError, match="do not fit the model's context"):
        await engine.complete(request("word " * MAX_MODEL_LEN))
    assert (await engine.complete(request(max_tokens=2))).text == "The capital"


async def test_identities_tell_the_models_apart(engine: OpenAiEngine, server: VllmServer) -> None:
    identities = {name: engine.identity(name) for name in CANDIDATES}
    assert len({identity.digest() for identity in identities.values()}) == len(CANDIDATES)
    for name, identity in identities.items():
        assert identity.name == name
        assert identity.base.startswith(f"{name}@")
        assert f"127.0.0.1:{server.port}/v1" in identity.engine
        assert KEY not in repr(identity)


async def test_a_wrong_key_ends_the_start(server: VllmServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "another-key-for-this-test")
    with pytest.raises(InputError, match=f"environment variable {VARIABLE}"):
        await engine_at(server.base_url).start()


async def test_server_and_transformers_answer_alike_and_again(engine: OpenAiEngine, checkpoint: Path) -> None:
    """`python -m benchmarks engine-agreement` in small, in float32.

    vLLM in this process is left to that benchmark: its tests share one engine, which calculates in bfloat16.
    """
    local = {BASE: Candidate(), **{name: Candidate(adapter=folder) for name, folder in ADAPTERS.items()}}
    other = TransformersEngine(TransformersOptions(model=str(checkpoint), dtype="float32"), local)
    openings = [case for case in coffee_cases(60) if len(case.messages_for_model()) == 2]  # short, so soon read
    asked = Questions(openings[:8], CANDIDATES, max_tokens=8)
    assert len(asked.cases) == 8
    answers = await answers_of(engine, asked)
    again = await repetition_of(engine, asked, answers.replies)
    assert (again.equal_replies, again.equal_sampled) == (1, 1)
    try:
        await other.start()
        found = agreement(answers, await answers_of(other, asked))
    finally:
        await other.close()
    assert found.equal_replies >= 7 / 8
    assert found.largest_difference < LOGPROB_TOLERANCE["float32"]


def write_spec(folder: Path, base_url: str, options: Mapping[str, Any] | None = None, **fields: Any) -> Path:
    """A spec that has the server answer for the base and both adapters."""
    engine_options = {"base_url": base_url, "api_key_env": VARIABLE, "concurrency": 4, **(options or {})}
    spec = {
        "suite": "coffee_orders",
        "max_dialogues": 3,
        "engine": {"kind": "openai", "model": BASE, "options": engine_options},
        "candidates": {"base": {}, **{name: {"model": name} for name in ADAPTERS}},
        "sampling": {"max_tokens": 16},
        "metrics": ["exact_match"],
        **fields,
    }
    folder.mkdir(exist_ok=True)
    (folder / "eval.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    return folder / "eval.yaml"


def completions_of(run: Path) -> list[CompletionRecord]:
    return list(RunFolder(run).completions.records())


def command_for(spec: Path) -> list[str | Path]:
    return [*COMMAND, "run", spec, "--out", spec.parent / "run"]


def test_a_whole_run_with_judges_on_the_same_server(server: VllmServer, tmp_path: Path) -> None:
    run = evaluate_spec(
        write_spec(tmp_path, server.base_url, max_dialogues=1, judges=[{"rubric": "correctness"}]), out=tmp_path / "run"
    )
    assert run.manifest.status == "complete"
    assert run.reports is not None
    cases = {case_id: json.loads(messages) for case_id, messages in run.cases[["case_id", "messages"]].to_numpy()}
    records = completions_of(run.folder)
    assert len(records) == 3 * len(cases)
    texts: dict[str, list[str | None]] = {}
    for record in records:
        model = BASE if record.candidate == "base" else record.candidate
        told = server.chat(model, cases[record.case_id], temperature=0, max_tokens=16)
        assert record.text == told["choices"][0]["message"]["content"]
        assert record.prompt_tokens == told["usage"]["prompt_tokens"]
        assert record.completion_tokens == told["usage"]["completion_tokens"]
        assert record.token_logprobs is not None
        assert len(record.token_logprobs) == record.completion_tokens
        texts.setdefault(record.case_id, []).append(record.text)
    assert all(len(set(own)) > 1 for own in texts.values()), "the adapters are not at work"
    judged = run.results[run.results["measure"] == "correctness"]
    assert len(judged) == len(records)
    assert (judged["status"] == "ok").mean() > 0.9


def test_a_model_that_is_not_served_is_told_with_those_that_are(server: VllmServer, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, server.base_url, candidates={"base": {}, "june": {"model": "jun"}})
    with pytest.raises(InputError, match="serves no model 'jun'; it serves june, small, order_taker") as caught:
        evaluate_spec(spec, out=tmp_path / "run")
    assert (caught.value.file, caught.value.field) == (str(spec), "candidates.june.model")
    assert not (tmp_path / "run").exists()


async def test_a_slow_server_is_waited_for_within_bounds(server: VllmServer, tmp_path: Path) -> None:
    proxy = SlowProxy(server.port, delay_s=30)
    async with proxy.relaying():
        bounds = {"timeout_s": 3, "max_retries": 1, "first_wait_s": 0.1, "concurrency": 3}
        spec = write_spec(tmp_path, proxy.base_url, bounds, max_dialogues=1, sampling={"max_tokens": 4})
        code, said = await in_terminal(spec)
        assert code == 3
        # Three requests in a row without an answer, each tried again once; two more were begun when the first ones failed.
        assert 3 * 2 <= proxy.chats <= 3 * 2 + 2
        assert "did not answer within 3 s; trying again in" in said
        assert "so ended 3 requests in a row, each with all its retries: see that the server runs" in said
        assert not [record for record in completions_of(tmp_path / "run") if record.status == "ok"]
        proxy.delay_s = 0.3
        code, said = await in_terminal(spec)
        assert code == 0, said
    finished = [record for record in completions_of(tmp_path / "run") if record.status == "ok"]
    assert len({record.slot for record in finished}) == len(finished) == 3 * 2
    assert all(record.latency_s is not None and record.latency_s >= 0.3 for record in finished)


async def in_terminal(spec: Path) -> tuple[int | None, str]:
    """Exit code and standard error of `rejoinder run`."""
    process = await asyncio.create_subprocess_exec(*command_for(spec), stdout=PIPE, stderr=PIPE)
    _, errors = await process.communicate()
    return process.returncode, " ".join(errors.decode().split())


def test_a_server_killed_in_mid_run_and_started_again_costs_nothing(server: VllmServer, tmp_path: Path) -> None:
    """Two runs at a time: one waits for the server, the other gives up and is resumed when the server is back."""
    patience = {
        "waiting": {"max_retries": 20, "longest_wait_s": 15},
        "leaving": {"max_retries": 1, "first_wait_s": 0.1},
    }
    specs = {name: write_spec(tmp_path / name, server.base_url, o, max_dialogues=3) for name, o in patience.items()}
    runs = {name: subprocess.Popen(command_for(spec), stderr=PIPE, text=True) for name, spec in specs.items()}
    logs = {name: tmp_path / name / "run" / "records" / "completions.jsonl" for name in specs}
    pause_in_mid_run(runs, logs)
    server.kill()
    for run in runs.values():
        run.send_signal(signal.SIGCONT)
    _, errors = runs["leaving"].communicate(timeout=60)
    assert runs["leaving"].returncode == 3
    assert "see that the server runs" in errors
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    assert runs["waiting"].poll() is None
    logged = {name: log.read_bytes() for name, log in logs.items()}

    server.start()
    _, errors = runs["waiting"].communicate(timeout=300)
    assert (runs["waiting"].returncode, "trying again in" in errors) == (0, True)
    subprocess.run(command_for(specs["leaving"]), check=True, capture_output=True)
    asked_again = 0
    for name, before in logged.items():
        assert logs[name].read_bytes().startswith(before), "a record was lost"
        finished = [record.slot for record in completions_of(tmp_path / name / "run") if record.status == "ok"]
        assert len(finished) == len(set(finished)) == 3 * 8
        asked_again += len(finished) - before.count(b'"status":"ok"')
    assert server.counted("vllm:request_success_total") == asked_again, "a finished reply was generated again"


def pause_in_mid_run(runs: Mapping[str, subprocess.Popen[str]], logs: Mapping[str, Path]) -> None:
    """Stop each as soon as it has logged some replies, so that none is done before the other has begun."""
    running = set(runs)

    def all_are_paused() -> bool:
        for name in [*running]:
            if logs[name].exists() and logs[name].read_bytes().count(b"\n") > 2:
                runs[name].send_signal(signal.SIGSTOP)
                running.discard(name)
        return not running

    wait_until(all_are_paused)


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)
