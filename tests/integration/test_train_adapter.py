"""`examples/train_adapter.py` on the real small checkpoint, and the adapters that it made and that lie beside it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.engines.engine import Candidate
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import LocalOptions
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from suites.cases import Case, cases_of
from suites.loading import Suite, load_suite

pytest.importorskip("peft", reason="needs rejoinder[transformers]")

import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

from examples import train_adapter

pytestmark = pytest.mark.model

SHIPPED = Path(train_adapter.__file__).parent / "adapters"
PERSONA_OF = {"order_taker": None, "june": "June"}
END_OF_TURN = "<|im_end|>"
EACH = 5
"""Cases that each shipped adapter is tried on."""


def target(content: str, *references: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "target": {"references": references}}


def assistant(content: str) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def user(content: str) -> dict[str, Any]:
    return {"role": "user", "content": content}


TRAIN = [
    {"id": "burger", "messages": [user("One burger."), target("That is one burger, boss!", "One burger it is, boss!")]},
    {
        "id": "salad",
        "messages": [
            user("Two salads."),
            target("That is two salads, boss!"),
            user("And water."),
            assistant("Still or sparkling?"),  # no target: context, never a label
            user("Still."),
            target("That is two salads and one still water, boss!", "Two salads, one still water, boss!"),
        ],
    },
    {"id": "soup", "messages": [user("One soup."), target("That is one soup, boss!")]},
    {"id": "pasta", "messages": [user("Five pasta."), target("That is five pasta, boss!")], "facts": ["Hot day."]},
    {"id": "pirate", "messages": [user("Three steaks."), target("Arr, three steaks!")], "persona": "pirate"},
    {"id": "parrot", "messages": [user("One cracker."), target("Arr, one cracker!")], "persona": "pirate"},
]
HELD_OUT = [{"id": "pizza", "messages": [user("Nine pizzas."), target("That is nine pizzas, boss!")]}]
WANTED = sorted(
    [
        "That is one burger, boss!",
        "One burger it is, boss!",
        "That is two salads, boss!",
        "That is two salads and one still water, boss!",
        "Two salads, one still water, boss!",
        "That is one soup, boss!",
        "That is five pasta, boss!",
    ]
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Chats as short as these gain nothing from more, and threads on a busy machine spend their time waiting."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """Six short dialogues to train on, two of them of a persona, and one that is held out."""
    folder = tmp_path_factory.mktemp("suite")
    header = {"name": "made", "system": "You take orders.", "held_out": "held_out.jsonl", "train": "train.jsonl"}
    personas = {name: {"name": name.title(), "description": "A sailor."} for name in ("pirate", "admiral")}
    (folder / "suite.yaml").write_text(yaml.safe_dump(header | {"personas": personas}), encoding="utf-8")
    for name, dialogues in (("train", TRAIN), ("held_out", HELD_OUT)):
        lines = "".join(json.dumps(dialogue) + "\n" for dialogue in dialogues)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return load_suite(folder)


@dataclass(frozen=True)
class Training:
    """What one run of the script printed and made, and all token ids that went into it."""

    out: Path
    printed: Sequence[str]
    inputs: Sequence[Sequence[int]]
    labels: Sequence[Sequence[int]]

    @property
    def losses(self) -> list[float]:
        return [float(line.split()[-4]) for line in self.printed if line.endswith("nats a token")]

    @property
    def weights(self) -> bytes:
        return (self.out / "adapter_model.safetensors").read_bytes()


def trained(checkpoint: Path, suite: Suite, out: Path, *more: str) -> Training:
    """Run the script, watching what the embeddings and the loss are given."""
    inputs: list[list[int]] = []
    labels: list[list[int]] = []
    cross_entropy = torch.nn.functional.cross_entropy

    def watch_embedding(module: Any, arguments: Sequence[Any]) -> None:
        if isinstance(module, torch.nn.Embedding):
            inputs.append(arguments[0].flatten().tolist())

    def watch_loss(logits: Any, wanted: Any, **how: Any) -> Any:
        labels.append(wanted.tolist())
        return cross_entropy(logits, wanted, **how)

    printed = io.StringIO()
    hook = torch.nn.modules.module.register_module_forward_pre_hook(watch_embedding)
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
            patch.setattr(train_adapter, "cross_entropy", watch_loss)
            train_adapter.main(["--base", str(checkpoint), "--suite", str(suite.path), "--out", str(out), *more])
    finally:
        hook.remove()
    return Training(out, printed.getvalue().splitlines(), inputs, labels)


@pytest.fixture(scope="module")
def training(checkpoint: Path, suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Training:
    return trained(checkpoint, suite, tmp_path_factory.mktemp("trained") / "boss", "--epochs", "2")


async def logprobs(checkpoint: Path, adapters: Mapping[str, Path], cases: Sequence[Case]) -> dict[str, list[float]]:
    """Log-probability of each case's first reference, by the base and by each adapter, from the real engine."""
    candidates = {"base": Candidate()} | {name: Candidate(adapter=folder) for name, folder in adapters.items()}
    engine = TransformersEngine(TransformersOptions(model=str(checkpoint)), candidates)
    await engine.start()
    scores = {}
    for name in candidates:
        asked = (engine.score(name, case.messages_for_model(), case.references[0]) for case in cases)
        scores[name] = [sum(score.logprobs) for score in await asyncio.gather(*asked)]
    await engine.close()
    return scores


def test_the_loss_falls(training: Training) -> None:
    base, *_, adapter = training.losses
    assert len(training.losses) == 1 + 2 + 1
    assert adapter < 0.8 * base


async def test_the_engine_finds_the_replies_likelier_with_the_adapter(
    checkpoint: Path, suite: Suite, training: Training
) -> None:
    cases = [case for case in cases_of(suite, "train") if case.persona is None]
    saved = (training.out / "chat_template.jinja").read_text(encoding="utf-8")
    assert saved == AutoTokenizer.from_pretrained(checkpoint).get_chat_template()
    scores = await logprobs(checkpoint, {"boss": training.out}, cases)
    assert all(boss > base for boss, base in zip(scores["boss"], scores["base"], strict=True))


def test_only_target_turns_of_the_training_half_are_learnt(checkpoint: Path, training: Training) -> None:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    passes = 1 + 2 + 1  # before, two epochs, after
    replies = [reply for labels in training.labels for reply in tokenizer.decode(labels).split(END_OF_TURN)[:-1]]
    assert sorted(replies) == sorted(WANTED * passes)
    seen = [tokenizer.decode(ids) for ids in training.inputs]
    assert len(seen) == 4 * passes
    assert sum("Still or sparkling?" in text for text in seen) == passes
    assert sum("You take orders.\nHot day." in text for text in seen) == passes
    assert not any(word in text for text in seen for word in ("pizza", "steaks", "cracker", "sailor"))


def test_a_person_whose_card_stands_on_the_dialogues_can_be_trained_on(tmp_path: Path) -> None:
    card = {"name": "Bosun", "description": "A sailor."}
    lines = [json.dumps(dialogue | ({"persona": card} if "persona" in dialogue else {})) for dialogue in TRAIN]
    (tmp_path / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "held_out.jsonl").write_text(json.dumps(HELD_OUT[0]), encoding="utf-8")
    header = {"name": "diner", "held_out": "held_out.jsonl", "train": "train.jsonl"}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(header), encoding="utf-8")
    cases = train_adapter.training_cases(load_suite(tmp_path), "Bosun")
    assert [case.dialogue_id for case in cases] == ["pirate", "parrot"]


def test_a_persona_is_trained_on_its_own_dialogues_as_the_seed_decides(
    checkpoint: Path, suite: Suite, tmp_path: Path
) -> None:
    short = ["--persona", "pirate", "--epochs", "1"]
    pirate = trained(checkpoint, suite, tmp_path / "pirate", *short)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    assert {tokenizer.decode(ids) for ids in pirate.labels} == {
        f"Arr, three steaks!{END_OF_TURN}",
        f"Arr, one cracker!{END_OF_TURN}",
    }
    again = trained(checkpoint, suite, tmp_path / "again", *short)
    assert again.weights == pirate.weights
    assert again.losses == pirate.losses
    other = trained(checkpoint, suite, tmp_path / "other", *short, "--seed", "1")
    assert other.weights != pirate.weights


def test_sharing_a_context_leaves_the_loss_as_it_is(checkpoint: Path, suite: Suite) -> None:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    cases = [case for case in cases_of(suite, "train") if case.dialogue_id == "salad"]
    prompts = find_candidates(LocalOptions(model=str(checkpoint)), {"base": Candidate()}).by_name["base"].prompts
    [shared] = train_adapter.shared_contexts([train_adapter.tokenized(case, prompts) for case in cases])
    one_by_one = 0.0
    with torch.no_grad():
        for case in cases:
            messages = case.messages_for_model()
            start = len(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))
            for reply in case.references:
                chat = [*messages, {"role": "assistant", "content": reply}]
                ids = tokenizer.apply_chat_template(chat, return_tensors="pt", return_dict=False)
                ids = ids[:, :-1]  # the template puts a line break after the end of a turn
                logits = model(ids).logits[0, start - 1 : -1]
                one_by_one += float(torch.nn.functional.cross_entropy(logits, ids[0, start:], reduction="sum"))
        together = float(train_adapter.total_loss(model, shared))
    assert together == pytest.approx(one_by_one, rel=1e-4)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--persona", "pirat"], "'pirate'"),
        (["--persona", "admiral"], "no target turn of admiral"),
        (["--epochs", "0"], "--epochs: must be at least 1"),
        (["--out", "."], "exists already"),
        (["--base", "nowhere/at/all/there"], "there is no folder 'nowhere/at/all/there'"),
        (["--suite", "coffee_order"], "coffee_orders"),
    ],
)
def test_mistakes_are_said_in_a_sentence(
    checkpoint: Path, suite: Suite, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], problem: str
) -> None:
    plain = ["--base", str(checkpoint), "--suite", str(suite.path), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as ended:
        train_adapter.main([*plain, *more])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert problem in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("name", PERSONA_OF)
def test_a_shipped_adapter_is_small_and_names_no_machine(name: str) -> None:
    folder = SHIPPED / name
    files = {file.name for file in folder.iterdir()} - {"chat_template.jinja"}
    assert files == {"adapter_config.json", "adapter_model.safetensors"}
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_000_000
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert not any(isinstance(value, str) and value.startswith(("/", ".")) for value in config.values())
    with safe_open(folder / "adapter_model.safetensors", framework="pt") as weights:
        assert {weights.get_tensor(tensor).dtype for tensor in weights.keys()} == {torch.bfloat16}  # noqa: SIM118


async def test_the_shipped_adapters_know_their_own_replies_best(checkpoint: Path) -> None:
    cases = list(cases_of(load_suite("coffee_orders"), "train"))
    samples: list[Case] = []
    for persona in PERSONA_OF.values():
        own_cases = [case for case in cases if (case.persona.name if case.persona else None) == persona]
        samples += own_cases[:: len(own_cases) // EACH][:EACH]
    scores = await logprobs(checkpoint, {name: SHIPPED / name for name in PERSONA_OF}, samples)
    for name, half in zip(PERSONA_OF, (slice(EACH), slice(EACH, 2 * EACH)), strict=True):
        own, base = scores[name][half], scores["base"][half]
        [other] = PERSONA_OF.keys() - {name}
        assert sum(own) > sum(base)
        assert sum(own) > sum(scores[other][half])
        assert sum(mine > plain for mine, plain in zip(own, base, strict=True)) >= EACH - 1
