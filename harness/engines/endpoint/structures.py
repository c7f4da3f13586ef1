"""Asking an endpoint to hold its reply to a structure: the fields of the request that say so."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput

OTHER_READOUTS = (
    "it may not be able to hold a reply to this structure: set the rubric's readout to sampled_label, "
    "label_probabilities or free_text"
)


def structure_fields(structure: StructuredOutput | None) -> dict[str, Any]:
    """The fields, by their names in the request; none where there is no structure.

    JSON is asked for as the protocol has it (https://platform.openai.com/docs/guides/structured-outputs); the protocol has
    nothing for choices and regular expressions, so these are asked for as vLLM's server takes them.
    """
    match structure:
        case JsonOutput(schema):
            form = {"name": "answer", "schema": dict(schema), "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case ChoiceOutput(options):
            return {"structured_outputs": {"choice": list(options)}}
        case RegexOutput(pattern):
            return {"structured_outputs": {"regex": pattern}}
        case None:
            return {}


def asks_for_structure(fields: Collection[str]) -> bool:
    """Whether a request with fields of these names asks for a structure."""
    return "response_format" in fields or "structured_outputs" in fields
