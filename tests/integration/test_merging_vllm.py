"""An adapter that vLLM refuses, merged and served by vLLM, against peft with the adapter beside the base."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from adapters_to_merge import DORA, WHOLE_MODULES, make_adapter
from vllm_processes import alive, processes_of_vllm

from harness.engines.adapter_proof import prove_adapters
from harness.engines.engine import Candidate, EngineError
from harness.engines.local_options import LocalOptions
from harness.engines.peft_reference import PeftReference
from harness.engines.proof_prompts import PROOF_PROMPTS
from harness.engines.vllm_engine import VllmEngine, VllmOptions

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = pytest.mark.vllm


async def test_vllm_serves_it_merged_and_leaves_nothing_behind(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    adapter = make_adapter(checkpoint, tmp_path / "special", **{**WHOLE_MODULES, **DORA})
    reference = PeftReference(LocalOptions(model=str(checkpoint)), [adapter])
    reference.start()

    settings = VllmOptions(model=str(checkpoint), merge=adapter, options={"max_model_len": 512})
    engine = VllmEngine(settings, {"it": Candidate()})
    others = processes_of_vllm(os.getpid())
    await engine.start()
    try:
        asked = {"it": Candidate(adapter=adapter, merge=True)}
        proof = (await prove_adapters(engine, asked, await reference.result()))["it"]
        assert engine.identity("it").name == "SmolLM2-135M-Instruct+special (merged)"
        started = processes_of_vllm(os.getpid()) - others
        assert {process.name() for process in started} == {"VLLM::EngineCore", "VLLM::Worker"}
    finally:
        await engine.close()
    await engine.close()
    assert not any(map(alive, started))
    prompt = PROOF_PROMPTS[0]
    with pytest.raises(EngineError):
        await engine.score("it", prompt.messages, prompt.reply)
    # Rounded twice to bfloat16: when the weights are merged, and in every sum.
    assert proof.peft is not None
    assert proof.peft.difference.mean < 0.15
    assert proof.peft.difference.mean < proof.peft.tolerance
    assert not list(tmp_path.glob("rejoinder-*")), "the merged checkpoint or vLLM's files are left"
