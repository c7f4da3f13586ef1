"""Merging adapters into a temporary checkpoint, with real peft on the real small checkpoint, served by `transformers`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from adapters_to_merge import DORA, WHOLE_MODULES, make_adapter

from harness.engines.adapters import check_vllm_serves, read_adapter
from harness.engines.engine import Candidate
from harness.engines.proof_prompts import PROOF_PROMPTS
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from suites.userfile import InputError

pytest.importorskip("peft", reason="needs rejoinder[transformers]")
pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; nothing of ours may be left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert not list(folder.glob("rejoinder-merged-*"))


async def started(checkpoint: Path, candidate: Candidate, **options: Any) -> TransformersEngine:
    settings = TransformersOptions(model=str(checkpoint), dtype="float32", **options)
    engine = TransformersEngine(settings, {"it": candidate, "base": Candidate()})
    await engine.start()
    return engine


async def answers(engine: TransformersEngine, name: str = "it") -> list[float]:
    scores = [await engine.score(name, prompt.messages, prompt.reply) for prompt in PROOF_PROMPTS]
    return [logprob for score in scores for logprob in score.logprobs]


async def test_merged_it_answers_as_beside_the_base(checkpoint: Path, tmp_path: Path, temporary_files: Path) -> None:
    """Weights of DoRA, whole modules, and a chat template of its own: each of them must survive."""
    adapter = make_adapter(checkpoint, tmp_path / "special", **{**WHOLE_MODULES, **DORA})
    template = (checkpoint / "chat_template.jinja").read_text()
    (adapter / "chat_template.jinja").write_text(template.replace("helpful", "grumpy"))
    engine = await started(checkpoint, Candidate(adapter=adapter))
    beside, base = await answers(engine), await answers(engine, "base")
    base_identity, own_template = engine.identity("base"), engine.identity("it").chat_template
    await engine.close()
    assert beside != pytest.approx(base, abs=0.5)

    engine = await started(checkpoint, Candidate(), merge=adapter)
    (folder,) = temporary_files.glob("rejoinder-merged-*")
    assert any(folder.glob("*.safetensors"))
    merged = await answers(engine)
    identity = engine.identity("it")
    await engine.close()
    # The checkpoint is in bfloat16, and so is the merged one: its weights are rounded once more.
    assert sum(abs(a - b) for a, b in zip(merged, beside, strict=True)) / len(merged) < 0.1
    assert identity.name == "SmolLM2-135M-Instruct+special (merged)"
    assert identity.base == f"merged:{base_identity.base}+{read_adapter(adapter).weight_hash()}"
    assert identity.chat_template == own_template != base_identity.chat_template
    with pytest.raises(InputError, match="set `merge: true` for this candidate"):
        check_vllm_serves(read_adapter(adapter), patterns=True)


async def test_an_adapter_for_another_base_is_not_merged(
    checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "barista"
    shutil.copytree(adapters["barista"], adapter)
    config = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"target_modules": ["c_attn"]}))
    with pytest.raises(InputError, match=r"target_modules: names 'c_attn', which the base does not have"):
        await started(checkpoint, Candidate(), merge=adapter)


async def test_what_peft_cannot_merge_is_told_in_a_sentence(checkpoint: Path, tmp_path: Path) -> None:
    """Weights that are no numbers."""
    adapter = make_adapter(checkpoint, tmp_path / "broken", target_modules=["q_proj"])
    from safetensors.numpy import load_file, save_file

    weights = load_file(adapter / "adapter_model.safetensors")
    weights = {name: tensor * float("nan") for name, tensor in weights.items()}
    save_file(weights, adapter / "adapter_model.safetensors")
    with pytest.raises(
        InputError, match=r"broken: cannot be merged into SmolLM2-135M-Instruct \(ValueError: NaNs detected"
    ):
        await started(checkpoint, Candidate(), merge=adapter)


async def test_nothing_is_merged_into_quantised_weights(
    checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path
) -> None:
    quantised = tmp_path / "quantised"
    shutil.copytree(checkpoint, quantised)
    config = json.loads((quantised / "config.json").read_text())
    (quantised / "config.json").write_text(json.dumps(config | {"quantization_config": {"quant_method": "gptq"}}))
    with pytest.raises(InputError, match=r"is quantised \(gptq\), and nothing can be merged"):
        await started(quantised, Candidate(), merge=adapters["barista"])
