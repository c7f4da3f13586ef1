"""The same as `benchmarks.persona` on public chats, as it comes out.

No person comes back in them: every chat has two personas of its own. So the two sides stand for two persons, whoever wrote the
assistant's and whoever wrote the user's, and nobody knows how much they differ.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figures import Figure
from benchmarks.persona import figures_of, found_on
from benchmarks.rated_replies import DATA
from suites.checking import leaks_of
from suites.loading import load_suite

DIALOGUES = 36
TRAINED_ON = 18
SIDES = ("assistant", "user")


def run() -> list[Figure]:
    """Make a suite of the chats, train, run and read the findings; nothing where the test data is not there."""
    if not (DATA / "persona_chat.jsonl").exists():
        return []
    with tempfile.TemporaryDirectory() as name:
        suite = write_two_sides(Path(name) / "suite")
        return list(figures_of("public chats", found_on(Path(name) / "chats", str(suite)), must_hold=False))


def write_two_sides(folder: Path) -> Path:
    """Write the suite; the sides take turns, dialogue by dialogue, and the user's is told with the roles swapped.

    Returns:
        The header.
    """
    folder.mkdir()
    with (DATA / "persona_chat.jsonl").open(encoding="utf-8") as lines:
        chats = [json.loads(line) for line, _ in zip(lines, range(DIALOGUES), strict=False)]
    dialogues = [_dialogue(chat, SIDES[number % 2]) for number, chat in enumerate(chats)]
    for half, part in {"train": dialogues[:TRAINED_ON], "held_out": dialogues[TRAINED_ON:]}.items():
        text = "".join(json.dumps(dialogue, ensure_ascii=False) + "\n" for dialogue in part)
        (folder / f"{half}.jsonl").write_text(text, encoding="utf-8")
    header = {
        "name": "two_sides",
        "language": "en",
        "targets": "all",
        "train": "train.jsonl",
        "held_out": "held_out.jsonl",
        "personas": {side: {"name": side, "description": f"The {side}'s side of the chats."} for side in SIDES},
    }
    (folder / "suite.yaml").write_text(yaml.safe_dump(header), encoding="utf-8")
    _drop_leaks(folder)
    return folder / "suite.yaml"


def _drop_leaks(folder: Path) -> None:
    """Take the held-out chats out that hold a reply of the training half: people say the same of themselves more than once."""
    leaky = {leak.line for leak in leaks_of(load_suite(str(folder / "suite.yaml"))) if leak.severity == "error"}
    held_out = folder / "held_out.jsonl"
    lines = held_out.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for number, line in enumerate(lines, start=1) if number not in leaky]
    held_out.write_text("".join(kept), encoding="utf-8")


def _dialogue(chat: dict[str, Any], side: str) -> dict[str, Any]:
    return {"id": chat["id"], "persona": side, "messages": list(_messages(chat["turns"], side))}


def _messages(turns: list[dict[str, str]], side: str) -> Iterator[dict[str, str]]:
    """From the first turn of the other side to the last of this one."""
    speaking = [turn["role"] == side for turn in turns]
    begin, end = speaking.index(False), len(turns) - speaking[::-1].index(True)
    for turn in turns[begin:end]:
        yield {"role": "assistant" if turn["role"] == side else "user", "content": turn["content"]}
