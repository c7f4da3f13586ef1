"""The small real checkpoint and adapters on it, made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from harness.engines.engine import BARE_BASE, Candidate

if TYPE_CHECKING:
    from harness.engines.vllm_engine import VllmEngine

ROOT = Path(__file__).parents[2]
CHECKPOINT = ROOT / ".cache" / "checkpoints" / "SmolLM2-135M-Instruct"
TRAINED_ADAPTERS = {name: ROOT / "examples" / "adapters" / name for name in ("order_taker", "june")}
STALL_TIMEOUT_S = 30
"""Of the vLLM that all tests share, until the last of them has it hang."""
ADAPTER_TARGETS = {"barista": ["q_proj", "v_proj"], "order_taker": ["o_proj", "down_proj"]}


@pytest.fixture(scope="session", autouse=True)
def uncompiled() -> Iterator[None]:
    """No functions are compiled for log-probabilities, which takes vLLM longer than all that is asked of it here."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TORCH_COMPILE_DISABLE", "1")
        yield


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    """Folder of SmolLM2-135M-Instruct, made out of the installed package where it is not there yet."""
    pytest.importorskip("torch", reason="needs rejoinder[transformers]")
    script = ROOT / "examples" / "prepare_smollm2.py"
    made = subprocess.run([sys.executable, script, CHECKPOINT], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(made.stderr.strip())
    return CHECKPOINT


@pytest.fixture(scope="session")
def adapters(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of two LoRA adapters with random weights, that is, neither of them without effect."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folders = {}
    for seed, (name, targets) in enumerate(ADAPTER_TARGETS.items()):
        torch.manual_seed(seed)
        base = AutoModelForCausalLM.from_pretrained(checkpoint)
        config = LoraConfig(r=4, lora_alpha=8, target_modules=targets, init_lora_weights=False, task_type="CAUSAL_LM")
        folders[name] = tmp_path_factory.mktemp("adapters") / name
        get_peft_model(base, config).save_pretrained(folders[name])
    return folders


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vllm_engine(checkpoint: Path, adapters: Mapping[str, Path]) -> AsyncIterator[VllmEngine]:
    """Real vLLM, started once for all tests, since starting takes long: the base, adapters by chance and trained ones."""
    pytest.importorskip("vllm", reason="needs vLLM")
    from harness.engines.vllm_engine import VllmEngine, VllmOptions

    folders = adapters | {f"trained_{name}": folder for name, folder in TRAINED_ADAPTERS.items()}
    candidates = {"base": Candidate(), BARE_BASE: Candidate()}
    candidates |= {name: Candidate(adapter=folder) for name, folder in folders.items()}
    options = VllmOptions(model=str(checkpoint), stall_timeout_s=STALL_TIMEOUT_S, options={"max_model_len": 1024})
    engine = VllmEngine(options, candidates)
    await engine.start()
    yield engine
    await engine.close()
