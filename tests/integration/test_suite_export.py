"""The export for TRL, read by the library that TRL reads it with."""

from __future__ import annotations

from pathlib import Path

import pytest

from suites.exchange.exporting import export_file
from suites.loading import load_suite


def test_the_datasets_library_reads_the_export_as_conversations(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    suite = load_suite("coffee_orders")
    file = tmp_path / "sft.jsonl"
    count = export_file(suite, "train", "trl", file)
    table = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    assert table.column_names == ["messages"]
    assert len(table) == count
    for row, dialogue in zip(table, suite.dialogues("train"), strict=True):
        assert [message["content"] for message in row["messages"][1:]] == [m.content for m in dialogue.messages]
        assert set(row["messages"][0]) == {"role", "content"}
