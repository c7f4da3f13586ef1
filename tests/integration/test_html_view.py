"""`rejoinder view` in a real browser: its filters find what the whole page finds, and a reviewer's words are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from report_browser import NEEDS_CHROMIUM, Page, Watched, browser, expect, found, opened, served
from report_coffee_run import coffee_run

from reports.failures.review import read_review
from reports.reporting import write_reports

__all__ = ["browser", "opened"]

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = coffee_run(tmp_path_factory.mktemp("view"))
    write_reports(folder)
    return folder


@pytest.fixture
def address(run: Path) -> Iterator[str]:
    with served(run) as address:
        yield address


QUERIES: list[dict[str, str]] = [
    {},
    {"Show": "Worse than the baseline"},
    {"Show": "Better than the baseline", "Candidate": "june"},
    {"Show": "Act wrong", "Candidate": "order_taker"},
    {"Show": "Not measured", "Measure": "Style"},
    {"Show": "Answer of a judge not readable"},
    {"Part of the suite": "small_talk", "Order": "Largest losses first"},
    {"Part of the suite": "Asks again for what was said", "Candidate": "base", "Order": "Lowest scores first"},
    {"Order": "Largest gains first", "Measure": "Correctness", "Candidate": "june"},
    {"search": "CROISSANT skipper", "Order": "Lowest scores first"},
]


def shown_of(page: Page) -> list[tuple[int, list[str]]]:
    """For each query how many cases are found, and the first ones."""
    answers = []
    cases = page.locator("#cases-view")
    for query in QUERIES:
        cases.get_by_label("Search in dialogues and replies").fill(query.get("search", ""))
        for name in ("Part of the suite", "Show", "Candidate", "Measure", "Order"):
            field = cases.get_by_label(name, exact=True)
            field.select_option(label=query[name]) if name in query else field.select_option(value="")
        expect(page.locator(".case-list")).to_have_attribute("aria-busy", "false", timeout=30_000)
        answers.append((found(page), page.locator(".case h3").all_text_contents()))
    return answers


def test_the_server_finds_what_the_whole_page_finds(opened: Watched, run: Path, address: str) -> None:
    whole = shown_of(opened.open((run / "report.html").as_uri()))
    served = shown_of(opened.open(address))
    for query, one, other in zip(QUERIES, whole, served, strict=True):
        assert one == other, query
    assert len({count for count, _ in whole}) > 6
    assert opened.complaints == []
    assert {url.split("/")[2] for url in opened.requests if url.startswith("http")} == {address.split("/")[2]}


def test_names_and_marks_are_kept(opened: Watched, run: Path, address: str) -> None:
    page = opened.open(address)
    group = page.locator("#failure-0")
    group.get_by_role("button", name="Rename").click()
    group.get_by_label("Rename").fill("Sells <b>what</b> is sold out")
    group.get_by_role("button", name="Keep").click()
    expect(group.locator("h3")).to_have_text("Sells <b>what</b> is sold out")
    reply = page.locator(".case").nth(1).locator(".candidate").nth(2)
    reply.get_by_label("Note").fill("never asks")
    reply.get_by_role("button", name="Bad reply").click()
    expect(reply.get_by_role("button", name="Bad reply")).to_have_attribute("aria-pressed", "true")
    (mark,) = read_review(run).marks
    assert (mark.candidate, mark.label, mark.note) == ("june", "fail", "never asks")
    write_reports(run)
    still = opened.open((run / "report.html").as_uri())
    expect(still.locator("#failure-0 h3")).to_have_text("Sells <b>what</b> is sold out")
    expect(still.locator(".marked")).to_have_text("✗ Bad reply: never asks")
    assert opened.complaints == []


def test_a_case_and_a_failure_group_have_addresses(opened: Watched, run: Path, address: str) -> None:
    page = opened.open(f"{address}#case-coffee-h049%233")
    expect(page.locator(".case", has_text="coffee-h049#3").first).to_be_focused()
    group = page.locator("#failure-1")
    size = int(group.get_by_role("link", name="All cases of this group").inner_text().split("(")[1].rstrip(")"))
    group.get_by_role("link", name="All cases of this group").click()
    expect(page.get_by_label("Part of the suite")).not_to_have_value("")
    expect(page.locator(".case-list")).to_have_attribute("aria-busy", "false", timeout=30_000)
    assert 0 < found(page) <= size
