"""The transcripts that tests read, and reading them as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from suites.exchange.importing import import_dialogues
from suites.exchange.reading import ReadingOptions

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def dialogues(format_name: str, path: Path, **options: Any) -> list[dict[str, Any]]:
    """The dialogues of a file as they would be written."""
    found = import_dialogues(format_name, path, ReadingOptions(**options))
    return [dialogue.model_dump(mode="json", exclude_defaults=True) for dialogue in found]


def said(dialogue: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn["role"], turn["content"]) for turn in dialogue["messages"]]


def targets(dialogue: dict[str, Any]) -> list[int]:
    """Which turns are targets."""
    return [number for number, turn in enumerate(dialogue["messages"]) if "target" in turn]
