"""Whether a judge is of one family with a model that it judges, as far as their names and weights tell."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NO_FAMILY = {"checkpoint", "model", "merged", "final", "base", "judge", "output", "adapter"}
"""What folders of models are called."""

_FIRST_WORD = re.compile(r"[^\W\d_]+")


def family_of(name: str) -> str:
    """The family that a model's name begins with: `qwen` for `Qwen/Qwen2.5-7B-Instruct@9f31c0de+order_taker`; else empty."""
    found = _FIRST_WORD.search(name.rstrip("/").rpartition("/")[2])
    word = found[0].casefold() if found else ""
    return "" if word in _NO_FAMILY else word


def kin_of(judge: str, models: Mapping[str, str]) -> list[str]:
    """The candidates whose models are of the judge's family: judges tend to like what they would have said themselves.

    Args:
        judge: The judge model's name.
        models: Name of a candidate to that of its model.
    """
    family = family_of(judge)
    return [candidate for candidate, model in models.items() if family and family_of(model) == family]
