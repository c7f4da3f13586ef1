"""What a judge needs of a model. Whoever runs models fits this Protocol; the judges never see an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from judges.structured_output import StructuredOutput


class JudgeModelError(Exception):
    """The model could not answer this prompt. The verdict gets the status `error` with this text as its reason."""


class UnservedReadoutError(JudgeModelError):
    """The model cannot be asked in this way, whatever the prompt; another readout may work."""


@runtime_checkable
class NamesSpecialTokens(Protocol):
    """A judge model that knows its tokenizer's special tokens, so that they can be broken in what it judges."""

    @property
    def special_tokens(self) -> frozenset[str]:
        """All texts that the tokenizer takes for one token with a meaning of its own."""
        ...


class JudgeModel(Protocol):
    """A model that can be asked for a verdict."""

    @property
    def identity(self) -> str:
        """Name and short hash of the model, for signatures: `SmolLM2-135M-Instruct@9f31c0de`."""
        ...

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        """The model's answer to a chat prompt, held to `structure` if one is given: with temperature 0 the likeliest, else
        one drawn by `seed`.

        Raises:
            JudgeModelError: The prompt could not be answered, or the model cannot be held to this structure.
        """
        ...

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        """Natural log-probability of each label's first token as the first token of the answer.

        Labels that the model cannot tell get minus infinity.

        Raises:
            UnservedReadoutError: The model gives no log-probabilities, or two labels begin with the same of its tokens.
            JudgeModelError: The prompt could not be answered.
        """
        ...
