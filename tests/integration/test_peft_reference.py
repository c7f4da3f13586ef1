"""peft's own log-probabilities of the proof prompts, calculated in a process of their own on the real small checkpoint."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.engines.local_options import LocalOptions
from harness.engines.peft_reference import AdapterReference, Logprobs, PeftReference, PeftReferences, ReferenceJob
from harness.engines.proof_prompts import PROOF_PROMPTS

torch = pytest.importorskip("torch", reason="needs rejoinder[transformers]")
psutil = pytest.importorskip("psutil", reason="comes with peft")

pytestmark = pytest.mark.model


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REJOINDER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


async def calculated(checkpoint: Path, *adapters: Path) -> PeftReferences:
    reference = PeftReference(LocalOptions(model=str(checkpoint)), adapters)
    reference.start()
    try:
        return await reference.result()
    finally:
        reference.close()


def by_peft(checkpoint: Path, adapter: Path | None) -> Logprobs:
    """The same with nothing but transformers and peft."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter)
    found = []
    for prompt in PROOF_PROMPTS:
        context = tokenizer.apply_chat_template(list(prompt.messages), add_generation_prompt=True, return_dict=False)
        reply = tokenizer(prompt.reply)["input_ids"]
        with torch.inference_mode():
            logits = model(torch.tensor([[*context, *reply]])).logits[0]
        following = logits.log_softmax(-1)[len(context) - 1 : -1]
        found.append(tuple(following.gather(1, torch.tensor(reply)[:, None])[:, 0].tolist()))
    return tuple(found)


def flat(logprobs: Logprobs) -> list[float]:
    return [logprob for reply in logprobs for logprob in reply]


async def test_the_reference_is_peft_itself_and_is_kept(
    checkpoint: Path, adapters: Mapping[str, Path], cache: Path
) -> None:
    references = await calculated(checkpoint, *adapters.values())
    assert set(references) == set(adapters.values())
    plain = flat(by_peft(checkpoint, None))
    for folder, reference in references.items():
        assert isinstance(reference, AdapterReference), reference
        assert reference.made_by.endswith("float32 on the CPU")
        assert flat(reference.adapted) == pytest.approx(flat(by_peft(checkpoint, folder)), abs=1e-3)
        assert flat(reference.plain) == pytest.approx(plain, abs=1e-3)
    kept = list((cache / "peft-references").iterdir())
    assert len(kept) == 2
    for file in kept:
        file.write_text(json.dumps(json.loads(file.read_text()) | {"made_by": "the cache"}))
    again = await calculated(checkpoint, *adapters.values())
    assert {r.made_by for r in again.values() if isinstance(r, AdapterReference)} == {"the cache"}


async def test_without_adapters_no_process_is_started(checkpoint: Path) -> None:
    assert await calculated(checkpoint) == {}


async def test_a_calculation_that_is_not_wanted_any_more_is_ended(
    checkpoint: Path, adapters: Mapping[str, Path]
) -> None:
    before = {child.pid for child in psutil.Process().children()}
    reference = PeftReference(LocalOptions(model=str(checkpoint)), adapters.values())
    reference.start()
    reference.close()
    reference.close()
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_nobody_waits_for_ever(
    checkpoint: Path, adapters: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.engines.peft_reference.LONGEST_WAIT_S", 0.0)
    (reason,) = (await calculated(checkpoint, adapters["barista"])).values()
    assert reason == "peft did not get ready in 0 seconds more than the engine took"


async def test_what_goes_wrong_is_the_reason(checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path) -> None:
    (reason,) = (await calculated(tmp_path, adapters["barista"])).values()
    assert isinstance(reason, str)
    assert "holds no config.json" in reason


def test_bases_that_do_not_fit_into_memory_are_left_out(
    checkpoint: Path, adapters: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.engines.peft_calculation import answer_to

    job = ReferenceJob(options=LocalOptions(model=str(checkpoint)), adapters=(adapters["barista"],))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: types.SimpleNamespace(available=100_000_000))
    (reason,) = answer_to(job).values()
    assert reason == "the base's weights take 0.3 GB, more than 50% of the 0.1 GB of main memory that are free"
    # Enough for the weights as they are, not for float32.
    monkeypatch.setattr(psutil, "virtual_memory", lambda: types.SimpleNamespace(available=700_000_000))
    (reference,) = answer_to(job).values()
    assert isinstance(reference, AdapterReference)
    assert "bfloat16" in reference.made_by or "float32" in reference.made_by


def test_quantised_bases_have_no_reference(checkpoint: Path, adapters: Mapping[str, Path], tmp_path: Path) -> None:
    from harness.engines.peft_calculation import answer_to

    for file in checkpoint.iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((checkpoint / "config.json").read_text()) | {"quantization_config": {"quant_method": "gptq"}}
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").write_text(json.dumps(config))
    job = ReferenceJob(options=LocalOptions(model=str(tmp_path)), adapters=(adapters["barista"],))
    assert answer_to(job) == {adapters["barista"]: "the base is quantised (gptq), and peft would calculate otherwise"}
