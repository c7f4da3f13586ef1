"""What `rejoinder doctor` looks at: what is installed here, what works with it, and how to get what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterator
from typing import Literal, NamedTuple

from harness import environment


class Diagnosis(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    """What was found, or what to do."""


_INSTALL = {
    "transformers": "pip install 'rejoinder[transformers]'",
    "peft": "pip install 'rejoinder[transformers]'",
    "torch": "pip install 'rejoinder[transformers]'",
    "vllm": "with a GPU: pip install 'rejoinder[vllm]'; without: make vllm in the project's folder",
    "evaluate": "pip install 'rejoinder[evaluate]'",
}


def diagnoses() -> Iterator[Diagnosis]:
    """Look at everything, one after another."""
    from harness.metrics.wordnet import wordnet_status  # noqa: PLC0415

    yield Diagnosis("python", "ok", platform.python_version())
    for module, how in _INSTALL.items():
        yield _module(module, how)
    yield _device()
    wordnet = wordnet_status()
    if wordnet.place:
        yield Diagnosis("WordNet for METEOR", "ok", f"{wordnet.version} in {wordnet.place}")
    else:
        yield Diagnosis("WordNet for METEOR", "missing", wordnet.advice)


def _module(module: str, how: str) -> Diagnosis:
    if not environment.is_installed(module):
        return Diagnosis(module, "missing", how)
    for distribution in (module, f"{module}-cpu"):
        try:
            return Diagnosis(module, "ok", f"{distribution} {importlib.metadata.version(distribution)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return Diagnosis(module, "broken", f"the module is there but no distribution of that name; {how}")


def _device() -> Diagnosis:
    if not environment.is_installed("torch"):
        return Diagnosis("device", "missing", "without torch only the engines `openai` and `recorded` work")
    try:
        import torch  # noqa: PLC0415 - heavy
    except (ImportError, OSError, RuntimeError) as error:
        return Diagnosis("device", "broken", f"torch cannot be imported ({error}); install it anew")
    if torch.cuda.is_available():
        return Diagnosis("device", "ok", f"CUDA, {torch.cuda.get_device_name(0)}")
    return Diagnosis("device", "ok", f"CPU, {torch.get_num_threads()} threads; `engine.kind: auto` means transformers")
