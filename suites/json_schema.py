"""JSON Schemas of the files that a suite is made of, so that editors complete and check them while they are written."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from suites.dialogue import Dialogue, SuiteHeader

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schemas() -> dict[str, dict[str, Any]]:
    """The schemas by name: `suite` of a suite's header, `dialogue` of one line of a half."""
    return {
        "suite": json_schema_of(SuiteHeader, "suite", title="Header of a Rejoinder suite"),
        "dialogue": json_schema_of(Dialogue, "dialogue", title="Dialogue of a Rejoinder suite"),
    }


def json_schema_of(model: type[BaseModel], name: str, *, title: str) -> dict[str, Any]:
    """The schema (draft 2020-12) of a file that holds a `model`.

    Args:
        model: A record; the docstrings of its fields become descriptions if it is a `UserWritten` one.
        name: Goes into the schema's `$id`, `urn:rejoinder:schema:<name>:1`.
        title: What editors call the file.
    """
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": DIALECT, "$id": f"urn:rejoinder:schema:{name}:1", **schema, "title": title}
