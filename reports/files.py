"""Writing files of a run folder whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.errors import ReportError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path to write to; what is there takes the place of `path` when all went well.

    Raises:
        ReportError: It cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise ReportError(f"cannot be written ({error.strerror}); give write access or make room", file=path) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 with plain line ends.

    Raises:
        ReportError: It cannot be written.
    """
    with written_whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
    return path
