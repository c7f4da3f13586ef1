"""Replies side by side in a real browser: which words are marked, and which language is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_browser import NEEDS_CHROMIUM, Page, Watched, address, browser, expect, found, opened
from report_run_folder import case, measure, reply, result, write_run

from reports.reporting import write_reports

__all__ = ["address", "browser", "opened"]

pytestmark = NEEDS_CHROMIUM

LANGUAGES = {"d1#0": "en", "d2#0": "en", "d3#0": "ru"}
BASE = "One small latte with oat milk. Anything else?"
JUNE = "One large latte with soy milk, skipper! Anything else?"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    said = {"base": BASE, "june": JUNE}
    folder = write_run(
        tmp_path_factory.mktemp("run"),
        measures=[measure("quality")],
        cases=[case(name, language=language) for name, language in LANGUAGES.items()],
        results=[result(name, candidate, "quality", 0.5) for name in LANGUAGES for candidate in said],
        replies=[
            reply("d2#0", "base", BASE),
            reply("d2#0", "june", "Aye aye, captain of the seven seas!"),
            reply("d3#0", "base", "Один маленький латте. Что-нибудь ещё?"),
            reply("d3#0", "june", "Один большой латте. Что-нибудь ещё?"),
            *(reply("d1#0", candidate, text) for candidate, text in said.items()),
        ],
    )
    write_reports(folder)
    return folder


def marked(page: Page, case_id: str, candidate: int) -> list[str]:
    column = page.locator(".case", has_text=case_id).locator(".candidate").nth(candidate)
    return column.locator(".reply mark").all_text_contents()


def test_words_that_the_baseline_does_not_say_are_marked(opened: Watched, address: str) -> None:
    page = opened.open(address)
    expect(page.locator(".case")).to_have_count(3)
    assert marked(page, "d1#0", 1) == ["large", "soy", "skipper"]
    assert marked(page, "d1#0", 0) == []
    assert marked(page, "d2#0", 1) == [], "all of it is different, which marks would not tell"
    assert marked(page, "d3#0", 1) == ["большой"]
    expect(page.locator(".reply .text").filter(has_text="skipper")).to_have_text(JUNE)
    page.locator(".tick-box input").uncheck()
    expect(page.locator(".reply mark")).to_have_count(0)
    assert opened.complaints == []


def test_one_language_can_be_shown_alone(opened: Watched, address: str) -> None:
    page = opened.open(address)
    part = page.get_by_label("Part of the suite")
    assert part.locator("optgroup[label='Language'] option").all_text_contents() == ["en", "ru"]
    for language in ("ru", "en"):
        part.select_option(f"language {language}")
        names = [name for name, own in LANGUAGES.items() if own == language]
        expect(page.locator(".case h3")).to_have_text(names)
        assert found(page) == len(names)
    assert opened.complaints == []
