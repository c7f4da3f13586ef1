"""The report on paper: nothing that only a screen can use, and nothing that is folded left out without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_browser import NEEDS_CHROMIUM, Watched, browser, expect, opened
from report_run_folder import case, manifest, measure, reply, result, write_run

from reports.reporting import write_reports

__all__ = ["browser", "opened"]

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One case after a long dialogue, whose reply is long too."""
    turns = [{"role": role, "content": f"{role} says {i}"} for i in range(8) for role in ("user", "assistant")]
    run = write_run(
        tmp_path_factory.mktemp("folded"),
        measures=[measure("quality")],
        cases=[case("d1#0", messages=json.dumps(turns)), case("d2#0")],
        results=[result(name, "base", "quality", 0.5) for name in ("d1#0", "d2#0")],
        replies=[reply("d1#0", "base", "long " * 400), reply("d2#0", "base", "short")],
        manifest_data=manifest(["base"]),
    )
    return write_reports(run).html


def test_paper_has_no_controls(opened: Watched, folded: Path) -> None:
    page = opened.open(folded)
    controls = "nav, #cases-view .toolbar, .pager, .skip"
    assert page.locator(controls).evaluate_all("all => all.some((one) => one.getClientRects().length > 0)")
    page.emulate_media(media="print")
    assert not page.locator(controls).evaluate_all("all => all.some((one) => one.getClientRects().length > 0)")
    expect(page.locator(".case")).to_have_count(2)


def test_paper_says_what_is_folded(opened: Watched, folded: Path) -> None:
    page = opened.open(folded)
    reply_note, turns_note = page.locator(".reply .unfolding"), page.locator(".earlier .unfolding")
    printed = "(one) => [getComputedStyle(one, '::after').content, one.getBoundingClientRect().height]"
    assert reply_note.evaluate(printed)[0] == "none"
    page.emulate_media(media="print")
    content, height = reply_note.evaluate(printed)
    assert content == '"Cut: the first 600 of 2,000 characters are on this page."' and height > 8
    content, height = turns_note.evaluate(printed)
    assert content == '"Earlier turns that are not printed: 10."' and height > 8
    page.emulate_media(media="screen")
    reply_note.click()
    turns_note.click()
    page.emulate_media(media="print")
    assert len(page.locator(".reply .text").first.inner_text()) >= 1_999
    expect(page.locator(".bubble", has_text="says")).to_have_count(16)
    expect(page.locator(".unfolding")).to_have_count(0)
