"""The history of a suite: order, what can be compared, and what is left out."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from report_run_folder import manifest, measure, run_of_values
from rich.console import Console

from reports.comparison import compare_run, comparison_file
from reports.errors import ReportError
from reports.history import History, Line, read_history
from reports.pages.history_text import history_as_json, print_history
from reports.pages.sparkline import sparkline
from reports.scores import scores_of
from reports.tables import read_tables

DIALOGUES = [f"d{i}" for i in range(6)]


def a_run(parent: Path, day: int, mean: float | None, *, suite: str = "coffee_orders", **changes: str) -> Path:
    """A run of one day in which `june` has a mean and `base` has 0.5."""
    data = manifest(["base", "june"], run=f"run-{day}", started=f"2026-11-{day:02}T10:00:00+00:00")
    data["suite"] |= {"name": suite, "hash": changes.get("hash", "a" * 64)}
    folder = run_of_values(
        parent / f"run-{day}",
        {"base": [0.5] * 6, "june": [mean] * 6},
        DIALOGUES,
        manifest_data=data,
        measures=[measure("quality", signature=changes.get("signature", "quality|v:1"))],
    )
    tables = read_tables(folder)
    comparison = comparison_file(tables, compare_run(tables, scores_of(tables)))
    (folder / "comparison.json").write_text(comparison.model_dump_json(by_alias=True))
    return folder


def of_june(parent: Path) -> Line:
    return next(line for line in read_history(parent).lines if line.candidate == "june")


def test_a_sparkline_shows_order_gaps_and_breaks() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([7.5, None, -7.5]) == "█·▁"
    assert sparkline([3, 3]) == "▄▄"
    assert sparkline([1, 2, 9], breaks=[2]) == "▁▂┊█"
    assert sparkline([]) == ""


def test_runs_stand_in_the_order_of_their_start_whatever_their_folders_are_called(tmp_path: Path) -> None:
    for day, mean in ((12, 0.8), (9, 0.2), (11, 0.6)):
        a_run(tmp_path, day, mean)
    (tmp_path / "run-9").rename(tmp_path / "zzz")
    line = of_june(tmp_path)
    assert [point.mean.mean for point in line.points] == pytest.approx([0.2, 0.6, 0.8])
    assert line.change == pytest.approx(0.6)


@pytest.mark.parametrize("changed", [{"hash": "b" * 64}, {"signature": "quality|v:2"}])
def test_a_change_of_suite_or_measure_breaks_the_line(tmp_path: Path, changed: dict[str, str]) -> None:
    a_run(tmp_path, 1, 0.9)
    a_run(tmp_path, 2, 0.3, **changed)
    a_run(tmp_path, 3, 0.4, **changed)
    line = of_june(tmp_path)
    assert [point.comparable for point in line.points] == [True, False, True]
    assert line.change == pytest.approx(0.1), "not against what was measured on other ground"


def test_a_run_without_the_measure_leaves_a_gap(tmp_path: Path) -> None:
    for day, mean in ((1, 0.1), (2, None), (3, 0.9)):
        a_run(tmp_path, day, mean)
    assert any("▁·█" in line for line in printed(read_history(tmp_path, candidates=["june"])))


def test_torn_runs_are_left_out_and_named(tmp_path: Path) -> None:
    a_run(tmp_path, 1, 0.5)
    (a_run(tmp_path, 2, 0.5) / "comparison.json").write_text('{"torn')
    (a_run(tmp_path, 3, 0.5) / "measures.json").unlink()
    history = read_history(tmp_path)
    assert [run.folder.name for run in history.runs] == ["run-1"]
    assert len(history.left_out) == 2
    assert "run-2" in history.left_out[0]
    assert json.loads(history_as_json(history))["left_out"] == list(history.left_out)


def test_runs_on_a_suite_that_leaks_are_marked(tmp_path: Path) -> None:
    a_run(tmp_path, 1, 0.5)
    history = read_history(tmp_path)
    assert not any("LEAK" in line for line in printed(history))
    leaky = a_run(tmp_path, 2, 0.9) / "manifest.json"
    data = json.loads(leaky.read_text(encoding="utf-8"))
    data["suite"]["allow_leak"] = True
    leaky.write_text(json.dumps(data), encoding="utf-8")
    history = read_history(tmp_path)
    assert [run["allow_leak"] for run in json.loads(history_as_json(history))["runs"]] == [False, True]
    lines = printed(history)
    assert ["LEAK" in next(line for line in lines if name in line) for name in ("run-1", "run-2")] == [False, True]
    assert any("so memory is measured too" in line for line in lines)


def printed(history: History) -> list[str]:
    screen = io.StringIO()
    print_history(history, Console(file=screen, width=200))
    return screen.getvalue().splitlines()


def test_filters_and_the_last_runs(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        a_run(tmp_path, day, day / 10)
    history = read_history(tmp_path, measures=["quality"], candidates=["june"], last=2)
    assert [run.manifest.run for run in history.runs] == ["run-2", "run-3"]
    assert [line.candidate for line in history.lines] == ["june"]


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="holds no run that can be read; name the folder of the runs with --runs"):
        read_history(tmp_path)
    a_run(tmp_path, 1, 0.5)
    a_run(tmp_path, 2, 0.5, suite="tea")
    with pytest.raises(ReportError, match="several suites; name one of them: coffee_orders, tea"):
        read_history(tmp_path)
    with pytest.raises(ReportError, match="there is no suite 'coffe_orders'; did you mean 'coffee_orders'"):
        read_history(tmp_path, "coffe_orders")
    with pytest.raises(ReportError, match="--measure: there is no measure 'qualty'"):
        read_history(tmp_path, "tea", measures=["qualty"])
