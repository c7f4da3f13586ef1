"""Loading a base and its adapters with transformers and peft, and switching between them. Imports torch: import it late."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from harness.engines.adapters import Adapter
from harness.engines.checkpoints import Checkpoint, first_line
from harness.engines.cpu_attention import use_cpu_attention
from harness.engines.engine import EngineError
from harness.engines.local_options import TransformersOptions
from suites.userfile import InputError

NO_LIMIT = 2**31


class TorchModel:
    """A base model with adapters, one of which, or none, is at work."""

    def __init__(self, model: Any, adapter_names: Mapping[Path, str]) -> None:
        self.model = model
        self._adapter_names = adapter_names

    @property
    def context(self) -> int:
        """How many tokens the model takes at most."""
        return getattr(self.model.config.get_text_config(), "max_position_embeddings", None) or NO_LIMIT

    @property
    def precision(self) -> str:
        """Number type of the weights."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def end_tokens(self) -> frozenset[int]:
        """The tokens that end a reply, as the model's generation settings have them."""
        ends = self.model.generation_config.eos_token_id
        return frozenset() if ends is None else frozenset([ends] if isinstance(ends, int) else ends)

    @contextlib.contextmanager
    def serving(self, adapter: Path | None) -> Iterator[Any]:
        """The model with the adapter of a folder at work, or with none."""
        without_adapter: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
        if adapter is not None:
            self.model.set_adapter(self._adapter_names[adapter])
        elif self._adapter_names:
            without_adapter = self.model.disable_adapter()
        with without_adapter, torch.inference_mode():
            yield self.model


def load_model(checkpoint: Checkpoint, options: TransformersOptions, adapters: Sequence[Adapter]) -> TorchModel:
    """Load base and adapters onto the GPU where there is one, else into main memory.

    Raises:
        InputError: transformers or peft cannot load what the files hold.
        EngineError: There is not enough memory.
    """
    _quieten()
    model = _load_base(checkpoint, options)
    if model.device.type == "cpu":
        use_cpu_attention(model)
    names: dict[Path, str] = {}
    for index, adapter in enumerate(adapters):
        name = f"adapter_{index}"  # not the folder's name: peft allows no dots
        model = _with_adapter(model, adapter, name)
        names[adapter.folder] = name
    model.eval()
    return TorchModel(model, names)


def _quieten() -> None:
    """Keep the libraries' bars and remarks off the terminal, unless the user wants to look inside."""
    if not os.environ.get("REJOINDER_DEBUG"):
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()


def number_type(checkpoint: Checkpoint, options: TransformersOptions) -> torch.dtype | str:
    """The type to load the weights in.

    Half precision on a CPU that does not calculate with it is slower than float32, and float16 is slow on all of them.
    """
    if options.dtype != "auto":
        dtype: torch.dtype = getattr(torch, options.dtype)
        return dtype
    if torch.cuda.is_available() or checkpoint.quantisation:
        return "auto"
    return torch.bfloat16 if checkpoint.number_type == "bfloat16" and _cpu_calculates_bfloat16() else torch.float32


def _cpu_calculates_bfloat16() -> bool:
    # Older builds of torch do not tell; float32 is right on every CPU.
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _load_base(checkpoint: Checkpoint, options: TransformersOptions) -> Any:
    device_map = None
    if torch.cuda.is_available():
        device_map = "auto" if torch.cuda.device_count() > 1 else "cuda"
    try:
        return transformers.AutoModelForCausalLM.from_pretrained(
            checkpoint.folder,
            dtype=number_type(checkpoint, options),
            device_map=device_map,
            trust_remote_code=options.trust_remote_code,
            use_safetensors=checkpoint.safetensors,
            local_files_only=True,
        )
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise EngineError(f"there is not enough memory to load {checkpoint.name} ({first_line(error)})") from error
    except Exception as error:  # each file format's and each architecture's reader raises its own
        raise InputError(
            f"cannot be loaded: {first_line(error)}", file=checkpoint.folder, field="engine.model"
        ) from error


def _with_adapter(model: Any, adapter: Adapter, name: str) -> Any:
    """The model with one adapter more."""
    from peft import PeftModel  # noqa: PLC0415 - only where there are adapters

    # Weights in the base's number type, as vLLM has them, rather than widened for training.
    how = {"adapter_name": name, "is_trainable": False, "autocast_adapter_dtype": False, "low_cpu_mem_usage": True}
    try:
        with warnings.catch_warnings(action="ignore"):
            if isinstance(model, PeftModel):
                model.load_adapter(adapter.folder, **how)
            else:
                model = PeftModel.from_pretrained(model, adapter.folder, **how)
    except Exception as error:  # as above
        raise InputError(f"cannot be loaded: {first_line(error)}", file=adapter.folder) from error
    _check_complete(model, adapter, name)
    return model


def _check_complete(model: Any, adapter: Adapter, name: str) -> None:
    """See that each module peft made for the adapter got weights: it starts modules without weights as empty ones."""
    made = {
        path.removeprefix("base_model.model.")
        for path, module in model.named_modules()
        if name in getattr(module, "lora_A", ()) or name in getattr(module, "lora_embedding_A", ())
    }
    if lacking := sorted(path for path in made - adapter.adapted_modules if ".experts" not in path):
        raise InputError(
            f"stands for {len(made)} modules of the base, but '{lacking[0]}' has no weights",
            file=adapter.config_file,
            field="target_modules",
        )
