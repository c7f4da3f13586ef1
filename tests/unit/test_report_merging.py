"""Several runs as one: who is compared with whom, and which runs do not fit together."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_run_folder import case, manifest, measure, result, run_of_values, write_run

from reports.comparison import compare
from reports.errors import ReportError
from reports.merging import read_merged
from reports.scores import scores_of

TWELVE = [f"d{i}" for i in range(12)]


def test_candidates_of_different_runs_are_compared_case_by_case(tmp_path: Path) -> None:
    first = run_of_values(
        tmp_path / "1", {"base": [0.1 * i for i in range(12)]}, TWELVE, manifest_data=manifest(["base"])
    )
    second = run_of_values(
        tmp_path / "2", {"june": [0.1 * i + 0.2 for i in range(11)]}, TWELVE[:11], manifest_data=manifest(["june"])
    )
    tables = read_merged([first, second])
    difference = compare(scores_of(tables), "base").differences["quality", "june"]
    assert difference.difference == pytest.approx(0.2)
    assert (difference.cases, difference.relation) == (11, "better")


def test_candidates_of_one_name_are_told_apart(tmp_path: Path) -> None:
    runs = [
        run_of_values(tmp_path / name, {"base": [value] * 12}, TWELVE, manifest_data=manifest(["base"], run=name))
        for name, value in (("old", 0.4), ("new", 0.7))
    ]
    tables = read_merged(runs)
    assert tables.candidates == ("old:base", "new:base")
    means = compare(scores_of(tables), tables.manifest.baseline).means
    assert means["quality", "new:base"].mean == pytest.approx(0.7)


def test_measures_that_only_one_run_took_are_left_out(tmp_path: Path) -> None:
    first = run_of_values(tmp_path / "1", {"base": [0.5] * 12}, TWELVE, manifest_data=manifest(["base"]))
    ids = [f"{name}#{i}" for i, name in enumerate(TWELVE)]
    second = write_run(
        tmp_path / "2",
        measures=[measure("speed"), measure("quality")],
        cases=map(case, ids),
        results=[result(case_id, "june", key, 0.6) for case_id in ids for key in ("quality", "speed")],
        manifest_data=manifest(["june"]),
    )
    scores = scores_of(read_merged([first, second]))
    assert [m.name for m in scores.measures] == ["quality"]
    assert scores.values[0, 1].tolist() == [0.6] * 12


def test_runs_of_different_suites_are_not_compared(tmp_path: Path) -> None:
    first = run_of_values(tmp_path / "1", {"base": [0.5] * 12}, TWELVE, manifest_data=manifest(["base"]))
    data = manifest(["june"])
    data["suite"]["hash"] = "0" * 64
    second = run_of_values(tmp_path / "2", {"june": [0.5] * 12}, TWELVE, manifest_data=data)
    with pytest.raises(ReportError, match="only runs of one suite"):
        read_merged([first, second])
