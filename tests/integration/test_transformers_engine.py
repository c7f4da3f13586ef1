"""The `transformers` engine on the real small checkpoint, against transformers and peft used plainly."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harness.engines.engine import Candidate, ChatMessages, Completion, EngineError, Request, RequestError, Sampling
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from suites.userfile import InputError

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

QUESTIONS = (
    "I would like two burgers and a cola, please.",
    "Hi!",
    "Can I get a large oat milk latte to go, without sugar? And one blueberry muffin, warmed up, if you still have any.",
    "What is the capital of France?",
    "Tell me about bread.",
)
GREEDY = Sampling(max_tokens=12)


def chat(question: str, system: str = "You take orders in a small cafe.") -> ChatMessages:
    return [{"role": "system", "content": system}, {"role": "user", "content": question}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(checkpoint: Path, adapters: Mapping[str, Path]) -> AsyncIterator[TransformersEngine]:
    candidates = {"base": Candidate()} | {name: Candidate(adapter=folder) for name, folder in adapters.items()}
    engine = TransformersEngine(TransformersOptions(model=str(checkpoint), dtype="float32"), candidates)
    await engine.start()
    yield engine
    await engine.close()


class Plain:
    """The same checkpoint as its library is used by hand, one sequence at a time."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def prompt(self, messages: ChatMessages) -> Any:
        rendered = self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_dict=True, return_tensors="pt"
        )
        return rendered["input_ids"]

    def greedy(self, messages: ChatMessages, max_tokens: int) -> list[int]:
        prompt = self.prompt(messages)
        output = self.model.generate(prompt, do_sample=False, max_new_tokens=max_tokens)
        return list(output[0, prompt.shape[1] :].tolist())

    def logprobs(self, messages: ChatMessages, reply: Sequence[int] = ()) -> Any:
        """Log-probabilities of all tokens at each position of the reply and after it."""
        prompt = self.prompt(messages)
        sequence = self.torch.cat([prompt, self.torch.tensor([list(reply)], dtype=prompt.dtype)], dim=1)
        with self.torch.no_grad():
            logits = self.model(sequence).logits[0, prompt.shape[1] - 1 :]
        return self.torch.log_softmax(logits, dim=-1)


@pytest.fixture(scope="module")
def plain(checkpoint: Path) -> Iterator[Plain]:
    yield Plain(checkpoint)


async def replies(
    engine: TransformersEngine,
    questions: Sequence[str],
    candidate: str = "base",
    sampling: Sampling = GREEDY,
    seed: int = 0,
) -> list[Completion]:
    requests = [Request(question, candidate, chat(question), sampling, seed) for question in questions]
    return list(await asyncio.gather(*map(engine.complete, requests)))


async def test_greedy_replies_of_a_batch_are_those_of_generate(engine: TransformersEngine, plain: Plain) -> None:
    for question, reply in zip(QUESTIONS, await replies(engine, QUESTIONS), strict=True):
        expected = plain.greedy(chat(question), GREEDY.max_tokens)
        assert reply.text == plain.tokenizer.decode(expected, skip_special_tokens=True)
        assert reply.completion_tokens == len(expected)
        assert reply.prompt_tokens == plain.prompt(chat(question)).shape[1]
        assert reply.finish_reason == ("stop" if expected[-1] == plain.tokenizer.eos_token_id else "length")
        positions = plain.logprobs(chat(question), expected)
        assert reply.token_logprobs == pytest.approx(
            [float(positions[i, token]) for i, token in enumerate(expected)], abs=1e-3
        )
        assert reply.latency_s is not None
        assert reply.latency_s > 0


async def test_log_probabilities_are_left_out_where_nobody_wants_them(engine: TransformersEngine) -> None:
    (kept,) = await replies(engine, QUESTIONS[:1])
    (bare,) = await replies(engine, QUESTIONS[:1], sampling=GREEDY.model_copy(update={"logprobs": False}))
    assert kept.token_logprobs
    assert (bare.text, bare.token_logprobs) == (kept.text, None)


async def test_adapters_change_replies_and_leave_the_base_alone(engine: TransformersEngine) -> None:
    question = QUESTIONS[0]
    before = (await replies(engine, [question]))[0]
    names = ["barista", "base", "order_taker", "base", "barista"]
    mixed = await asyncio.gather(*(replies(engine, [question], name) for name in names))
    texts = {name: completions[0].text for name, completions in zip(names, mixed, strict=True)}
    assert len(set(texts.values())) == 3
    assert texts["base"] == before.text
    assert mixed[0][0].text == mixed[4][0].text


async def test_an_adapted_reply_is_that_of_peft(
    engine: TransformersEngine, plain: Plain, adapters: Mapping[str, Path]
) -> None:
    from peft import PeftModel

    labels = ["Yes", "No"]
    ours = await engine.label_logprobs("barista", chat(QUESTIONS[0]), labels)
    with plain.torch.no_grad():
        adapted = PeftModel.from_pretrained(plain.model, adapters["barista"])
        logits = adapted(plain.prompt(chat(QUESTIONS[0]))).logits[0, -1]
        adapted.unload()
    expected = plain.torch.log_softmax(logits, dim=-1)[[plain.tokenizer(label)["input_ids"][0] for label in labels]]
    assert ours == pytest.approx(expected.tolist(), abs=1e-3)


async def test_seeds_reproduce_whatever_the_batch(engine: TransformersEngine) -> None:
    warm = Sampling(temperature=1.0, top_p=0.95, max_tokens=10)
    alone = (await replies(engine, QUESTIONS[:1], sampling=warm, seed=7))[0]
    together = await replies(engine, QUESTIONS, sampling=warm, seed=7)
    other = (await replies(engine, QUESTIONS[:1], sampling=warm, seed=8))[0]
    assert together[0].text == alone.text
    assert other.text != alone.text


async def test_drawn_tokens_follow_the_models_distribution(engine: TransformersEngine, plain: Plain) -> None:
    question, drawings = QUESTIONS[3], 400
    sampling = Sampling(temperature=0.8, top_k=3, max_tokens=1)
    requests = [Request(f"case {i}", "base", chat(question), sampling) for i in range(drawings)]
    drawn = [reply.text for reply in await asyncio.gather(*map(engine.complete, requests))]
    logits = plain.logprobs(chat(question))[0] / sampling.temperature
    likeliest = logits.topk(3)
    for token, probability in zip(likeliest.indices, plain.torch.softmax(likeliest.values, -1).tolist(), strict=True):
        share = drawn.count(plain.tokenizer.decode([int(token)], skip_special_tokens=True)) / drawings
        deviation = math.sqrt(probability * (1 - probability) / drawings)
        assert abs(share - probability) < 4 * deviation + 1e-9


async def test_a_stop_text_ends_the_reply_before_it(engine: TransformersEngine) -> None:
    whole = (await replies(engine, QUESTIONS[:1]))[0].text
    stop = whole[8:14]
    reply = (await replies(engine, QUESTIONS[:1], sampling=GREEDY.model_copy(update={"stop": ("nowhere", stop)})))[0]
    assert reply.text == whole[: whole.index(stop)]
    assert reply.finish_reason == "stop"
    assert reply.completion_tokens is not None
    assert reply.completion_tokens < GREEDY.max_tokens


async def test_scores_are_those_of_a_plain_forward_pass(engine: TransformersEngine, plain: Plain) -> None:
    texts = [
        "Of course! Anything else?",
        "No.",
        "Two burgers and a cola, that is eleven euros. Will that be all for today?",
    ]
    scores = await asyncio.gather(*(engine.score("base", chat(QUESTIONS[0]), text) for text in texts))
    for text, score in zip(texts, scores, strict=True):
        tokens = plain.tokenizer(text)["input_ids"]
        positions = plain.logprobs(chat(QUESTIONS[0]), tokens)
        assert "".join(score.tokens) == text
        assert score.logprobs == pytest.approx([float(positions[i, t]) for i, t in enumerate(tokens)], abs=1e-3)


async def test_label_logprobs_are_those_of_a_plain_forward_pass(engine: TransformersEngine, plain: Plain) -> None:
    rubric = (
        "You judge replies. Answer with one digit from 1 to 5, where 5 is best. Be strict and look at the order only."
    )
    prompts = [chat(question, rubric) for question in QUESTIONS]  # begin alike, so that the beginning is read once
    labels = ["1", "2", "3", "4", "5"]
    answers = await asyncio.gather(*(engine.label_logprobs("base", prompt, labels) for prompt in prompts))
    columns = [plain.tokenizer(label)["input_ids"][0] for label in labels]
    for prompt, answer in zip(prompts, answers, strict=True):
        assert answer == pytest.approx(plain.logprobs(prompt)[0, columns].tolist(), abs=1e-3)


async def test_the_identity_names_base_adapter_template_and_precision(
    engine: TransformersEngine, checkpoint: Path, tmp_path: Path
) -> None:
    base, barista, order_taker = (engine.identity(name) for name in ("base", "barista", "order_taker"))
    assert base.name == "SmolLM2-135M-Instruct"
    assert base.precision == "float32"
    assert barista.name == "SmolLM2-135M-Instruct+barista"
    assert base.adapter is None
    assert len({base.digest(), barista.digest(), order_taker.digest()}) == 3
    assert base.base == barista.base
    assert base.engine.startswith("transformers ")


async def test_requests_that_cannot_be_answered_fail_alone(engine: TransformersEngine) -> None:
    with pytest.raises(RequestError, match="begin with the same token"):
        await engine.label_logprobs("base", chat("?"), ["Yes", "Yes, of course"])
    with pytest.raises(RequestError, match="tokens long"):
        await engine.complete(Request("long", "base", chat("word " * 9000), GREEDY))
    with pytest.raises(RequestError, match="empty"):
        await engine.score("base", chat("?"), "")
    with pytest.raises(RequestError, match="chat template"):
        await engine.complete(Request("odd", "base", [{"role": "user"}], GREEDY))
    assert (await replies(engine, QUESTIONS[1:2]))[0].text


async def failure(options: Mapping[str, Any], **candidates: Candidate) -> InputError:
    """What the engine says when it is started like this."""
    engine = TransformersEngine(TransformersOptions.model_validate(options), candidates or {"base": Candidate()})
    with pytest.raises(InputError) as caught:
        await engine.start()
    await engine.close()
    return caught.value


@pytest.fixture
def copied(checkpoint: Path, tmp_path: Path) -> Path:
    """The checkpoint in a folder of its own, its weights linked, to be broken."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in checkpoint.iterdir():
        if file.suffix == ".safetensors":
            (folder / file.name).symlink_to(file)
        else:
            shutil.copy(file, folder)
    return folder


async def test_a_model_that_is_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = await failure({"model": str(tmp_path / "nowhere")})
    assert error.field == "engine.model"
    assert "there is no folder" in str(error)


async def test_a_model_without_a_template_says_how_to_give_one(copied: Path, tmp_path: Path) -> None:
    (copied / "chat_template.jinja").unlink()
    assert "chat_template: FILE.jinja" in str(await failure({"model": str(copied)}))
    template = tmp_path / "mine.jinja"
    template.write_text("{% for message in messages %}{{ message.content }}{% endfor %}{{ oops(")
    assert str(template) in str(await failure({"model": str(copied), "chat_template": template}))


async def test_pickled_weights_need_leave(copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    assert "holds no weights" in str(await failure({"model": str(copied)}))
    (copied / "pytorch_model.bin").write_bytes(b"anything")
    assert "allow_pickle" in str(await failure({"model": str(copied)}))


async def test_broken_weights_are_an_input_error(copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    (copied / "model.safetensors").write_bytes(b"not weights")
    assert str(copied) in str(await failure({"model": str(copied)}))


async def test_adapters_that_do_not_fit_stop_the_start(
    checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "barista"
    shutil.copytree(adapters["barista"], folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"r": 8}))
    error = await failure({"model": str(checkpoint)}, barista=Candidate(adapter=folder))
    assert error.file == str(folder / "adapter_config.json")
    assert error.field == "r"
    pattern = r"model\.layers\.\d+\.self_attn\.(q|v|o)_proj"
    (folder / "adapter_config.json").write_text(json.dumps(config | {"target_modules": pattern}))
    error = await failure({"model": str(checkpoint)}, barista=Candidate(adapter=folder))
    assert error.field == "target_modules"
    assert "no weights" in str(error)


async def test_an_adapters_own_template_counts_for_it_alone(
    checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "barista"
    shutil.copytree(adapters["barista"], folder)
    (folder / "chat_template.jinja").write_text(
        "{% for m in messages %}{{ m.content }}\n{% endfor %}{{ strftime_now('%d') }}"
    )
    candidates = {"base": Candidate(), "barista": Candidate(adapter=folder)}
    engine = TransformersEngine(TransformersOptions(model=str(checkpoint), dtype="bfloat16"), candidates)
    await engine.start()
    assert engine.identity("base").chat_template != engine.identity("barista").chat_template
    short = Sampling(max_tokens=1)
    base, barista = [await engine.complete(Request("case", n, chat("Hi!"), short)) for n in candidates]
    assert base.prompt_tokens is not None
    assert barista.prompt_tokens is not None
    assert barista.prompt_tokens < base.prompt_tokens
    assert engine.identity("base").precision == "bfloat16"
    await engine.close()


async def test_closing_ends_what_is_under_way(checkpoint: Path) -> None:
    engine = TransformersEngine(TransformersOptions(model=str(checkpoint)), {"base": Candidate()})
    await engine.start()
    long = Sampling(max_tokens=4000, temperature=1.5)
    under_way = [asyncio.create_task(engine.complete(Request(f"{i}", "base", chat("Hi!"), long))) for i in range(3)]
    await asyncio.sleep(0.5)
    await engine.close()
    outcomes = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(isinstance(outcome, EngineError) for outcome in outcomes)
    await engine.close()
    with pytest.raises(EngineError):
        await engine.complete(Request("late", "base", chat("Hi!"), GREEDY))
