"""JSON Schemas of every kind of file that users write, so that editors complete and check them."""

from __future__ import annotations

from typing import Any, Literal

from harness.spec import Spec
from judges.people.label_line import labels_json_schema
from judges.rubrics.rubric import rubric_json_schema
from suites.json_schema import json_schema_of, json_schemas

Kind = Literal["spec", "suite", "dialogue", "rubric", "labels"]


def json_schema_of_kind(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a kind of file."""
    match kind:
        case "spec":
            return json_schema_of(Spec, "spec", title="Rejoinder spec")
        case "rubric":
            return rubric_json_schema()
        case "labels":
            return labels_json_schema()
        case _:
            return json_schemas()[kind]
