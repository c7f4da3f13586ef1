"""Proving adapters on real vLLM against real peft. Runs before `test_vllm_engine.py`, which closes the session's engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from conftest import TRAINED_ADAPTERS

from harness.engines.adapter_proof import prove_adapters
from harness.engines.engine import Candidate
from harness.engines.local_options import LocalOptions
from harness.engines.peft_reference import PeftReference, PeftReferences
from harness.engines.vllm_engine import VllmEngine
from suites.userfile import InputError

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="session")]

ORDER_TAKER, JUNE = (TRAINED_ADAPTERS[name].resolve() for name in ("order_taker", "june"))
CANDIDATES = {"trained_order_taker": Candidate(adapter=ORDER_TAKER), "trained_june": Candidate(adapter=JUNE)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def references(checkpoint: Path) -> PeftReferences:
    reference = PeftReference(LocalOptions(model=str(checkpoint)), [ORDER_TAKER, JUNE])
    reference.start()
    return await reference.result()


@pytest.fixture
def requests(vllm_engine: VllmEngine) -> Iterator[dict[Path, Any]]:
    """What the engine asks vLLM for by the adapter's folder, put right again afterwards."""
    asked_for = vllm_engine._lora_requests
    kept = dict(asked_for)
    yield asked_for
    asked_for |= kept


async def test_trained_adapters_are_proven(vllm_engine: VllmEngine, references: PeftReferences) -> None:
    proofs = await prove_adapters(vllm_engine, CANDIDATES, references)
    for proof in proofs.values():
        assert proof.remark is None
        assert proof.from_base is not None
        assert proof.peft is not None
        # vLLM calculates in bfloat16, and yet is far nearer to peft than adapter and base are to each other.
        assert proof.peft.difference.mean < 0.15 * proof.peft.effect.mean
        assert proof.from_base.mean == pytest.approx(proof.peft.effect.mean, rel=0.1)
        assert proof.peft.difference.mean < proof.peft.tolerance


async def test_swapped_adapters_are_found_out(
    vllm_engine: VllmEngine, references: PeftReferences, requests: dict[Path, Any]
) -> None:
    requests[ORDER_TAKER], requests[JUNE] = requests[JUNE], requests[ORDER_TAKER]
    with pytest.raises(InputError) as caught:
        await prove_adapters(vllm_engine, CANDIDATES, references)
    assert caught.value.field == "candidates.trained_order_taker.adapter"
    assert "it answers with 'june', which is 'trained_june''s" in str(caught.value)


async def test_an_engine_that_serves_the_bare_base_instead_is_found_out(
    vllm_engine: VllmEngine, references: PeftReferences, requests: dict[Path, Any]
) -> None:
    requests[JUNE] = None
    for known in (references, {JUNE: "the base is too large"}):
        with pytest.raises(InputError, match="the adapter 'june' does nothing here"):
            await prove_adapters(vllm_engine, {"trained_june": CANDIDATES["trained_june"]}, known)


async def test_weights_of_zero_are_found_out(
    vllm_engine: VllmEngine, references: PeftReferences, requests: dict[Path, Any], tmp_path: Path
) -> None:
    """Whether they lie in the adapter's folder or come about while vLLM loads it."""
    zeroed = with_second_halves_of_zero(ORDER_TAKER, tmp_path / "order_taker")
    with pytest.raises(InputError, match="does nothing: its weights add zero to the base"):
        await prove_adapters(vllm_engine, {"trained_order_taker": Candidate(adapter=zeroed)}, references)

    from vllm.lora.request import LoRARequest

    llm = vllm_engine._process.llm
    request = LoRARequest("zeroed", 99, str(zeroed))
    await llm.add_lora(request)
    requests[ORDER_TAKER] = request
    try:
        with pytest.raises(InputError, match="while peft finds a mean difference of 1"):
            await prove_adapters(vllm_engine, CANDIDATES, references)
    finally:
        await llm.remove_lora(99)


def with_second_halves_of_zero(adapter: Path, folder: Path) -> Path:
    from safetensors.torch import load_file, save_file

    shutil.copytree(adapter, folder)
    weights: Mapping[str, Any] = load_file(folder / "adapter_model.safetensors")
    zeroed = {name: tensor * (0 if "lora_B" in name else 1) for name, tensor in weights.items()}
    save_file(zeroed, folder / "adapter_model.safetensors")
    return folder
