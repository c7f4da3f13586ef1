"""Forms that a judge model's answer can be held to while it is generated, where the engine can do so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ChoiceOutput:
    """The answer is one of a few texts."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """The answer is a JSON value that fits a JSON Schema."""

    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RegexOutput:
    """The whole answer fits a regular expression (of the common kind: no look-around, no references back)."""

    pattern: str


StructuredOutput = ChoiceOutput | JsonOutput | RegexOutput
