"""Reading the folder of a peft LoRA adapter, and checking that it fits a base model, before any weights are loaded.

Only the configuration and the header of the weights are read. Loading an adapter is the engines' part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.engines.weight_files import fingerprint, tensor_shapes, zero_tensors
from suites.userfile import InputError, explain, read_text

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"

Shape = tuple[int, ...]
ModuleShapes = Mapping[str, tuple[int, int]]
"""Weight shapes of a base's linear and embedding modules by name, each as (output size, input size)."""

_TENSOR = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<embedding>embedding_)?(?P<side>[AB])(\.weight)?$")

_PLAIN_INITS = ("gaussian", "eva", "orthogonal", "mica", "lora_ga")
"""Values of `init_lora_weights` that leave the base's weights as they are; peft's others change them on loading."""


class AdapterConfig(BaseModel):
    """The fields of peft's `adapter_config.json` that decide how an adapter is served; the others are not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    peft_type: str
    r: Annotated[int, Field(ge=1)]
    target_modules: list[str] | str | None = None
    base_model_name_or_path: str | None = None
    rank_pattern: dict[str, int] | None = None
    alpha_pattern: dict[str, float] | None = None
    init_lora_weights: bool | str | None = True
    modules_to_save: list[str] | None = None
    bias: str | None = "none"
    lora_bias: bool | None = False
    use_dora: bool | None = False
    use_qalora: bool | None = False
    use_bdlora: dict[str, Any] | None = None
    alora_invocation_tokens: list[int] | None = None
    layer_replication: list[Any] | None = None
    trainable_token_indices: dict[str, Any] | list[int] | None = None

    def rank_of(self, module: str) -> int:
        """The rank that peft gives to `module`: the first pattern that matches the end of its name, else `r`."""
        for pattern, rank in (self.rank_pattern or {}).items():
            if re.match(rf"(.*\.)?({pattern})$", module):
                return rank
        return self.r


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter's folder, what its configuration says and which tensors it holds."""

    folder: Path
    config: AdapterConfig
    shapes: Mapping[str, Shape]
    """Shape of each tensor by name, from the header of the weights."""

    @property
    def config_file(self) -> Path:
        """The configuration's file."""
        return self.folder / CONFIG_FILE

    @property
    def weights_file(self) -> Path:
        """The weights' file."""
        return self.folder / WEIGHTS_FILE

    @property
    def max_rank(self) -> int:
        """The largest rank of any of its modules."""
        return max([self.config.r, *(self.config.rank_pattern or {}).values()])

    @property
    def adapted_modules(self) -> set[str]:
        """Names of the base's modules that it holds weights for."""
        return {match["module"] for name in self.shapes if (match := _TENSOR.match(name))}

    def is_zero(self) -> bool:
        """Whether it adds nothing to any module: each LoRA's second half is zero, as before training, and there is no more."""
        matches = {name: _TENSOR.match(name) for name in self.shapes}
        if not all(matches.values()):  # a bias, a magnitude (DoRA) or a whole module
            return False
        second_halves = {name for name, match in matches.items() if match is not None and match["side"] == "B"}
        return second_halves <= zero_tensors(self.weights_file)

    def weight_hash(self) -> str:
        """Short SHA-256 of configuration and weights."""
        return fingerprint([self.config_file, self.weights_file])


def read_adapter(folder: Path) -> Adapter:
    """Read an adapter's configuration and the header of its weights.

    Raises:
        InputError: The folder or a file is missing or cannot be read, the adapter is no LoRA, its weights are not
            safetensors, or serving it would change the base that all candidates share.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder; name the folder that peft's save_pretrained wrote", file=folder)
    if (
        not (folder / CONFIG_FILE).is_file()
        and (folder / "config.json").is_file()
        and any(folder.glob("*.safetensors"))
    ):
        raise InputError("is a whole checkpoint and no adapter; name it as the candidate's `model`", file=folder)
    config = _read_config(folder / CONFIG_FILE)
    weights = folder / WEIGHTS_FILE
    if not weights.is_file():
        pickled = sorted(path.name for pattern in ("*.bin", "*.pt") for path in folder.glob(pattern))
        found = f"only '{pickled[0]}', a pickled file, is here" if pickled else "the adapter has no weights"
        raise InputError(
            f"is missing ({found}); save the adapter with save_pretrained(safe_serialization=True)", file=weights
        )
    return Adapter(folder, config, tensor_shapes(weights))


def _read_config(file: Path) -> AdapterConfig:
    try:
        data = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
    if not isinstance(data, dict):
        raise InputError("must hold one JSON object", file=file)
    try:
        config = AdapterConfig.model_validate(data)
    except ValidationError as error:
        problem, field = explain(error, AdapterConfig, data)
        raise InputError(problem, file=file, field=field) from None
    if config.peft_type != "LORA":
        raise InputError(f"is '{config.peft_type}'; only LoRA adapters can be served", file=file, field="peft_type")
    _refuse_changes_of_the_base(config, file)
    return config


def _refuse_changes_of_the_base(config: AdapterConfig, file: Path) -> None:
    """Refuse what peft could load but only by changing what the other candidates run on."""
    init = config.init_lora_weights
    if isinstance(init, str) and init.lower() not in _PLAIN_INITS:
        raise InputError(
            f"is '{init}', which changes the base's own weights, and all candidates share them; convert the adapter to "
            "plain LoRA with peft's save_pretrained(path_initial_model_for_weight_conversion=...)",
            file=file,
            field="init_lora_weights",
        )
    for field in ("layer_replication", "alora_invocation_tokens"):
        if getattr(config, field):
            raise InputError("is set; such adapters cannot be served beside other candidates", file=file, field=field)


def check_fits(adapter: Adapter, modules: ModuleShapes) -> None:
    """Compare an adapter's tensors with the base that it is to be put on.

    Args:
        adapter: The adapter.
        modules: The base's linear and embedding modules.

    Raises:
        InputError: The adapter was made for another model, or its tensors do not agree with its configuration.
    """
    file = adapter.config_file
    tensors = [(match, shape) for name, shape in adapter.shapes.items() if (match := _TENSOR.match(name))]
    if not tensors:
        raise InputError("holds no LoRA tensors (base_model.model.….lora_A.weight)", file=adapter.weights_file)
    adapted = {match["module"] for match, _ in tensors}
    if strangers := sorted(
        module for module in adapted if module not in modules and not _is_parameter_of(module, modules)
    ):
        raise InputError(
            f"has weights for '{strangers[0]}', which the base does not have; {_made_for(adapter)}",
            file=adapter.weights_file,
        )
    _check_targets(adapter, adapted, modules)
    for match, shape in tensors:
        if match["module"] in modules and len(shape) == 2:
            _check_shape(adapter, match, shape, modules[match["module"]])
    one_sided = {m["module"] for m, _ in tensors if m["side"] == "A"} ^ {
        m["module"] for m, _ in tensors if m["side"] == "B"
    }
    if one_sided:
        raise InputError(f"has only one half of the weights for '{min(one_sided)}'", file=file.with_name(WEIGHTS_FILE))


def _is_parameter_of(module: str, modules: ModuleShapes) -> bool:
    """Whether `module` is a container whose fused parameters peft adapts (the experts of a mixture)."""
    return ".experts" in module and any(name.startswith(module.partition(".experts")[0] + ".") for name in modules)


def _made_for(adapter: Adapter) -> str:
    named = adapter.config.base_model_name_or_path
    return f"the adapter was made for '{named}'" if named else "the adapter was made for another model"


def _check_targets(adapter: Adapter, adapted: set[str], modules: ModuleShapes) -> None:
    """Every target that the configuration lists must be in the base and have got weights, or peft would add empty ones."""
    targets = adapter.config.target_modules
    if not isinstance(targets, list):  # a pattern: which modules it stands for is peft's to say
        return
    for target in targets:
        field = "target_modules"
        if not any(_ends_with(name, target) for name in modules):
            raise InputError(
                f"names '{target}', which the base does not have; {_made_for(adapter)}",
                file=adapter.config_file,
                field=field,
            )
        if not any(_ends_with(name, target) for name in adapted):
            raise InputError(
                f"names '{target}', for which {WEIGHTS_FILE} holds no weights", file=adapter.config_file, field=field
            )


def _ends_with(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def _check_shape(adapter: Adapter, match: re.Match[str], shape: Shape, base: tuple[int, int]) -> None:
    module = match["module"]
    rank, size = shape if match["side"] == "A" else reversed(shape)
    expected = adapter.config.rank_of(module)
    if rank != expected:
        raise InputError(
            f"says {expected}, but the weights for '{module}' have rank {rank}; configuration and weights are not of one "
            "adapter",
            file=adapter.config_file,
            field="rank_pattern" if expected != adapter.config.r else "r",
        )
    outputs, inputs = base
    base_size = inputs if match["side"] == "A" else outputs
    if size != base_size:
        raise InputError(
            f"the weights for '{module}' are made for a size of {size}, the base has {base_size}; {_made_for(adapter)}",
            file=adapter.weights_file,
        )


_USE_TRANSFORMERS = "use the engine 'transformers' for it"
_MERGE = "set `merge: true` for this candidate, or use the engine 'transformers'"

_VLLM_CANNOT: Mapping[str, tuple[str, str]] = {
    "use_dora": ("DoRA adapters", _MERGE),
    "modules_to_save": ("adapters with whole modules of their own", _MERGE),
    "trainable_token_indices": ("adapters with trained tokens of their own", _MERGE),
    "lora_bias": ("adapters with biases", _USE_TRANSFORMERS),  # there is often no bias to merge them into
    "use_qalora": ("QALoRA adapters", _USE_TRANSFORMERS),
    "use_bdlora": ("block-diagonal adapters", _USE_TRANSFORMERS),
}
"""What vLLM does not serve, by the configuration's field, with its name and the way out."""


def check_vllm_serves(adapter: Adapter, *, patterns: bool) -> None:
    """Refuse adapters that vLLM cannot serve, or would serve wrongly without a word.

    Args:
        adapter: The adapter.
        patterns: Whether this vLLM knows `rank_pattern` and `alpha_pattern`.

    Raises:
        InputError: vLLM cannot serve the adapter; the field of its configuration is named.
    """
    for field, (what, instead) in _VLLM_CANNOT.items():
        if getattr(adapter.config, field):
            raise InputError(f"is set; vLLM cannot serve {what}; {instead}", file=adapter.config_file, field=field)
    if adapter.config.bias not in (None, "none"):
        raise InputError(
            f"is '{adapter.config.bias}'; vLLM cannot serve it; {_MERGE}", file=adapter.config_file, field="bias"
        )
    for field in ("rank_pattern", "alpha_pattern"):
        if getattr(adapter.config, field) and not patterns:
            raise InputError(
                f"is set; this vLLM would ignore it and give wrong replies; update vLLM, or {_MERGE}",
                file=adapter.config_file,
                field=field,
            )
