"""Blessed runs: named, found again, and never mistaken for another run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from report_run_folder import manifest, run_of_values

from reports.blessed import bless, blessed_run, read_blessed
from reports.errors import ReportError

DIALOGUES = [f"d{i}" for i in range(6)]


def a_run(folder: Path, suite: str = "coffee_orders", **changes: object) -> Path:
    data = manifest(["base"], **changes)
    data["suite"]["name"] = suite
    return run_of_values(folder, {"base": [1.0] * 6}, DIALOGUES, manifest_data=data)


def test_a_blessed_run_is_found_from_the_file_wherever_the_project_lies(tmp_path: Path) -> None:
    run = a_run(tmp_path / "project" / "runs" / "first")
    file = tmp_path / "project" / "baselines.json"
    bless(run, file)
    assert json.loads(file.read_text())["suites"]["coffee_orders"]["path"] == "runs/first"
    shutil.move(tmp_path / "project", tmp_path / "elsewhere")
    found = blessed_run("coffee_orders", tmp_path / "elsewhere" / "baselines.json")
    assert found.resolve() == (tmp_path / "elsewhere" / "runs" / "first").resolve()


def test_each_suite_keeps_its_own_and_a_new_one_replaces_the_old(tmp_path: Path) -> None:
    file = tmp_path / "baselines.json"
    for folder, suite in (("b", "tea"), ("a", "coffee_orders"), ("c", "tea")):
        bless(a_run(tmp_path / folder, suite), file)
    assert {suite: run.path for suite, run in read_blessed(file).suites.items()} == {"coffee_orders": "a", "tea": "c"}
    assert list(json.loads(file.read_text())["suites"]) == ["coffee_orders", "tea"], "sorted, so that merges stay small"


def test_another_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "baselines.json"
    bless(a_run(tmp_path / "run"), file)
    a_run(tmp_path / "run", started="2026-11-25T09:00:00+00:00")
    with pytest.raises(ReportError, match=r"2026-11-21T22:04:11.*but it holds.*2026-11-25T09:00:00"):
        blessed_run("coffee_orders", file)


def test_what_cannot_be_blessed_or_found_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "baselines.json"
    with pytest.raises(ReportError, match="is missing; name a blessed run with `rejoinder baseline set RUN`"):
        blessed_run("coffee_orders", file)
    with pytest.raises(ReportError, match="is incomplete and cannot be blessed"):
        bless(a_run(tmp_path / "half", status="incomplete", finished=None), file)
    assert not file.exists()
    bless(a_run(tmp_path / "run"), file)
    with pytest.raises(ReportError, match="did you mean 'coffee_orders'"):
        blessed_run("coffee_order", file)
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(ReportError, match="where there is none; bring it there or bless another"):
        blessed_run("coffee_orders", file)
    file.write_text("{")
    with pytest.raises(ReportError, match="is no file of blessed runs"):
        read_blessed(file)
    file.write_text('{"schema": 2, "suites": {}}')
    with pytest.raises(ReportError, match="schema"):
        read_blessed(file)
