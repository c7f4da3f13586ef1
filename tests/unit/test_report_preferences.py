"""Preferences from the table of comparisons to every report: ties half, inconsistent apart, dialogues as the unit."""

from __future__ import annotations

import html
import io
import json
from pathlib import Path
from typing import Any

import pytest
from report_run_folder import manifest, measure, run_of_values, write_table
from rich.console import Console
from test_report_html import page_of

from reports.errors import ReportError
from reports.pages.terminal import print_summary
from reports.preferences import WinRate, preferences_of
from reports.reporting import write_reports
from reports.scores import STATUSES
from reports.tables import PREFERENCES, read_tables
from reports.view.queries import Query
from reports.view.server import ViewOfRun

DIALOGUES = [f"d{i}" for i in range(20)]
PAIR_MEASURE = {
    "name": "better_reply",
    "title": "Better reply",
    "description": "The reply that is the better next step, of two candidates' replies to the same context.",
    "pairs": "all",
    "signature": "judge:x|rubric:better_reply@v1:0|readout:label_probabilities|temp:0|v:0.1.0",
}


def comparison(dialogue: int, candidate: str, against: str, outcome: str | None, **changes: Any) -> dict[str, Any]:
    """One row of `preferences.parquet`."""
    return {
        "case_id": f"d{dialogue}#{dialogue}",
        "dialogue_id": f"d{dialogue}",
        "candidate": candidate,
        "against": against,
        "seed": 0,
        "measure": "better_reply",
        "status": "ok",
        "outcome": outcome,
        "preference": 0.5,
        "length": 40 + dialogue,
        "length_against": 50,
        "reason": None,
        **changes,
    }


def run_of_comparisons(folder: Path, rows: list[dict[str, Any]], language: str = "en", **changes: Any) -> Path:
    names = ["base", "june", "kim"]
    suite = manifest()["suite"] | {"language": language}
    run = run_of_values(
        folder,
        {name: [0.5] * len(DIALOGUES) for name in names},
        DIALOGUES,
        manifest_data=manifest(names, preferences=[PAIR_MEASURE], suite=suite, **changes),
    )
    write_table(run / "preferences.parquet", PREFERENCES, rows)
    return run


def mixed_rows() -> list[dict[str, Any]]:
    """Of june and base: 8 wins, 4 ties, 2 losses, 5 inconsistent, 1 unparsed; kim loses to both, but for every fifth."""
    outcomes = ["win"] * 8 + ["tie"] * 4 + ["loss"] * 2 + ["inconsistent"] * 5
    rows = [comparison(i, "june", "base", outcome) for i, outcome in enumerate(outcomes)]
    rows.append(comparison(19, "june", "base", None, status="unparsed", preference=None, reason="no verdict"))
    for i in range(20):
        rows.append(comparison(i, "kim", "base", "win" if i % 5 == 0 else "loss"))
        rows.append(comparison(i, "june", "kim", "loss" if i % 5 == 0 else "win"))
    return rows


def rates_of(run: Path) -> dict[tuple[str, str], WinRate]:
    (preferences,) = preferences_of(read_tables(run))
    return {(rate.candidate, rate.against): rate for rate in preferences.win_rates}


def test_ties_are_half_and_what_is_inconsistent_counts_for_nobody(tmp_path: Path) -> None:
    rate = rates_of(run_of_comparisons(tmp_path, mixed_rows()))["june", "base"]
    assert (rate.wins, rate.ties, rate.losses, rate.inconsistent) == (8, 4, 2, 5)
    assert rate.win_rate == pytest.approx((8 + 4 / 2) / 14)
    assert rate.interval is not None and rate.interval.low < 10 / 14 < rate.interval.high
    assert rate.inconsistent_share == pytest.approx(5 / 19)
    assert rate.coverage == pytest.approx(19 / 20)
    assert rate.statuses == {"ok": 19, "unparsed": 1}
    assert rate.dialogues == 14


def test_a_judge_of_places_has_no_win_rate_at_all(tmp_path: Path) -> None:
    rows = [comparison(i, "june", "base", "inconsistent") for i in range(20)]
    run = run_of_comparisons(tmp_path, rows)
    rate = rates_of(run)["june", "base"]
    assert (rate.win_rate, rate.interval, rate.length_controlled) == (None, None, None)
    assert (rate.inconsistent, rate.inconsistent_share, rate.coverage) == (20, 1.0, 1.0)
    assert "no outcome holds in both orders (inconsistent: 20)" in printed(run)


def test_comparisons_of_one_dialogue_are_no_evidence_of_their_own(tmp_path: Path) -> None:
    """Said ten times over in the same dialogues, the same preferences give the same interval."""
    rows = [comparison(i, "june", "base", "win" if i % 3 else "loss") for i in range(20)]
    once = rates_of(run_of_comparisons(tmp_path / "once", rows))["june", "base"]
    often = rates_of(run_of_comparisons(tmp_path / "often", rows * 10))["june", "base"]
    assert once.interval is not None and often.interval is not None
    assert often.interval.low == pytest.approx(once.interval.low, abs=1e-6)
    assert often.interval.high == pytest.approx(once.interval.high, abs=1e-6)


def test_a_judge_that_likes_length_wins_but_not_at_equal_length(tmp_path: Path) -> None:
    rows = []
    for i in range(20):
        for turn in range(6):
            longer_by = ((i * 7 + turn * 11) % 40) - 8  # mostly longer
            outcome = "win" if longer_by > 0 else "loss" if longer_by < 0 else "tie"
            rows.append(comparison(i, "june", "base", outcome, length=50 + longer_by))
    rate = rates_of(run_of_comparisons(tmp_path, rows))["june", "base"]
    assert rate.win_rate is not None and rate.win_rate > 0.75
    assert rate.length_controlled is not None and rate.length_controlled.interval is not None
    assert rate.length_controlled.win_rate == pytest.approx(0.5, abs=0.1)
    assert rate.length_controlled.slope > 1


def test_the_ranking_is_of_all_candidates(tmp_path: Path) -> None:
    (preferences,) = preferences_of(read_tables(run_of_comparisons(tmp_path, mixed_rows())))
    assert [(place.rank, place.candidate) for place in preferences.ranking] == [(1, "june"), (2, "base"), (3, "kim")]
    base = preferences.ranking[1].strength
    assert (base.strength, base.win_rate) == (0, 0.5)
    june = preferences.ranking[0].strength
    assert june.interval is not None and june.interval.low < june.strength < june.interval.high


def printed(run: Path) -> str:
    stream = io.StringIO()
    print_summary(read_tables(run), Console(file=stream, width=200, color_system=None))
    return stream.getvalue()


def test_every_report_shows_preferences(tmp_path: Path) -> None:
    run = run_of_comparisons(tmp_path, mixed_rows())
    paths = write_reports(run)
    screen = printed(run)
    assert "Better reply: june wins 0.714 [0." in screen
    assert "against base" in screen and "26 % of the comparisons turned" in screen.replace("\xa0", " ")
    assert "Ranking by Better reply, log-odds against the baseline: 1. june +" in screen
    markdown, page = paths.markdown.read_text(encoding="utf-8"), html.unescape(paths.html.read_text(encoding="utf-8"))
    for text in (markdown, page):
        assert "Preferences" in text and "At equal length" in text and "8 / 4 / 2" in text and "Ranking" in text
    assert '<a href="#preferences">' in page
    assert paths.preferences is not None
    told = json.loads(paths.preferences.read_text(encoding="utf-8"))["preferences"][0]
    assert told["win_rates"][0]["inconsistent"] == 5
    assert [place["candidate"] for place in told["ranking"]] == ["june", "base", "kim"]


def test_every_case_tells_its_comparisons(tmp_path: Path) -> None:
    why = "1 = june, 2 = base: Reply 1 is\x1b warmer."
    rows = [
        comparison(7, "june", "base", "win", preference=0.81234, reason=why),
        comparison(7, "kim", "base", None, status="unparsed", preference=None, reason="no verdict"),
        comparison(9, "june", "base", "inconsistent", reason=why),
    ]
    run = run_of_comparisons(tmp_path, rows)
    data = page_of(write_reports(run)).data("cases-data")
    of_case = {one["id"]: one["comparisons"] for one in data["cases"] if "comparisons" in one}
    assert data["pair_measures"] == ["Better reply"]
    assert set(of_case) == {"d7#7", "d9#9"}
    first, second = of_case["d7#7"]
    assert [data["candidates"][first[role]] for role in ("candidate", "against")] == ["june", "base"]
    assert (first["outcome"], first["preference"], STATUSES[first["status"]]) == ("win", 0.8123, "ok")
    assert data["reasons"][first["reason"]] == "1 = june, 2 = base: Reply 1 is␛ warmer."
    assert (second["outcome"], second["preference"], STATUSES[second["status"]]) == (None, None, "unparsed")
    assert of_case["d9#9"][0]["reason"] == first["reason"]  # told once
    served = ViewOfRun(run).cases(Query(), 5, 5)
    assert {one["id"]: one.get("comparisons", []) for one in served["cases"]}["d7#7"] == of_case["d7#7"]


def test_an_index_without_the_comparisons_is_not_of_these_tables(tmp_path: Path) -> None:
    run = run_of_comparisons(tmp_path, [comparison(7, "june", "base", "win")])
    write_reports(run)
    write_table(run / "preferences.parquet", PREFERENCES, [comparison(3, "june", "base", "win", reason="new")])
    with pytest.raises(ReportError, match="is not of these tables"):
        ViewOfRun(run)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"candidate": "jane"}, "the candidate 'jane', which this run does not have; rebuild"),
        ({"against": "jane"}, "the candidate 'jane', which this run does not have; rebuild"),
        ({"status": "okay"}, "the status 'okay', which this run does not have; rebuild"),
    ],
)
def test_comparisons_of_what_the_run_does_not_have_are_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    run = run_of_comparisons(tmp_path, [*mixed_rows(), comparison(7, "june", "base", "win", seed=1) | changes])
    with pytest.raises(ReportError, match=said) as raised:
        write_reports(run)
    assert str(raised.value).startswith(str(run / "preferences.parquet"))


def test_the_russian_report_shows_them_in_russian(tmp_path: Path) -> None:
    paths = write_reports(run_of_comparisons(tmp_path, mixed_rows(), language="ru"))
    for text in (paths.markdown.read_text(encoding="utf-8"), paths.html.read_text(encoding="utf-8")):
        assert "Предпочтения" in text and "Лучший ответ" in text and "При равной длине" in text and "0,714" in text
        assert "Better reply" not in text.split('id="provenance"')[0].replace("better_reply", "")


def test_a_jury_disagrees_in_the_language_of_the_report(tmp_path: Path) -> None:
    suite = manifest()["suite"] | {"language": "ru"}
    run = run_of_values(
        tmp_path,
        {"base": [0.5]},
        ["d1"],
        measures=[measure("quality", title="Style: disagreement")],
        manifest_data=manifest(["base"], suite=suite),
    )
    assert "Манера: разногласие" in write_reports(run).markdown.read_text(encoding="utf-8")


def test_a_run_that_compares_nothing_has_no_such_part(tmp_path: Path) -> None:
    run = run_of_values(tmp_path, {"base": [0.5], "june": [0.5]}, ["d1"])
    paths = write_reports(run)
    assert paths.preferences is None
    data = page_of(paths).data("cases-data")
    assert "pair_measures" not in data and not any("comparisons" in one for one in data["cases"])
    assert "preferences-title" not in paths.html.read_text(encoding="utf-8")
    assert preferences_of(read_tables(run)) == ()


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    run = run_of_comparisons(tmp_path, [])
    assert preferences_of(read_tables(run))[0].win_rates == ()
    write_reports(run)
    (run / "preferences.parquet").unlink()
    with pytest.raises(ReportError, match=r"preferences\.parquet: is missing; rebuild it"):
        write_reports(run)
