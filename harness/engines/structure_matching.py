"""Holding what a local model writes to a structure, token by token, with llguidance. vLLM does so by itself."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Protocol

from harness.engines.checkpoints import first_line
from harness.engines.engine import RequestError
from harness.environment import is_installed
from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput

_OTHER_READOUTS = "set the rubric's readout to sampled_label, label_probabilities or free_text"

_JSON_LAYOUT: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""On one line, as `json.dumps` writes it: a small model may go on with white space for ever."""


class StructureMatcher(Protocol):
    """What may be written next, by one text that is held to a structure. Fits llguidance's `LLMatcher`."""

    def compute_logit_bias(self) -> bytes:
        """One byte a token of the vocabulary: 0 where it must not come next."""
        ...

    def consume_token(self, token: int, /) -> bool:
        """Take in the token that was written."""
        ...


class StructureMatchers:
    """Begins matchers for texts in the tokens of one tokenizer."""

    def __init__(self, tokenizer: Any, end_tokens: Collection[int]) -> None:
        """Read the vocabulary; takes a second.

        Args:
            tokenizer: A fast tokenizer of transformers.
            end_tokens: The tokens that end a text, allowed where the structure is complete.

        Raises:
            RequestError: llguidance is not installed, or cannot read this kind of tokenizer.
        """
        if not is_installed("llguidance"):
            raise RequestError(
                f"holding replies to a structure needs llguidance: pip install llguidance, or {_OTHER_READOUTS}"
            )
        import llguidance.hf  # noqa: PLC0415 - needed for structures only

        try:
            self._tokenizer = llguidance.hf.from_tokenizer(tokenizer, eos_token=sorted(end_tokens) or None)
        except ValueError as error:
            raise RequestError(
                f"this model's tokenizer cannot be held to a structure ({error}); {_OTHER_READOUTS}"
            ) from error

    def begin(self, structure: StructuredOutput) -> StructureMatcher:
        """A matcher for one text.

        Raises:
            RequestError: llguidance cannot hold a text to this structure.
        """
        from llguidance import LLMatcher  # noqa: PLC0415 - as above

        try:
            grammar = _grammar(structure)
            if problem := LLMatcher.validate_grammar(grammar, self._tokenizer):
                raise ValueError(problem)
        except ValueError as error:
            raise RequestError(
                f"a reply cannot be held to this structure ({first_line(error)}); {_OTHER_READOUTS}"
            ) from error
        matcher: StructureMatcher = LLMatcher(self._tokenizer, grammar)
        return matcher


def _grammar(structure: StructuredOutput) -> str:
    from llguidance import LLMatcher  # noqa: PLC0415 - as above

    match structure:
        case JsonOutput(schema):
            return str(LLMatcher.grammar_from_json_schema(dict(schema), overrides=_JSON_LAYOUT))
        case ChoiceOutput(options):
            choices = " | ".join(json.dumps(option, ensure_ascii=False) for option in options)
            return str(LLMatcher.grammar_from_lark(f"start: {choices}"))
        case RegexOutput(pattern):
            return str(LLMatcher.grammar_from_regex(pattern))
