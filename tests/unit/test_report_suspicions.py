"""Suspected attempts to move a judge, from the results to every report, in English and Russian."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow.parquet as pq
from report_run_folder import case, manifest, measure, reply, result, write_run
from rich.console import Console
from test_report_html import unpacked

from judges.attack.families import Family
from reports.analysis import analyse
from reports.pages.case_data import case_data
from reports.pages.html import html_report
from reports.pages.markdown import markdown_report
from reports.pages.selection import Standing, Wanted, select_cases
from reports.pages.terminal import print_summary
from reports.pages.wording import ENGLISH
from reports.pages.wording.russian import RUSSIAN
from reports.suspicions import suspicions_of
from reports.tables import RunTables, read_tables

CASES = ("d1#1", "d2#1")


def run(folder: Path, language: str = "en", **suspected: list[str]) -> RunTables:
    """A run of two cases; `base` and `june` name what is suspected in their replies to the first one."""
    results = [
        result(name, candidate, judge, 1.0)
        for name in CASES
        for candidate in ("base", "june")
        for judge in ("style", "correctness")
    ]
    data: dict[str, Any] = manifest()
    data["suite"]["language"] = language
    return read_tables(
        write_run(
            folder,
            measures=[measure("style"), measure("correctness")],
            cases=[case(name) for name in CASES],
            results=results,
            replies=[
                reply(name, candidate, "Sure.", suspected_attack=suspected.get(candidate, []) if name == "d1#1" else [])
                for name in CASES
                for candidate in ("base", "june")
            ],
            manifest_data=data,
        )
    )


def terminal(tables: RunTables) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_summary(tables, console)
    return str(console.file.getvalue())


def test_each_reply_is_counted_once_however_many_judges_suspect_it(tmp_path: Path) -> None:
    tables = run(tmp_path, june=["orders", "json"], base=["orders"])
    suspicions = suspicions_of(tables)
    assert suspicions.kinds == {("d1#1", "june", 0): ("orders", "json"), ("d1#1", "base", 0): ("orders",)}
    assert suspicions.sentence(ENGLISH) == (
        "Replies suspected of trying to move their judge: 2 (base: 1; june: 1). "
        "What was found: orders to the judge: 2; forged JSON: 1."
    )


def test_every_report_says_it(tmp_path: Path) -> None:
    tables = run(tmp_path, june=["orders"])
    sentence = "suspected of trying to move their judge: 1 (june: 1)"
    assert sentence in terminal(tables)
    assert sentence in re.sub(r"\\", "", markdown_report(analyse(tables)))
    assert sentence in html_report(analyse(tables))
    cases = unpacked(case_data(analyse(tables), 10_000_000).packed)["cases"]
    assert [one["suspected"] for item in cases for own in item["replies"] for one in own] == [[], ["orders"], [], []]


def test_no_report_speaks_of_it_where_nothing_is_suspected(tmp_path: Path) -> None:
    tables = run(tmp_path)
    assert suspicions_of(tables).sentence(ENGLISH) == ""
    assert "move their judge" not in terminal(tables) + markdown_report(analyse(tables))
    assert "move their judge" not in html_report(analyse(tables))


def test_reports_of_russian_suites_say_it_in_russian(tmp_path: Path) -> None:
    tables = run(tmp_path, language="ru", june=["invisible"])
    assert "попытке повлиять на судью: 1 (june: 1). Найдено: невидимые знаки: 1." in html_report(analyse(tables))


def test_both_languages_name_every_kind() -> None:
    kinds = set(get_args(Family))
    for words in (ENGLISH, RUSSIAN):
        assert set(words.attack_kinds) == set(words.script.attack_kinds) == kinds


def test_runs_from_before_are_read_as_without_suspicion(tmp_path: Path) -> None:
    tables = run(tmp_path, june=["orders"])
    file = tables.folder / "replies.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["suspected_attack"]), file)
    assert suspicions_of(tables).kinds == {}
    assert "suspected" in html_report(analyse(read_tables(tables.folder)))


def test_a_kind_that_this_version_does_not_know_is_shown_by_its_name(tmp_path: Path) -> None:
    assert "telepathy: 1" in suspicions_of(run(tmp_path, june=["telepathy"])).sentence(ENGLISH)


def test_suspected_cases_are_among_those_that_a_large_page_shows(tmp_path: Path) -> None:
    assert suspicions_of(run(tmp_path, june=["orders"])).positions(run(tmp_path, june=["orders"])) == (0,)
    score = np.linspace(0, 1, 500)[None, :].repeat(2, axis=0)
    suspected = (17, 250, 499)
    selection = select_cases(Standing(score, np.zeros((2, 500))), 0, most=20, wanted=Wanted(suspected=suspected))
    groups = dict(zip(selection.positions, selection.groups, strict=True))
    assert {groups[position] for position in suspected} == {"suspected"}
    assert len(selection.positions) == 20
