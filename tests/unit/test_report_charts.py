"""The forest plot: lines where the intervals are, colours from the page, names as text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from report_coffee_run import coffee_run
from report_run_folder import measure, run_of_values

from reports.comparison import compare
from reports.pages.charts import forest_plot, shared_limits
from reports.pages.wording import ENGLISH
from reports.scores import scores_of
from reports.tables import read_tables

SVG = "{http://www.w3.org/2000/svg}"


def test_lines_are_as_long_as_the_intervals_and_points_lie_within(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=25))
    comparison = compare(scores_of(tables), "base")
    limits = shared_limits(comparison, tables.measures)
    chart = forest_plot("june", comparison, tables.measures, ENGLISH, limits)
    assert chart is not None
    root = ET.fromstring(chart.svg)
    lines = [line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "2.5"]
    assert len(lines) == len(tables.measures) == 16
    shares = []
    for line, info in zip(lines, tables.measures, strict=True):
        difference = comparison.differences[info.name, "june"]
        assert difference.interval is not None and info.span
        shares.append(float(line.get("x2", "nan")) / (2 * difference.interval.half_width / info.span))
        assert line.get("stroke") == f"var(--{difference.relation})"
    assert shares == pytest.approx([shares[0]] * 16, rel=0.01)


def test_chart_has_no_style_script_or_link(tmp_path: Path) -> None:
    title = "<script>&\"'"
    names = {"base": [0.5, 0.4] * 6, "june": [0.6, 0.7] * 6}
    run = run_of_values(tmp_path, names, [f"d{i}" for i in range(12)], measures=[measure("quality", title=title)])
    tables = read_tables(run)
    comparison = compare(scores_of(tables), "base")
    chart = forest_plot("june", comparison, tables.measures, ENGLISH, (-1.0, 50.0))
    assert chart is not None
    texts = [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]
    assert title in texts
    assert not re.search(r"<script|<style|style=|href=|url\(", chart.svg)
    assert chart.description.startswith("june against base")
    assert "+20" in chart.description


def test_left_side_is_worse_for_all_measures(tmp_path: Path) -> None:
    names = {"base": [0.5, 0.4] * 6, "june": [0.6, 0.7] * 6}
    measures = [measure("quality", higher_is_better=False)]
    tables = read_tables(run_of_values(tmp_path, names, [f"d{i}" for i in range(12)], measures=measures))
    low, high = shared_limits(compare(scores_of(tables), "base"), tables.measures)
    assert low < -19
    assert high == 0


@pytest.mark.parametrize("changes", [{"scale": None}, {"higher_is_better": None}])
def test_measures_that_have_no_place_on_the_axis_are_left_out(tmp_path: Path, changes: dict[str, object]) -> None:
    names = {"base": [0.5, 0.4] * 6, "june": [0.6, 0.7] * 6}
    measures = [measure("quality", **changes)]
    tables = read_tables(run_of_values(tmp_path, names, [f"d{i}" for i in range(12)], measures=measures))
    assert forest_plot("june", compare(scores_of(tables), "base"), tables.measures, ENGLISH, (0, 1)) is None


def test_measures_of_one_title_stay_apart(tmp_path: Path) -> None:
    tables = read_tables(coffee_run(tmp_path, dialogues=25))
    twins = tuple(m.model_copy(update={"title": "Twin"}) for m in tables.measures[:2])
    chart = forest_plot("june", compare(scores_of(tables), "base"), twins, ENGLISH, (-50, 50))
    assert chart is not None
    assert "Twin (bleu)" in chart.svg
    assert "Twin (chrf)" in chart.svg
