"""What docs/suites.md shows and counts is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from made_suites import make_suite

from suites.cases import cases_of
from suites.checking import check_suite
from suites.dialogue import Dialogue, Expectation, Message, Persona, SuiteHeader, Target
from suites.loading import builtin_names, load_suite
from suites.summary import summarise

PAGE = (Path(__file__).parents[2] / "docs" / "suites.md").read_text(encoding="utf-8")


def _block(language: str, holding: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return next(block for block in blocks if holding in block)


def _table(heading: str) -> list[dict[str, str]]:
    """The rows of the table whose head holds `heading`, by column."""
    lines = PAGE.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|") and heading in line)
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    head, _, *body = rows
    return [dict(zip(head, row, strict=True)) for row in body]


def test_the_example_is_a_suite_without_fault(tmp_path: Path) -> None:
    header = yaml.safe_load(_block("yaml", "name: tea_room"))
    assert header.pop("held_out") == "held_out.jsonl"
    suite = make_suite(tmp_path, [json.loads(_block("json", "tea-001"))], **header)
    assert [str(finding) for finding in check_suite(suite)] == []
    assert [case.id for case in cases_of(suite)] == ["tea-001#1", "tea-001#3"]


def test_every_field_is_described() -> None:
    for record in (SuiteHeader, Persona, Dialogue, Message, Target, Expectation):
        for name, field in record.model_fields.items():
            assert f"`{field.alias or name}`" in PAGE, (record.__name__, name)


def test_the_counts_of_the_built_in_suites_are_right() -> None:
    acts, tags = _table("| references | clarify"), _table("missing_information | forgotten_item")
    assert [(row["suite"], row["half"]) for row in acts] == [(row["suite"], row["half"]) for row in tags]
    assert {row["suite"] for row in acts} == set(builtin_names())
    for act_row, tag_row in zip(acts, tags, strict=True):
        half = getattr(summarise(load_suite(act_row["suite"])), act_row["half"])
        counts = {"dialogues": half.dialogues, "targets": half.targets, "references": half.references, **half.acts}
        assert {name: str(count) for name, count in counts.items()} == {
            name: act_row[name] for name in act_row if name not in ("suite", "half")
        }
        assert {name: str(count) for name, count in half.tags.items()} == {
            name: tag_row[name] for name in tag_row if name not in ("suite", "half")
        }
