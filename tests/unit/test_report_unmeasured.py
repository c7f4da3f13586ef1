"""What could not be measured: which shares, of whom, and why; and where the reports say so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, reply, result, run_of_values, write_run

from reports.analysis import Analysis, analyse
from reports.pages import markdown
from reports.pages.html import html_report
from reports.pages.markdown import markdown_report
from reports.tables import read_tables

CASES = [f"d{i}#0" for i in range(20)]


def flawed_run(folder: Path, language: str = "en") -> Path:
    """Of june's twenty requests two fail; of the other replies its judge cannot read three, declines one and fails at two."""
    results: list[dict[str, Any]] = []
    for name in ("base", "june"):
        for position, case_id in enumerate(CASES):
            fate, reason = "ok", None
            if name == "june" and position < 2:
                fate, reason = "error", "no reply: <b>context</b> too long"
            elif name == "june":
                fate, reason = {
                    2: ("unparsed", "no level of the scale: “fine”"),
                    3: ("unparsed", "no level of the scale: “fine”"),
                    4: ("unparsed", "empty answer"),
                    5: ("refused", "the judge declines"),
                    6: ("error", "timeout"),
                    7: ("error", "timeout"),
                    8: ("skipped", "does not apply"),
                }.get(position, ("ok", None))
            value = 0.5 if fate == "ok" else None
            results.append(result(case_id, name, "quality", value, status=fate, reason=reason))
            got_none = name == "june" and position < 2
            results.append(
                result(case_id, name, "brevity", None if got_none else 0.5, reason=reason if got_none else None)
            )
    data = manifest()
    data["suite"]["language"] = language
    return write_run(
        folder,
        measures=[measure("brevity"), measure("quality", title="Quality | all")],
        cases=map(case, CASES),
        results=results,
        replies=[
            reply(
                c,
                name,
                None if name == "june" and i < 2 else "Yes.",
                error="<b>context</b> too long" if i < 2 else None,
            )
            for name in ("base", "june")
            for i, c in enumerate(CASES)
        ],
        manifest_data=data,
    )


def analysed(run: Path) -> Analysis:
    return analyse(read_tables(run))


def test_failed_requests_are_counted_once_and_measures_by_what_went_wrong(tmp_path: Path) -> None:
    requests, quality = analysed(flawed_run(tmp_path)).unmeasured
    assert (requests.candidate, requests.measures, requests.due) == ("june", (), 20)
    assert requests.counts == {"unparsed": 0, "refused": 0, "error": 2}
    assert requests.reasons == (("<b>context</b> too long", 2),)
    assert (quality.candidate, quality.measures, quality.due) == ("june", ("quality",), 17)
    assert quality.counts == {"unparsed": 3, "refused": 1, "error": 2}
    assert set(quality.reasons) == {("no level of the scale: “fine”", 2), ("timeout", 2)}


def test_measures_that_lack_the_same_stand_in_one_row(tmp_path: Path) -> None:
    names = ("one", "two", "three")
    run = write_run(
        tmp_path,
        measures=map(measure, names),
        cases=map(case, CASES),
        results=[
            result(c, "base", name, 0.5 if name == "three" else None, reason="no library")
            for name in names
            for c in CASES
        ],
        replies=[reply(c, "base", "Yes.") for c in CASES],
        manifest_data=manifest(["base"]),
    )
    (row,) = analysed(run).unmeasured
    assert row.measures == ("one", "two")
    assert row.share == 1


def test_reports_show_shares_and_reasons(tmp_path: Path) -> None:
    analysis = analysed(flawed_run(tmp_path))
    page = html_report(analysis).split('id="unmeasured"')[1].split("</section>")[0]
    cells = [re.sub("<[^>]+>", "", row) for row in re.findall("<td.*?</td>|<th scope=.row.*?</th>", page)]
    assert cells[:6] == [
        "june",
        "failed requests",
        "–",
        "–",
        "10\N{NO-BREAK SPACE}% (2)",
        "&lt;b&gt;context&lt;/b&gt; too long (2)",
    ]
    assert cells[6:11] == [
        "june",
        "Quality | all",
        "18\N{NO-BREAK SPACE}% (3)",
        "6\N{NO-BREAK SPACE}% (1)",
        "12\N{NO-BREAK SPACE}% (2)",
    ]
    document = markdown_report(analysis)
    assert "## What could not be measured" in document
    assert "| june | Quality \\| all |" in document


def test_reports_in_russian(tmp_path: Path) -> None:
    analysis = analysed(flawed_run(tmp_path, "ru"))
    for text in (html_report(analysis), markdown_report(analysis)):
        assert "Что не удалось измерить" in text and "неудачные запросы" in text


def test_where_all_is_well_nothing_is_said(tmp_path: Path) -> None:
    analysis = analysed(run_of_values(tmp_path, {"base": [0.5] * 6, "june": [0.6] * 6}, list("abcdef")))
    assert analysis.unmeasured == ()
    assert 'id="unmeasured"' not in html_report(analysis) and "#unmeasured" not in html_report(analysis)
    assert "could not be measured" not in markdown_report(analysis)


def test_markdown_has_the_worst_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysed(coffee_run(tmp_path))
    measured = [one.share for one in analysis.unmeasured if one.measures]
    assert len(measured) > 3 and measured == sorted(measured, reverse=True)
    monkeypatch.setattr(markdown, "_MOST_UNMEASURED", 3)
    text = markdown_report(analysis).split("## What could not be measured")[1].split("##")[0]
    assert text.count("\n|") == 2 + 3
    assert f"{len(analysis.unmeasured) - 3} more rows are in report.html" in text
