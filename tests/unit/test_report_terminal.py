"""What the screen and a pull request say, whoever wrote the names."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from report_coffee_run import coffee_run
from report_run_folder import case, manifest, measure, result, run_of_values, write_run
from rich.console import Console

from reports.analysis import Analysis, analyse
from reports.comparison import compare
from reports.pages.markdown import markdown_report, plain
from reports.pages.terminal import print_summary
from reports.scores import scores_of
from reports.tables import read_tables

TWELVE = [f"d{i}" for i in range(12)]
HOSTILE = "x\x1b[2J[link](http://evil.example)|<script>alert(1)</script>**[red]b[/red]\u202e"


def printed(folder: Path, width: int = 110) -> str:
    stream = io.StringIO()
    print_summary(read_tables(folder), Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


def test_summary_is_legible_without_colour(tmp_path: Path) -> None:
    text = printed(coffee_run(tmp_path))
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0].startswith("order_taker is better than base on 15 and worse on 1 of 16 measures; june is")
    style = next(line for line in lines if line.strip().startswith("Style"))
    assert style.count("▼") == 1
    assert style.count("±") == 3
    assert style.split()[1:5] == ["3.50", "±0.22", "96%", "2.86"]
    assert any("as one corpus" in line and "27.9" in line for line in lines)
    assert "leaves out 0" in text


def test_a_part_of_the_suite_is_told_as_such(tmp_path: Path) -> None:
    folder = coffee_run(tmp_path)
    file = folder / "manifest.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    whole["suite"]["dialogues_in_suite"] = 5000
    file.write_text(json.dumps(whole), encoding="utf-8")
    assert "of 5,000 dialogues" in printed(folder)
    assert "of 5,000 dialogues" in markdown_report(analyse(read_tables(folder)))
    assert "of 5,000 dialogues" not in printed(coffee_run(tmp_path / "whole"))


@pytest.mark.parametrize("width", [45, 60, 80])
def test_narrow_screens_lose_no_figure(tmp_path: Path, width: int) -> None:
    text = printed(coffee_run(tmp_path, dialogues=20), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_names_steer_nothing(tmp_path: Path) -> None:
    run = run_of_values(
        tmp_path,
        {"base": [0.5] * 12, HOSTILE: [0.6] * 12},
        TWELVE,
        measures=[measure("quality", title=HOSTILE)],
    )
    text = printed(run, width=240)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]b[/red]" in text


@pytest.mark.parametrize(
    ("june", "words"),
    [
        ([0.5] * 12, "june and base cannot be told apart on any of 1 measures."),
        ([0.9] * 12, "june is better than base on 1 and worse on none of 1 measures."),
        ([0.1] * 12, "june is better than base on none and worse on 1 of 1 measures."),
        ([None] * 12, "june cannot be compared with base: too few dialogues"),
    ],
)
def test_verdict(tmp_path: Path, june: list[float | None], words: str) -> None:
    run = run_of_values(tmp_path, {"base": [0.5] * 12, "june": june}, TWELVE)
    assert printed(run, 200).startswith(words)


def test_verdict_of_a_single_candidate_and_of_an_incomplete_run(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"status": "incomplete", "finished": None}
    run = run_of_values(tmp_path, {"base": [0.5] * 12}, TWELVE, manifest_data=manifest(["base"], **changes))
    text = printed(run, 200)
    assert text.startswith("The run is incomplete, so far: base was measured on 12 cases of 12 dialogues; there is")
    assert "▲" not in text


def test_verdict_of_many_candidates_is_short_and_leaves_out_measures_without_a_good_side(tmp_path: Path) -> None:
    values = {f"c{k}": [0.5 + 0.1 * (k % 3 - 1) * (k > 0)] * 12 for k in range(6)}
    names = [f"{name}#{i}" for i, name in enumerate(TWELVE)]
    rows = [
        result(case_id, name, key, value)
        for name, own in values.items()
        for case_id, value in zip(names, own, strict=True)
        for key in ("quality", "ratio")
    ]
    run = write_run(
        tmp_path,
        measures=[measure("quality"), measure("ratio", higher_is_better=None)],
        cases=map(case, names),
        results=rows,
        manifest_data=manifest(list(values)),
    )
    text = printed(run, 200)
    assert text.startswith(
        "c1 +0 −0; c2 +1 −0; c3 +0 −1; c4 +0 −0; c5 +1 −0: measures better (+) and worse (−) than c0, of 1."
    )
    assert "≠ different" in text


def test_what_was_not_measured_has_no_figure(tmp_path: Path) -> None:
    rows = [result("d1#0", "base", "skips", None, status="skipped"), result("d1#0", "base", "fails", None)]
    run = write_run(
        tmp_path,
        measures=[measure("skips"), measure("fails")],
        cases=[case("d1#0")],
        results=rows,
        manifest_data=manifest(["base"]),
    )
    text = printed(run)
    assert "does not apply" in next(line for line in text.splitlines() if "skips" in line)
    assert "not measured" in next(line for line in text.splitlines() if "fails" in line)


def test_what_was_not_measured_says_why(tmp_path: Path) -> None:
    reasons = ["the judge is gone\x1b[2J", "too long", "the judge is gone\x1b[2J"]
    rows = [
        *(
            result(f"d{i}#0", "base", name, None, reason=why)
            for i, why in enumerate(reasons)
            for name in ("tone", "style")
        ),
        *(result(f"d{i}#0", "base", "skips", None, status="skipped", reason="nothing is due") for i in range(3)),
        *(result(f"d{i}#0", "base", "partly", 0.5 if i else None, reason="too long") for i in range(3)),
    ]
    run = write_run(
        tmp_path,
        measures=[measure("tone", title="Tone"), measure("skips"), measure("style"), measure("partly")],
        cases=[case(f"d{i}#0") for i in range(3)],
        results=rows,
        manifest_data=manifest(["base"]),
    )
    told = [line for line in printed(run).splitlines() if "commonest reason" in line]
    assert told == ["Tone, style: not measured. The commonest reason: the judge is gone␛[2J"]


def analysis_of(folder: Path) -> Analysis:
    return analyse(read_tables(folder))


def test_markdown_has_all_tables(tmp_path: Path) -> None:
    analysis = analysis_of(coffee_run(tmp_path))
    html = MarkdownIt("commonmark").enable("table").render(markdown_report(analysis))
    assert html.count("<table>") == 5
    several_turns = 2  # measures that say when a turn passes and apply to several turns of a dialogue: act, avoids
    unmeasured = 1 + len(analysis.unmeasured)
    assert html.count("<tr>") == (1 + 8) + (1 + 16 + 1) + (1 + 32 + 2 * several_turns) + (1 + 4) + unmeasured
    assert "order_taker fails 1 of 4 gate rules" in html
    assert "<th>Measure</th>" in html


def test_markdown_shows_hostile_names_as_they_are(tmp_path: Path) -> None:
    run = run_of_values(
        tmp_path,
        {"base": [0.5] * 12, HOSTILE: [0.6] * 12},
        TWELVE,
        measures=[measure("quality", title=HOSTILE)],
    )
    html = MarkdownIt("commonmark").enable("table").render(markdown_report(analysis_of(run)))
    for sign in ("<script", "<a ", "<strong>", "\x1b"):
        assert sign not in html
    assert html.count("<tr>") == 2 + 2 + 2
    assert "[link](http://evil.example)|&lt;script&gt;" in html


@pytest.mark.parametrize("text", ["a|b", "`a`", "<b>", "# a", "![i](u)", "a_b_c", "*a*", "~~a~~", "a\\|b", "&lt;"])
def test_plain_markdown_is_shown_as_written(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(f"x {plain(text)}")
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert rendered == f"<p>x {escaped}</p>\n"


def test_markdown_speaks_russian(tmp_path: Path) -> None:
    text = markdown_report(analysis_of(coffee_run(tmp_path, dialogues=12, language="ru")))
    assert "Показатели" in text
    assert "Measures" not in text


def test_every_p_value_is_named_with_its_test_and_correction(tmp_path: Path) -> None:
    text = markdown_report(analysis_of(coffee_run(tmp_path)))
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| Act")]
    by_case, by_dialogue = (
        next(row for row in rows if name in row[0] and "june" in row[1]) for name in ("| Act", "whole")
    )
    assert "(McNemar)" in by_case[4] and "(McNemar)" in by_dialogue[4]
    assert "not corrected" in by_dialogue[5]
    assert "p, Benjamini–Hochberg" in text
    assert "(random signs)" in text
    assert "detectable" in text.casefold()


def test_marks_are_counted_after_correction(tmp_path: Path) -> None:
    run = coffee_run(tmp_path)
    tables = read_tables(run)
    comparison = compare(scores_of(tables), "base")
    marked = [d for d in comparison.differences.values() if d.relation != "unclear"]
    kept = sum((d.p_corrected or 0) < 0.05 for d in marked)
    sentence = (
        f"{kept} of {len(marked)} marks hold at p < 0.05 after correction for 32 comparisons (Benjamini–Hochberg)."
    )
    assert sentence in " ".join(printed(run).split())
    assert sentence in analysis_of(run).legend


def test_screen_shows_whole_dialogues_where_they_have_several_turns(tmp_path: Path) -> None:
    shown = printed(run_of_values(tmp_path / "turns", {"base": [1.0] * 12, "june": [1.0] * 12}, [*TWELVE[:6]] * 2))
    single = printed(run_of_values(tmp_path / "turn", {"base": [1.0] * 12}, TWELVE))
    assert not re.search(r"whole dialogues\s+1", single)
    assert re.search(r"whole dialogues\s+1\.000 ±", shown)
