"""Makes run folders for tests of the reports: exact small ones from rows, and very large ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reports.tables import CASES, REPLIES, RESULTS

Row = Mapping[str, Any]


def manifest(candidates: Sequence[str] = ("base", "june"), **changes: Any) -> dict[str, Any]:
    """A manifest as the harness writes it, with some fields changed."""
    return {
        "schema": 1,
        "run": "2026-11-21T22-04-coffee",
        "suite": {
            "name": "coffee_orders",
            "version": "1",
            "language": "en",
            "hash": "9f31c0de" * 8,
            "path": "suites/builtin/coffee_orders/suite.yaml",
        },
        "candidates": {name: {"settings": {}} for name in candidates},
        "baseline": candidates[0],
        "started": "2026-11-21T22:04:11+00:00",
        "finished": "2026-11-21T22:09:48+00:00",
        "status": "complete",
        "signature": "suite:coffee_orders@1:9f31c0de|engine:vllm 0.32.0|temp:0|seeds:0|v:0.1.0",
        "versions": {"rejoinder": "0.1.0", "vllm": "0.32.0", "torch": "2.13.0"},
        "hardware": "2 × Intel Xeon, 24 GiB",
        "git_commit": "0e28a2cc574826137db89d7c0654d20783f4a264",
        "seeds": [0],
        "spec": {"suite": "coffee_orders"},
        **changes,
    }


def measure(name: str, **changes: Any) -> dict[str, Any]:
    """One object of `measures.json`."""
    return {
        "name": name,
        "title": name,
        "description": f"What {name} means.",
        "kind": "judge",
        "scale": [0.0, 1.0],
        "higher_is_better": True,
        "signature": f"{name}|v:0.1.0",
        "corpus": {},
        **changes,
    }


def case(case_id: str, **changes: Any) -> dict[str, Any]:
    """One row of `cases.parquet`; the dialogue is what stands before the `#`."""
    return {
        "case_id": case_id,
        "dialogue_id": case_id.partition("#")[0],
        "turn": 1,
        "language": "en",
        "tags": [],
        "act": None,
        "context_characters": len("A latte, please."),
        "messages": json.dumps([{"role": "user", "content": "A latte, please."}]),
        "references": ["Small, medium or large?"],
        "expectation": "{}",
        **changes,
    }


def result(case_id: str, candidate: str, measure: str, value: float | None, **changes: Any) -> dict[str, Any]:
    """One row of `results.parquet`."""
    return {
        "case_id": case_id,
        "dialogue_id": case_id.partition("#")[0],
        "candidate": candidate,
        "seed": 0,
        "measure": measure,
        "status": "ok" if value is not None else "error",
        "value": value,
        "label": None,
        "reason": None,
        "statistics": None,
        **changes,
    }


def reply(case_id: str, candidate: str, text: str | None, **changes: Any) -> dict[str, Any]:
    """One row of `replies.parquet`."""
    return {
        "case_id": case_id,
        "candidate": candidate,
        "seed": 0,
        "status": "ok" if text is not None else "error",
        "text": text,
        "error": None if text is not None else "context too long",
        "finish_reason": "stop",
        "reasoning": None,
        "prompt_tokens": 210,
        "completion_tokens": 14,
        "latency_s": 0.41,
        **changes,
    }


def write_run(
    folder: Path,
    *,
    measures: Iterable[Row],
    cases: Iterable[Row],
    results: Iterable[Row],
    replies: Iterable[Row] = (),
    manifest_data: Row | None = None,
) -> Path:
    """Write a whole run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest_data or manifest()), encoding="utf-8")
    (folder / "measures.json").write_text(json.dumps(list(measures)), encoding="utf-8")
    write_table(folder / "cases.parquet", CASES, cases)
    write_table(folder / "results.parquet", RESULTS, results)
    write_table(folder / "replies.parquet", REPLIES, replies)
    return folder


def write_table(path: Path, schema: pa.Schema, rows: Iterable[Row], rows_a_group: int = 1_000) -> None:
    """Write rows in several row groups, as a run does."""
    listed = list(rows)
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, max(1, len(listed)), rows_a_group):
            writer.write_table(
                pa.Table.from_pylist([dict(row) for row in listed[start : start + rows_a_group]], schema)
            )


def run_of_values(
    folder: Path, values: Mapping[str, Sequence[float | None]], dialogues: Sequence[str], **changes: Any
) -> Path:
    """A run with one measure "quality": the values of each candidate on cases of the given dialogues."""
    ids = [f"{dialogue}#{position}" for position, dialogue in enumerate(dialogues)]
    rows = [
        result(case_id, name, "quality", value)
        for name, own in values.items()
        for case_id, value in zip(ids, own, strict=True)
    ]
    changes = {
        "measures": [measure("quality")],
        "cases": [case(case_id) for case_id in ids],
        "replies": [reply(case_id, name, "Any text.") for name in values for case_id in ids],
        "manifest_data": manifest(list(values)),
        **changes,
    }
    return write_run(folder, results=rows, **changes)
