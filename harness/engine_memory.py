"""Whether two engines can be loaded on this machine at the same time."""

from __future__ import annotations

from pathlib import Path

from harness.engines.selection import LOCAL_KINDS
from harness.spec import EngineSpec

GPU_SHARE = "gpu_memory_utilization"
"""vLLM's argument for the share of a GPU's memory that an engine takes; it takes nearly all where it is not set."""
LARGEST_SHARE_OF_BOTH = 0.95
CACHE_BYTES = 3 * 1024**3
"""What an engine on a CPU takes beside its weights: key-value cache, code, activations."""
WEIGHTS_FACTOR = 1.2
"""Memory for the weights over their size on disk, while they are being loaded."""

KindAndSpec = tuple[str, EngineSpec]


def fit_together(first: KindAndSpec, second: KindAndSpec) -> bool:
    """Whether both engines find room, as far as that can be told without loading them.

    Engines that load no model always do. On a GPU both have to say by `gpu_memory_utilization` how they share it. On a CPU the
    sizes of the checkpoints are compared with the memory that is free.
    """
    if not all(kind in LOCAL_KINDS for kind, _ in (first, second)):
        return True
    import torch  # noqa: PLC0415 - heavy, and both engines need it anyway

    if torch.cuda.is_available():
        shares = [
            share for _, spec in (first, second) if isinstance(share := spec.options.get(GPU_SHARE), (int, float))
        ]
        return len(shares) == 2 and sum(shares) <= LARGEST_SHARE_OF_BOTH
    sizes = [_bytes_on_disk(spec.model) for _, spec in (first, second)]
    if None in sizes:
        return False
    return sum(size * WEIGHTS_FACTOR + CACHE_BYTES for size in sizes if size is not None) <= _free_bytes()


def _bytes_on_disk(model: str | None) -> int | None:
    """Size of the weights in a folder; None for a name on the hub, which need not be here yet."""
    folder = Path(model or "").expanduser()
    if model is None or not folder.is_dir():
        return None
    return sum(file.stat().st_size for pattern in ("*.safetensors", "*.bin") for file in folder.glob(pattern))


def _free_bytes() -> int:
    import psutil  # noqa: PLC0415 - comes with both local engines

    return int(psutil.virtual_memory().available)
