"""`examples/train_judge.py` on the real small checkpoint, and the judge that it made and that lies beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("peft", reason="needs rejoinder[transformers]")

import torch
from transformers import AutoModelForCausalLM

from examples import train_judge
from examples.train_adapter import lowest_trained, total_loss, with_fresh_adapter
from harness.engines.chat_prompts import ChatPrompts
from harness.engines.engine import Candidate
from harness.engines.local_candidates import find_candidates
from harness.engines.local_options import LocalOptions

pytestmark = pytest.mark.model

LABELS = [
    ("Two teas.", "Two teas, right?", "pass"),
    ("Two teas.", "Three teas, right?", "fail"),
    ("A bagel and a large mocha.", "One bagel, one large mocha.", "pass"),
    ("A bagel and a large mocha.", "One bagel, one small mocha.", "fail"),
    ("A bagel and a large mocha.", "One bagel, one large mocha and a tea.", "fail"),
]
REFERENCES = {
    "Two teas.": "Two teas, is that all?",
    "A bagel and a large mocha.": "A bagel and a large mocha, coming up.",
}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Five replies to two contexts."""
    file = tmp_path / "labels.jsonl"
    lines = (
        {
            "context": [{"role": "user", "content": said}],
            "references": [REFERENCES[said]],
            "reply": reply,
            "labels": [label],
            "language": "en",
        }
        for said, reply, label in LABELS
    )
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def prompts_of(checkpoint: Path) -> ChatPrompts:
    return find_candidates(LocalOptions(model=str(checkpoint)), {"base": Candidate()}).by_name["base"].prompts


def one_by_one(checkpoint: Path, judged: Sequence[train_judge.Answered]) -> tuple[float, int]:
    """The loss with each prompt for itself, in nats, and how many tokens that are."""
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    nats = 0.0
    with torch.no_grad():
        for each in judged:
            logits = model(torch.tensor([each.prompt])).logits[0, -1]
            nats -= float(logits.log_softmax(-1)[each.answer])
    return nats, sum(len(each.prompt) for each in judged)


def test_branching_prompts_leave_the_loss_as_it_is(checkpoint: Path, labels: Path) -> None:
    rubric = train_judge.load_rubric("correctness")
    prompts = prompts_of(checkpoint)
    judged = [train_judge.answered(reply, rubric, prompts) for reply in train_judge.read_labels(labels, rubric).replies]
    assert {prompts.tokenizer.decode([each.answer]) for each in judged} == {"yes", "no"}
    together = train_judge.branching(judged)
    nats, tokens = one_by_one(checkpoint, judged)
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    with torch.no_grad():
        assert float(total_loss(model, together)) == pytest.approx(nats, rel=1e-4)
    assert together.inputs["input_ids"].shape[1] < tokens / 3


def test_going_through_the_lower_layers_first_leaves_the_loss_as_it_is(checkpoint: Path, labels: Path) -> None:
    prompts = prompts_of(checkpoint)
    (batch,) = train_judge.judged_together("correctness", labels, prompts)
    model = with_fresh_adapter(checkpoint, train_judge.RECIPE)
    lowest = lowest_trained(model, train_judge.RECIPE)
    assert 0 < lowest < model.config.num_hidden_layers
    assert {
        int(name.split(".layers.")[1].split(".")[0])
        for name, weights in model.named_parameters()
        if weights.requires_grad
    } == {*range(lowest, model.config.num_hidden_layers)}
    with torch.no_grad():
        whole = float(total_loss(model, batch))
        from_there = train_judge.through_lower_layers(model, batch, lowest)
        with train_judge.only_layers(model, slice(lowest, None)):
            assert float(total_loss(model, from_there)) == pytest.approx(whole, rel=1e-6)
        assert float(total_loss(model, batch)) == whole


def test_the_loss_falls_and_the_adapter_is_small(
    checkpoint: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "judge"
    given = ["--base", str(checkpoint), "--labels", f"correctness={labels}", "--out", str(out), "--epochs", "6"]
    train_judge.main(given)
    epochs = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch")]
    losses = [float(line.split()[-4]) for line in epochs]
    assert len(losses) == 6
    assert losses[-1] < 0.75 * losses[0]
    assert (out / "adapter_model.safetensors").stat().st_size < 2_000_000


def test_mistakes_are_said_in_a_sentence(
    checkpoint: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for given, problem in (
        ("correctness", "is not RUBRIC=FILE"),
        (f"correctnes={labels}", "correctness"),
        (f"correctness={tmp_path / 'none.jsonl'}", "none.jsonl"),
    ):
        with pytest.raises(SystemExit) as ended:
            train_judge.main(["--base", str(checkpoint), "--labels", given, "--out", str(tmp_path / "out")])
        assert ended.value.code == 2
        assert problem in capsys.readouterr().err.splitlines()[-1]
