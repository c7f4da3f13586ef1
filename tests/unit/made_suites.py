"""Suites made for one test."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from suites.loading import Suite, load_suite


def turn(role: str, content: str = "", **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **fields}


def dialogue(name: str, *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": name, "messages": list(messages), **fields}


def target(content: str, *references: str, **expectation: Any) -> dict[str, Any]:
    return turn("assistant", content, target={"references": list(references), "expectation": expectation})


def write_jsonl(file: Path, lines: Iterable[Any]) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


def make_suite(folder: Path, held_out: Iterable[Any], train: Iterable[Any] | None = None, **header: Any) -> Suite:
    """A suite of dialogues given as objects, or as the text of their lines."""
    fields = {"name": "made", "held_out": "held_out.jsonl", **header}
    write_jsonl(folder / "held_out.jsonl", held_out)
    if train is not None:
        fields["train"] = "train.jsonl"
        write_jsonl(folder / "train.jsonl", train)
    (folder / "suite.yaml").write_text(yaml.safe_dump(fields), encoding="utf-8")
    return load_suite(folder)
