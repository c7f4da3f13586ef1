"""What a served model takes in a request, learnt from what its server refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.engines.endpoint.faults import Fault

FEW_TOP_LOGPROBS = 5


@dataclass(slots=True)
class ModelAbilities:
    """Begins with all that the protocol allows; each refusal takes something away for the rest of the run."""

    refused: set[str] = field(default_factory=set)
    """Fields that the model takes in no form."""
    length_field: str = "max_tokens"
    """OpenAI's reasoning models want `max_completion_tokens`; many other servers know `max_tokens` only."""
    top_logprobs: int = 20
    """How many of the likeliest tokens can be asked for at a position."""

    @property
    def gives_logprobs(self) -> bool:
        """Whether it has not refused to."""
        return "logprobs" not in self.refused

    def fit(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """A request's fields as the model takes them."""
        fitted = {name: value for name, value in fields.items() if name not in self.refused}
        if "max_tokens" in fitted:
            fitted[self.length_field] = fitted.pop("max_tokens")
        if "top_logprobs" in fitted:
            fitted["top_logprobs"] = min(fitted["top_logprobs"], self.top_logprobs)
        return fitted

    def learn(self, fault: Fault, sent: Mapping[str, Any]) -> bool:
        """Take in a refusal of the fields that were sent.

        Returns:
            Whether the same thing can be asked again in another form.
        """
        if "max_tokens" in sent and fault.refuses("max_completion_tokens"):
            self.length_field = "max_completion_tokens"
            return True
        if "logprobs" not in sent or not fault.refuses("logprobs"):
            return False
        if sent.get("top_logprobs", 0) > FEW_TOP_LOGPROBS:
            self.top_logprobs = FEW_TOP_LOGPROBS
            return True
        self.refused.add("logprobs")
        return "top_logprobs" not in sent
