"""Adapters that vLLM does not serve beside a base, made with peft: random weights, no training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

DORA: Mapping[str, Any] = {"target_modules": ["q_proj", "down_proj"], "use_dora": True}
WHOLE_MODULES: Mapping[str, Any] = {"target_modules": ["v_proj"], "modules_to_save": ["lm_head", "norm"]}


def make_adapter(checkpoint: Path, folder: Path, **settings: Any) -> Path:
    """An adapter on the checkpoint whose every weight was moved by chance."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    config = LoraConfig(r=4, lora_alpha=8, init_lora_weights=False, task_type="CAUSAL_LM", **settings)
    adapted = get_peft_model(base, config)
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * parameter.std() * 0.1)
    adapted.save_pretrained(folder)
    return folder
