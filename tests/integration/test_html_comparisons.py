"""Comparisons of replies at their case, in a real browser: who is better, how far and why, in the report and served."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_browser import NEEDS_CHROMIUM, Browser, Watched, address, browser, expect, opened
from report_run_folder import case, manifest, measure, reply, result, write_run, write_table
from test_report_preferences import PAIR_MEASURE, comparison

from reports.reporting import write_reports
from reports.tables import PREFERENCES

__all__ = ["address", "browser", "opened"]

pytestmark = NEEDS_CHROMIUM

LONG = "x" * 300
NAMES = ("base", "june", "kim" + LONG)
WHY = "1 = june, 2 = base: Reply 1 asks <b>which</b> size.\n1 = base, 2 = june: Reply 2 asks."


def run_of_pairs(folder: Path, language: str = "en") -> Path:
    """Two cases, of which the replies to one are compared."""
    ids = ["d0#0", "d1#1"]
    run = write_run(
        folder,
        measures=[measure("quality")],
        cases=map(case, ids),
        results=[result(case_id, name, "quality", 0.5) for case_id in ids for name in NAMES],
        replies=[reply(case_id, name, "Any text.") for case_id in ids for name in NAMES],
        manifest_data=manifest(NAMES, preferences=[PAIR_MEASURE], suite=manifest()["suite"] | {"language": language}),
    )
    comparisons = [
        comparison(1, "june", "base", "win", preference=0.8123, reason=WHY),
        comparison(1, "june", "base", "inconsistent", seed=1),
        comparison(1, NAMES[2], "june", "loss", preference=0.0, reason=LONG),
        comparison(1, NAMES[2], "base", None, status="unparsed", preference=None, reason="no verdict"),
        comparison(1, "june", NAMES[2], "tie"),
    ]
    write_table(run / "preferences.parquet", PREFERENCES, comparisons)
    write_reports(run)
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of_pairs(tmp_path_factory.mktemp("pairs"))


def test_a_case_tells_who_is_better_how_far_and_why(opened: Watched, address: str) -> None:
    page = opened.open(address)
    expect(page.locator(".comparisons")).to_have_count(1)
    own = page.locator(".case", has_text="d1#1").locator(".comparisons")
    expect(own.get_by_role("heading")).to_have_text("Comparisons")
    first, turned, lost, unread, tie = own.locator(".comparison").all()
    expect(first).to_contain_text("Better reply: june better than base ▲")
    expect(first).to_contain_text("preference for june: 0.81")
    expect(first).to_contain_text("Seed 0")
    assert first.locator(".reason").inner_text() == WHY
    expect(first.locator(".value")).to_have_class("value better")
    expect(turned).to_contain_text("june and base: turns with the order")
    expect(turned.locator(".reason")).to_have_count(0)
    expect(lost).to_contain_text(f"{NAMES[2]} worse than june")
    expect(lost).not_to_contain_text("▼")  # a mark is against the baseline
    expect(unread.locator(".not-ok")).to_have_text(f"{NAMES[2]} and base: answer not readable")
    expect(unread).not_to_contain_text("preference")
    expect(tie).to_contain_text(f"june and {NAMES[2]}: a tie")
    assert opened.complaints == []


def test_a_case_tells_it_in_russian(opened: Watched, tmp_path: Path) -> None:
    page = opened.open(run_of_pairs(tmp_path, "ru") / "report.html")
    own = page.locator(".comparisons")
    expect(own.get_by_role("heading")).to_have_text("Сравнения")
    expect(own.locator(".comparison").first).to_contain_text("Лучший ответ: june лучше, чем base ▲")
    expect(own.locator(".comparison").first).to_contain_text("предпочтение в пользу june: 0,81")


@pytest.mark.parametrize("width", [390, 1280])
def test_comparisons_stay_below_the_replies_and_in_their_card(browser: Browser, run: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto((run / "report.html").as_uri())
    card = page.locator(".case", has_text="d1#1")
    boxes = [card, card.locator(".replies"), card.locator(".comparisons")]
    outer, replies, comparisons = (box.bounding_box() for box in boxes)
    widths = page.locator(".comparison").evaluate_all("all => all.map((one) => one.scrollWidth - one.clientWidth)")
    context.close()
    assert outer is not None and replies is not None and comparisons is not None
    assert comparisons["y"] >= replies["y"] + replies["height"]
    assert comparisons["x"] + comparisons["width"] <= outer["x"] + outer["width"]
    assert widths == [0] * 5
