"""The pictures of the page: each is drawn, said in words, and stands there as a table of the figures that it is made from."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from report_coffee_run import coffee_run
from test_report_certificates import GOOD

from reports.analysis import Analysis, analyse
from reports.pages.figures import MARKS
from reports.pages.html import html_report
from reports.tables import read_tables

CURVE = ((1.5, 1.8, 20), (3.0, 3.25, 60), (4.6, 4.1, 90))
JUDGED = ("act", "check", "judge")

Row = list[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    points = [dict(zip(("judge", "people", "replies"), point, strict=True)) for point in CURVE]
    certificate = {**GOOD, "certificate": {**GOOD["certificate"], "reliability": points}}
    return coffee_run(tmp_path_factory.mktemp("run"), 30, certificates={"correctness": certificate})


@pytest.fixture(scope="module")
def analysis(run: Path) -> Analysis:
    return analyse(read_tables(run))


@pytest.fixture(scope="module")
def page(analysis: Analysis) -> str:
    return html_report(analysis)


def shown(page: str, title: str) -> list[Row]:
    """The data table of the picture of this title, head first, once its drawing and its words were found."""
    figures = re.findall(r'<figure class="card">.*?</figure>', page, re.DOTALL)
    (figure,) = (one for one in figures if f"<bdi>{html.escape(title)}</bdi></figcaption>" in one)
    described = re.search(r'role="img" aria-label="([^"]*)">(<svg .*?</svg>)', figure, re.DOTALL)
    assert described is not None
    words, drawing = described.groups()
    assert html.unescape(words).startswith(f"{title}: ") and len(words) > len(title) + 20
    shapes = [shape for shape in ET.fromstring(drawing).iter() if shape.tag.endswith(("path", "line", "text", "rect"))]
    assert len(shapes) > 10
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", figure))
    return [[html.unescape(re.sub("<[^>]+>", "", cell)) for cell in row] for row in cells]


def results_of(run: Path) -> pd.DataFrame:
    results = pd.read_parquet(run / "results.parquet").astype({"measure": str, "candidate": str})
    return results[results["status"] == "ok"]


def test_distributions_are_the_quantiles_of_the_results(run: Path, analysis: Analysis, page: str) -> None:
    _, *rows = shown(page, "How values are spread")
    values = results_of(run).groupby(["measure", "candidate"])["value"]
    decimals = {measure.title: (measure.name, measure.decimals) for measure in analysis.tables.measures}
    assert {row[0] for row in rows} >= {"BLEU", "Correctness"} and len(rows) % 3 == 0
    for title, candidate, *quantiles in rows:
        name, places = decimals[title]
        own = values.get_group((name, candidate)).quantile([0.05, 0.25, 0.5, 0.75, 0.95])
        assert quantiles == [f"{value:.{places}f}" for value in own]


def test_heatmap_is_the_differences_of_the_slices(analysis: Analysis, page: str) -> None:
    head, *rows = shown(page, "june: difference from the baseline by slice, % of the scale")
    measures = [measure for measure in analysis.tables.measures if measure.kind in JUDGED]
    assert head == ["Slice", *(measure.title for measure in measures)]
    assert len(rows) == len(analysis.slices.slices) > 10
    for row, part in zip(rows, analysis.slices.slices, strict=True):
        assert part.name in row[0] and row[0].endswith("*") == part.is_small
        for cell, measure in zip(row[1:], measures, strict=True):
            difference = part.differences[measure.name, "june"]
            if difference.difference is None:
                assert cell == "–"
                continue
            assert measure.span is not None
            number, _, mark = cell.partition(" ")
            percent = 100 * difference.difference / measure.span
            assert float(number.replace("−", "-")) == pytest.approx(percent, abs=0.51)
            assert mark == MARKS[difference.relation]


def test_reliability_curve_is_the_certificates(page: str) -> None:
    head, *rows = shown(page, "Correctness: judge and people")
    assert head == ["Judge", "People", "Replies"]
    assert [tuple(map(float, row)) for row in rows] == [pytest.approx(point, abs=0.051) for point in CURVE]


def test_costs_are_the_means_of_the_replies_and_scores(run: Path, analysis: Analysis, page: str) -> None:
    _, *rows = shown(page, "Cost against quality")
    replies = pd.read_parquet(run / "replies.parquet").astype({"candidate": str}).groupby("candidate")
    costs = replies[["completion_tokens", "latency_s"]].mean()
    results = results_of(run)
    scales = {one.name: one.scale for one in analysis.tables.measures if one.kind in JUDGED and one.scale}
    results = results[results["measure"].isin(scales)]
    low, high = (results["measure"].map({name: scale[end] for name, scale in scales.items()}) for end in (0, 1))
    shares = (results["value"] - low) / (high - low)
    by_case = results.assign(share=shares).groupby(["candidate", "case_id"], observed=True)["share"].mean()
    assert [row[0] for row in rows] == list(analysis.tables.candidates)
    for candidate, quality, tokens, seconds in rows:
        assert float(quality) == pytest.approx(100 * by_case[candidate].mean(), abs=0.051)
        assert float(tokens) == pytest.approx(costs["completion_tokens"][candidate], abs=0.051)
        assert float(seconds) == pytest.approx(costs["latency_s"][candidate], abs=0.0051)


def test_pictures_of_a_russian_page_are_said_in_russian(run: Path) -> None:
    text = html_report(analyse(read_tables(run), "ru"))
    for title in ("Как распределены значения", "Цена и качество"):
        assert len(shown(text, title)) > 3
    assert "How values are spread" not in text
