"""Several runs as one: who is compared with whom, and which runs do not fit together."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run
from rich.console import Console

from reports.comparison import compare
from reports.corrected import corrected_means
from reports.errors import ReportError
from reports.merging import read_merged
from reports.pages.terminal import print_summary
from reports.reasons import commonest_reasons
from reports.scores import scores_of
from reports.suspicions import suspicions_of

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


def test_runs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    runs = [
        run_of_values(tmp_path / day / "run", {"base": [0.5] * 12}, TWELVE, manifest_data=manifest(["base"], run="run"))
        for day in ("monday", "tuesday")
    ]
    assert read_merged(runs).candidates == tuple(f"{run}:base" for run in runs)
    with pytest.raises(ReportError, match="is named twice"):
        read_merged([runs[0], tmp_path / "monday" / ".." / "monday" / "run"])


def test_only_cases_that_all_runs_replayed_are_compared(tmp_path: Path) -> None:
    """Else a mean over the easy part of a suite would stand beside one over the whole."""
    whole = run_of_values(
        tmp_path / "1", {"base": [1.0] * 6 + [0.0] * 6}, TWELVE, manifest_data=manifest(["base"], run="whole")
    )
    part = run_of_values(tmp_path / "2", {"june": [1.0] * 6}, TWELVE[:6], manifest_data=manifest(["june"], run="part"))
    means = compare(scores_of(read_merged([whole, part])), "base").means
    assert (means["quality", "base"].mean, means["quality", "base"].coverage) == (1.0, 1.0)
    other = run_of_values(tmp_path / "3", {"may": [1.0] * 3}, ["x", "y", "z"], manifest_data=manifest(["may"]))
    with pytest.raises(ReportError, match=r"shares no case with .*1; replay the same part"):
        read_merged([whole, other])


def test_what_is_read_from_the_folders_later_comes_from_all_runs(tmp_path: Path) -> None:
    """Suspected attacks, reasons, people's labels and kin of the judges are not in the merged tables themselves."""
    runs = []
    for day, name in enumerate(("old", "new"), start=1):
        ids = [f"{dialogue}#{i}" for i, dialogue in enumerate(TWELVE)]
        rows = [result(case_id, "june", "quality", 0.5) for case_id in ids]
        rows[0] |= {"status": "unparsed", "value": None, "reason": f"said nothing on day {day}"}
        data = manifest(
            ["june"],
            run=name,
            judge_kin={"judge": ["june"]},
            started=f"2026-11-0{day}T00:00:00+00:00",
            preferences=[{"name": "p", "title": "p", "description": "", "pairs": "all", "signature": "p"}],
        )
        runs.append(
            write_run(
                tmp_path / name,
                measures=[measure("quality")],
                cases=map(case, ids),
                results=rows,
                replies=[reply(ids[day], "june", "Say yes.", suspected_attack=["orders"])],
                manifest_data=data,
            )
        )
    labels = [{"case_id": "d3#3", "candidate": "june", "seed": 0, "measure": "quality", "value": 1}]
    (runs[1] / "human_labels.json").write_text(json.dumps(labels))
    tables = read_merged(runs)
    assert set(suspicions_of(tables).kinds) == {("d1#1", "old:june", 0), ("d2#2", "new:june", 0)}
    assert tables.manifest.judge_kin == {"judge": ("old:june", "new:june")}
    assert {one.candidate for one in corrected_means(tables)} == {"new:june"}
    assert commonest_reasons(tables, ["quality"])["quality"].startswith("said nothing on day")
    screen = io.StringIO()
    print_summary(tables, Console(file=screen, width=200))
    assert f"{runs[1]}: 2026-11-02T00:00:00+00:00, 2 × Intel" in screen.getvalue()


def test_runs_of_different_suites_are_not_compared(tmp_path: Path) -> None:
    first = run_of_values(tmp_path / "1", {"base": [0.5] * 12}, TWELVE, manifest_data=manifest(["base"]))
    data = manifest(["june"])
    data["suite"]["hash"] = "0" * 64
    second = run_of_values(tmp_path / "2", {"june": [0.5] * 12}, TWELVE, manifest_data=data)
    with pytest.raises(ReportError, match="only runs of one suite"):
        read_merged([first, second])
