"""From the user's settings and adapters to vLLM's configuration, with real vLLM; no weights are needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.engines.adapters import Adapter, AdapterConfig
from harness.engines.checkpoints import Checkpoint
from harness.engines.local_candidates import LocalCandidate, LocalCandidates
from harness.engines.local_options import VllmOptions
from harness.engines.vllm_arguments import engine_configuration
from suites.userfile import InputError

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = pytest.mark.vllm

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "vocab_size": 1000,
    "max_position_embeddings": 2048,
    "torch_dtype": "bfloat16",
}

Configure = Callable[..., Any]


@pytest.fixture
def configuration(tmp_path: Path) -> Configure:
    """vLLM's configuration for settings of the user and adapters of the given ranks."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    checkpoint = Checkpoint(tmp_path, "small", [tmp_path / "model.safetensors"])

    def configure(ranks: tuple[int, ...] = (), dtype: Any = "auto", **options: Any) -> Any:
        adapters = [
            Adapter(tmp_path / f"adapter_{number}", AdapterConfig(peft_type="LORA", r=rank), {})
            for number, rank in enumerate(ranks)
        ]
        candidates = {adapter.folder.name: LocalCandidate(None, adapter, "hash") for adapter in adapters}  # type: ignore[arg-type]
        served = LocalCandidates(checkpoint, None, candidates)
        return engine_configuration(VllmOptions(model="small", dtype=dtype, options=options), served)

    return configure


def test_the_users_arguments_reach_vllm(configuration: Configure) -> None:
    options = {
        "tensor_parallel_size": 2,
        "pipeline_parallel_size": 2,
        "data_parallel_size": 2,
        "gpu_memory_utilization": 0.41,
        "max_model_len": 777,
        "max_num_seqs": 33,
        "enforce_eager": True,
        "seed": 4711,
        "kv_cache_memory_bytes": 123_456_789,
    }
    made = configuration(dtype="float32", **options)
    assert made.parallel_config.tensor_parallel_size == 2
    assert made.parallel_config.pipeline_parallel_size == 2
    assert made.parallel_config.data_parallel_size == 2
    assert made.cache_config.gpu_memory_utilization == 0.41
    assert made.cache_config.kv_cache_memory_bytes == 123_456_789
    assert made.model_config.max_model_len == 777
    assert made.scheduler_config.max_num_seqs == 33
    assert made.model_config.enforce_eager is True
    assert made.model_config.seed == 4711
    assert str(made.model_config.dtype) == "torch.float32"


def test_quantisation_reaches_vllm(configuration: Configure) -> None:
    assert configuration(quantization="fp8").model_config.quantization == "fp8"


def test_unknown_arguments_are_named_before_anything_is_loaded(configuration: Configure) -> None:
    with pytest.raises(InputError, match="did you mean 'tensor_parallel_size'") as caught:
        configuration(tensor_paralel_size=2)
    assert caught.value.field == "engine.options.tensor_paralel_size"


def test_adapters_decide_their_room(configuration: Configure) -> None:
    lora = configuration(ranks=(4, 12)).lora_config
    assert lora.max_lora_rank == 16
    assert lora.max_loras >= 2
    assert lora.max_cpu_loras >= lora.max_loras
    assert configuration().lora_config is None


def test_the_room_for_adapters_can_be_set(configuration: Configure) -> None:
    lora = configuration(ranks=(4, 12), max_loras=4, max_lora_rank=64, max_cpu_loras=9).lora_config
    assert (lora.max_loras, lora.max_lora_rank, lora.max_cpu_loras) == (4, 64, 9)
    assert configuration(ranks=(4,), max_loras=6).lora_config.max_cpu_loras == 6


@pytest.mark.parametrize(
    ("options", "field", "needed"),
    [
        ({"max_lora_rank": 8}, "max_lora_rank", "at least 12"),
        ({"max_loras": 0}, "max_loras", "at least"),
        ({"max_loras": 4, "max_cpu_loras": 3}, "max_cpu_loras", "at least 4"),
    ],
)
def test_too_little_room_is_refused(configuration: Configure, options: dict[str, int], field: str, needed: str) -> None:
    with pytest.raises(InputError, match=needed) as caught:
        configuration(ranks=(4, 12), **options)
    assert caught.value.field == f"engine.options.{field}"


def test_on_the_cpu_a_slot_stays_empty(configuration: Configure) -> None:
    from vllm.platforms import current_platform

    if not current_platform.is_cpu():
        pytest.skip("this build of vLLM is not for the CPU")
    assert configuration(ranks=(4, 12)).lora_config.max_loras == 3
    with pytest.raises(InputError, match=r"at least 3 \(one for each adapter, and on the CPU one that stays empty\)"):
        configuration(ranks=(4, 12), max_loras=2)


def test_what_vllm_itself_refuses_is_quoted(configuration: Configure) -> None:
    with pytest.raises(InputError, match="vLLM refuses these settings"):
        configuration(ranks=(4,), max_loras="two")
    with pytest.raises(InputError, match="vLLM refuses these settings"):
        configuration(ranks=(4,), max_lora_rank=33)
