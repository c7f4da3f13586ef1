"""Reading adapter folders and checking them against a base: no model, only files as peft writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.engines.adapters import Adapter, check_fits, check_vllm_serves, read_adapter
from suites.userfile import InputError

numpy_files = pytest.importorskip("safetensors.numpy", reason="comes with the engines")

BASE = {
    "model.embed_tokens": (8, 100),
    "model.layers.0.self_attn.q_proj": (8, 8),
    "model.layers.0.mlp.up_proj": (32, 8),
}


def write_adapter(folder: Path, *, rank: int = 2, hidden: int = 8, second_half: float = 1.0, **config: Any) -> Path:
    """An adapter on q_proj and up_proj of a base with that hidden size; its second halves hold one number."""
    folder.mkdir(exist_ok=True)
    fields = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 4,
        "target_modules": ["q_proj", "up_proj"],
        "base_model_name_or_path": "small-base",
        "task_type": "CAUSAL_LM",
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(fields | config))
    prefix = "base_model.model.model.layers.0."
    shapes = {
        "self_attn.q_proj.lora_A": (rank, hidden),
        "self_attn.q_proj.lora_B": (hidden, rank),
        "mlp.up_proj.lora_A": (rank, hidden),
        "mlp.up_proj.lora_B": (4 * hidden, rank),
    }
    tensors = {
        f"{prefix}{name}.weight": np.full(shape, second_half if "lora_B" in name else 1.0, dtype=np.float32)
        for name, shape in shapes.items()
    }
    numpy_files.save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def complaint(action: Any, *arguments: Any, **named: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        action(*arguments, **named)
    return caught.value


def test_an_adapter_that_fits_is_read(tmp_path: Path) -> None:
    adapter = read_adapter(write_adapter(tmp_path))
    check_fits(adapter, BASE)
    check_vllm_serves(adapter, patterns=False)
    assert adapter.max_rank == 2
    assert adapter.adapted_modules == {"model.layers.0.self_attn.q_proj", "model.layers.0.mlp.up_proj"}


def test_an_adapter_whose_second_halves_are_zero_adds_nothing(tmp_path: Path) -> None:
    assert not read_adapter(write_adapter(tmp_path / "trained")).is_zero()
    assert read_adapter(write_adapter(tmp_path / "untrained", second_half=0.0)).is_zero()
    assert read_adapter(write_adapter(tmp_path / "emptied", second_half=-0.0)).is_zero()
    assert not read_adapter(write_adapter(tmp_path / "weak", second_half=1e-30)).is_zero()


def test_a_whole_checkpoint_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    numpy_files.save_file({"lm_head.weight": np.ones((2, 2))}, tmp_path / "model.safetensors")
    assert "name it as the candidate's `model`" in str(complaint(read_adapter, tmp_path))


def test_the_hash_follows_the_weights_and_the_configuration(tmp_path: Path) -> None:
    first = read_adapter(write_adapter(tmp_path / "a")).weight_hash()
    assert read_adapter(write_adapter(tmp_path / "b")).weight_hash() == first
    assert read_adapter(write_adapter(tmp_path / "c", lora_alpha=8)).weight_hash() != first
    assert read_adapter(write_adapter(tmp_path / "d", rank=3)).weight_hash() != first


def test_a_missing_folder_or_configuration_is_named(tmp_path: Path) -> None:
    assert "no such folder" in str(complaint(read_adapter, tmp_path / "nowhere"))
    error = complaint(read_adapter, tmp_path)
    assert error.file == str(tmp_path / "adapter_config.json")
    assert "no such file" in str(error)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path)
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    assert "pickled" in str(complaint(read_adapter, folder))


def test_weights_that_are_no_safetensors_are_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path)
    (folder / "adapter_model.safetensors").write_bytes(b"not at all")
    assert "cannot be read as safetensors" in str(complaint(read_adapter, folder))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("peft_type", "IA3"),
        ("r", 0),
        ("r", "two"),
        ("init_lora_weights", "pissa_niter_4"),
        ("layer_replication", [[0, 1], [0, 1]]),
        ("alora_invocation_tokens", [1, 2]),
    ],
)
def test_what_cannot_be_served_is_refused_by_its_field(tmp_path: Path, field: str, value: Any) -> None:
    error = complaint(read_adapter, write_adapter(tmp_path, **{field: value}))
    assert error.field == field
    assert error.file == str(tmp_path / "adapter_config.json")


@pytest.mark.parametrize("text", ["{", "[]", '{"peft_type": "LORA"}'])
def test_a_broken_configuration_is_refused(tmp_path: Path, text: str) -> None:
    (write_adapter(tmp_path) / "adapter_config.json").write_text(text)
    assert complaint(read_adapter, tmp_path).file == str(tmp_path / "adapter_config.json")


def fits(folder: Path) -> None:
    check_fits(read_adapter(folder), BASE)


def test_a_rank_that_is_not_the_configured_one_is_found(tmp_path: Path) -> None:
    error = complaint(fits, write_adapter(tmp_path, rank=3))
    assert error.field == "r"
    assert "rank 3" in str(error)


def test_a_rank_pattern_gives_modules_their_own_rank(tmp_path: Path) -> None:
    fits(write_adapter(tmp_path, rank=3, rank_pattern={"q_proj": 3, "up_proj": 3}))
    assert complaint(fits, write_adapter(tmp_path, rank=3, rank_pattern={"q_proj": 3})).field == "r"
    error = complaint(fits, write_adapter(tmp_path, rank=3, rank_pattern={"q_proj": 3, "up_proj": 4}))
    assert error.field == "rank_pattern"
    assert read_adapter(tmp_path).max_rank == 4


def test_an_adapter_of_a_wider_model_does_not_fit(tmp_path: Path) -> None:
    error = complaint(fits, write_adapter(tmp_path, hidden=16))
    assert error.file == str(tmp_path / "adapter_model.safetensors")
    assert "16" in str(error)
    assert "small-base" in str(error)


def test_an_adapter_of_another_architecture_does_not_fit(tmp_path: Path) -> None:
    adapter = read_adapter(write_adapter(tmp_path))
    other = {name.replace("self_attn.q_proj", "attention.query"): shape for name, shape in BASE.items()}
    assert "'model.layers.0.self_attn.q_proj'" in str(complaint(check_fits, adapter, other))


def test_targets_that_the_base_or_the_weights_lack_are_found(tmp_path: Path) -> None:
    error = complaint(fits, write_adapter(tmp_path, target_modules=["q_proj", "up_proj", "w_pack"]))
    assert error.field == "target_modules"
    assert "w_pack" in str(error)
    error = complaint(fits, write_adapter(tmp_path, target_modules=["q_proj", "up_proj", "embed_tokens"]))
    assert error.field == "target_modules"
    assert "no weights" in str(error)


def test_embeddings_can_be_adapted(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path, target_modules=["embed_tokens"])
    prefix = "base_model.model.model.embed_tokens.lora_embedding_"
    tensors = {f"{prefix}A": np.ones((2, 100), np.float32), f"{prefix}B": np.ones((8, 2), np.float32)}
    numpy_files.save_file(tensors, folder / "adapter_model.safetensors")
    fits(folder)
    tensors[f"{prefix}A"] = np.ones((2, 90), np.float32)
    numpy_files.save_file(tensors, folder / "adapter_model.safetensors")
    assert "90" in str(complaint(fits, folder))


def test_half_an_adapter_is_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path, target_modules=["q_proj"])
    tensors = {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": np.ones((2, 8), np.float32)}
    numpy_files.save_file(tensors, folder / "adapter_model.safetensors")
    assert "one half" in str(complaint(fits, folder))
    numpy_files.save_file({"something": np.ones(1, np.float32)}, folder / "adapter_model.safetensors")
    assert "no LoRA tensors" in str(complaint(fits, folder))


@pytest.mark.parametrize(
    ("field", "value"),
    [("use_dora", True), ("modules_to_save", ["lm_head"]), ("bias", "all"), ("trainable_token_indices", [5])],
)
def test_vllm_refuses_what_it_cannot_serve(tmp_path: Path, field: str, value: Any) -> None:
    adapter = read_adapter(write_adapter(tmp_path, **{field: value}))
    error = complaint(check_vllm_serves, adapter, patterns=True)
    assert error.field == field
    assert "set `merge: true` for this candidate, or use the engine 'transformers'" in str(error)


def test_vllm_refuses_patterns_only_where_it_would_ignore_them(tmp_path: Path) -> None:
    adapter: Adapter = read_adapter(write_adapter(tmp_path, alpha_pattern={"q_proj": 32}))
    check_vllm_serves(adapter, patterns=True)
    assert complaint(check_vllm_serves, adapter, patterns=False).field == "alpha_pattern"
