"""Which models a server says that it serves, and whether a name is among them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.engines.endpoint.chat_answers import UnusableAnswer

MAX_LISTED = 20


class ServedModel(BaseModel):
    """One entry of the answer of `/models`; `root` and `parent` are vLLM's.

    Source: https://platform.openai.com/docs/api-reference/models/object.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    root: str | None = None
    """What the name stands for: a hub name or folder."""
    parent: str | None = None
    """The base, where the model is an adapter on it."""

    def is_called(self, name: str) -> bool:
        """Whether a request for `name` gets this model: some servers list a prefix or a tag that need not be given."""
        return name in (self.id, self.id.removeprefix("models/"), self.id.removesuffix(":latest"))


def served_models(data: Any) -> tuple[ServedModel, ...]:
    """Read the answer of `/models`, decoded from JSON: an object with `data`, or a plain list as a few servers send it.

    Raises:
        UnusableAnswer: It is something else.
    """
    entries = data.get("data") if isinstance(data, dict) else data
    try:
        if isinstance(entries, list):
            return tuple(ServedModel.model_validate(entry) for entry in entries)
    except ValidationError:
        pass
    raise UnusableAnswer("answered with something that is not a list of models", worth_retrying=False)


def not_served(name: str, served: Sequence[ServedModel]) -> str:
    """A sentence on a name that is not served, with those that are, the most similar ones first."""
    names = [model.id for model in served]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    listed = [*near, *(other for other in names if other not in near)]
    more = f" and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else ""
    return f"serves no model '{name}'; it serves {', '.join(listed[:MAX_LISTED]) or 'none'}{more}"
