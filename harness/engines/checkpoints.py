"""Finding a base model's folder, refusing weights that could run code, and saying which model it is.

Tokenizer and chat template are in `harness.engines.chat_prompts`; loading the weights is the engines' part.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.engines.adapters import ModuleShapes
from harness.engines.local_options import LocalOptions
from harness.engines.weight_files import HASH_LENGTH, fingerprint
from suites.userfile import InputError, read_text

MODEL_FIELD = ("engine", "model")

BESIDE_WEIGHTS = ("*.json", "*.jinja", "*.model", "*.txt", "*.tiktoken")
_DECIDING_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
)
"""Files beside the weights that decide replies: a changed end token or merge changes them as much as a changed weight."""


@dataclass(frozen=True)
class Checkpoint:
    """A base model's folder on this machine."""

    folder: Path
    name: str
    """For people: the folder's name, or the last part of the hub name."""
    weight_files: Sequence[Path]
    commit: str | None = None
    """Commit on the hub, where it came from there."""
    merged_from: str | None = None
    """Identities of the base and the adapter that it was merged from, where it was."""

    @property
    def safetensors(self) -> bool:
        """Whether the weights are safetensors, as against pickled files."""
        return self.weight_files[0].suffix == ".safetensors"

    @cached_property
    def config(self) -> dict[str, Any]:
        """The model's `config.json`.

        Raises:
            InputError: It is not a JSON object.
        """
        file = self.folder / "config.json"
        try:
            data = json.loads(read_text(file))
        except json.JSONDecodeError as error:
            raise InputError(f"is not JSON: {error.msg}", file=file, line=error.lineno) from None
        if not isinstance(data, dict):
            raise InputError("must hold one JSON object", file=file)
        return data

    @property
    def quantisation(self) -> str | None:
        """Method by which the weights were quantised, if they were."""
        settings = self.config.get("quantization_config")
        return str(settings.get("quant_method", "quantised")) if isinstance(settings, dict) else None

    @property
    def number_type(self) -> str | None:
        """Type that the weights are stored in, as the configuration has it: "bfloat16"."""
        settings = self.config.get("text_config") or self.config
        stored = settings.get("dtype", settings.get("torch_dtype"))
        return stored if isinstance(stored, str) else None

    @cached_property
    def identity(self) -> str:
        """The commit on the hub, or else a hash over the weights and all that decides replies with them; of a merged checkpoint
        what it was merged from."""
        if self.merged_from is not None:
            return f"merged:{self.merged_from}"
        if self.commit is not None:
            return self.commit[:HASH_LENGTH]
        beside = [self.folder / name for name in _DECIDING_FILES]
        return fingerprint([*self.weight_files, *(file for file in beside if file.is_file())])


def find_checkpoint(options: LocalOptions) -> Checkpoint:
    """The checkpoint that the options name; fetched from the hub, or from its local cache, if they name no folder.

    Raises:
        InputError: There is no such model, it cannot be had, or its weights are pickled and that was not allowed.
    """
    folder = Path(options.model).expanduser()
    if folder.is_dir():
        return _checkpoint_in(folder.resolve(), folder.resolve().name, options)
    if folder.exists():
        raise InputError(f"'{options.model}' is a file; name the folder of the checkpoint", field=MODEL_FIELD)
    fetched = _fetch(options)
    return _checkpoint_in(fetched, options.model.rpartition("/")[2], options, commit=fetched.name)


def _checkpoint_in(folder: Path, name: str, options: LocalOptions, commit: str | None = None) -> Checkpoint:
    if not (folder / "config.json").is_file():
        hint = ""
        if (folder / "adapter_config.json").is_file():
            hint = "; this is an adapter: name its base as the model, and this folder as the `adapter` on it"
        raise InputError(f"holds no config.json, so it is no model{hint}", file=folder, field=MODEL_FIELD)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickled = sorted(folder.glob("*.bin"))
        if not pickled:
            raise InputError("holds no weights (*.safetensors)", file=folder, field=MODEL_FIELD)
        if not options.allow_pickle:
            raise InputError(
                f"has its weights in '{pickled[0].name}', a pickled file, which can run code when it is loaded; save them as "
                "safetensors, or set `allow_pickle: true` under the engine's options if you trust them",
                file=folder,
                field=MODEL_FIELD,
            )
        weights = pickled
    return Checkpoint(folder, name, tuple(weights), commit)


def _fetch(options: LocalOptions) -> Path:
    """The folder of a hub model's snapshot."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - comes with the engines only
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415

    patterns = [*BESIDE_WEIGHTS, "*.safetensors"]
    patterns += ["*.bin"] if options.allow_pickle else []
    patterns += ["*.py"] if options.trust_remote_code else []
    try:
        return Path(snapshot_download(options.model, revision=options.revision, allow_patterns=patterns))
    except HFValidationError:
        raise InputError(f"there is no folder '{options.model}'", field=MODEL_FIELD) from None
    except (HfHubHTTPError, OSError) as error:
        raise InputError(
            f"there is no folder '{options.model}', and it cannot be had from the Hugging Face hub or its local cache "
            f"({first_line(error)})",
            field=MODEL_FIELD,
        ) from None


def first_line(error: BaseException) -> str:
    """What a library's error says in its first line, fit to be quoted in a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].strip().rstrip(".:")


def module_shapes(checkpoint: Checkpoint, *, trust_remote_code: bool) -> ModuleShapes:
    """Weight shapes of the base's linear and embedding modules, named as in memory; no weights are read.

    Raises:
        InputError: transformers does not know the architecture.
    """
    import torch  # noqa: PLC0415 - heavy
    from transformers import AutoConfig, AutoModelForCausalLM  # noqa: PLC0415
    from transformers.pytorch_utils import Conv1D  # noqa: PLC0415

    try:
        config = AutoConfig.from_pretrained(checkpoint.folder, trust_remote_code=trust_remote_code)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code)
    except (ValueError, KeyError, OSError, ImportError) as error:
        raise InputError(f"cannot be loaded: {first_line(error)}", file=checkpoint.folder, field=MODEL_FIELD) from None
    shapes: dict[str, tuple[int, int]] = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            shapes[name] = (module.out_features, module.in_features)
        elif isinstance(module, Conv1D):  # keeps its weight the other way round
            shapes[name] = (module.weight.shape[1], module.weight.shape[0])
        elif isinstance(module, torch.nn.Embedding):
            shapes[name] = (module.embedding_dim, module.num_embeddings)
    return shapes
