"""The commented files that `rejoinder init` writes."""

from __future__ import annotations

from pathlib import Path

from harness.run_folder import writing
from suites.userfile import InputError

_FOLDER = Path(__file__).parent
_FILES = {"spec": ("eval.yaml",), "rubric": ("rubric.yaml",), "suite": ("suite.yaml", "held_out.jsonl")}


def write_starter(what: str, path: Path | None) -> list[Path]:
    """Write the file or files to begin with.

    Args:
        what: `spec`, `rubric` or `suite`.
        path: The file to write; for a suite, the folder. A name in the working directory if not given.

    Raises:
        InputError: A file of that name is there already, or the folder cannot be written.
    """
    names = _FILES[what]
    folder = (path or Path("suite")) if what == "suite" else None
    targets = [folder / name for name in names] if folder else [path or Path(names[0])]
    for target in targets:
        if target.exists():
            raise InputError("is there already; name another file, nothing was overwritten", file=target)
    for name, target in zip(names, targets, strict=True):
        with writing(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((_FOLDER / name).read_bytes())
    return targets
