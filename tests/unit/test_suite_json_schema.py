"""The JSON Schemas accept what Rejoinder reads, and refuse what it refuses."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml
from made_suites import dialogue, target, turn

from suites.json_schema import json_schemas
from suites.loading import builtin_names, load_suite

SCHEMAS = json_schemas()


def errors(name: str, data: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMAS[name]).iter_errors(data)]


def _properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every property of a schema and its definitions, by `Record.field`."""
    records = {"": schema, **schema.get("$defs", {})}
    return {f"{n}.{field}": p for n, record in records.items() for field, p in record.get("properties", {}).items()}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_explains_every_field(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:rejoinder:schema:{name}:1"
    assert [field for field, p in _properties(schema).items() if not p.get("description")] == []


@pytest.mark.parametrize("name", builtin_names())
def test_the_built_in_suites_fit(name: str) -> None:
    suite = load_suite(name)
    assert errors("suite", yaml.safe_load(suite.path.read_text(encoding="utf-8"))) == []
    for half in ("held_out", "train"):
        for line in suite.file_of(half).read_text(encoding="utf-8").splitlines():
            assert errors("dialogue", json.loads(line)) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("suite", {"held_out": "h.jsonl"}),
        ("suite", {"name": "s", "held_out": "h.jsonl", "lang": "en"}),
        ("suite", {"name": "my suite", "held_out": "h.jsonl"}),
        ("suite", {"name": "s", "held_out": "h.jsonl", "language": "English"}),
        ("suite", {"name": "s", "held_out": "h.jsonl", "schema": 2}),
        ("dialogue", dialogue("d")),
        ("dialogue", dialogue(" ", turn("user", "Hi"))),
        ("dialogue", dialogue("d", turn("human", "Hi"))),
        ("dialogue", dialogue("d", target("Hi", act="ask"))),
        ("dialogue", dialogue("d", target("Hi", must_mention=[[]]))),
        ("dialogue", dialogue("d", target("Hi", order=[{"item": "latte", "quantity": 0}]))),
    ],
)
def test_what_is_wrong_does_not_fit(name: str, data: Any) -> None:
    assert errors(name, data)
