"""The report holds to WCAG 2.2 AA as far as axe-core can tell, and can be used with the keyboard alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from report_browser import NEEDS_CHROMIUM, Browser, Page, Watched, browser, expect, opened, served
from report_coffee_run import coffee_run

from reports.reporting import write_reports

__all__ = ["browser", "opened"]

pytestmark = NEEDS_CHROMIUM

AXE_FOLDER = Path(os.environ.get("REJOINDER_AXE") or Path(__file__).parents[2] / ".cache" / "axe")
AXE_VERSION = "4.11"


_FAULTS = """async (rules) => (await axe.run(document, { runOnly: rules })).violations
  .map((fault) => [fault.id, fault.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))])"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the npm registry."""
    script = AXE_FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    npm = shutil.which("npm")
    if not script.exists() and npm:
        AXE_FOLDER.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(AXE_FOLDER)]
        subprocess.run([*install, f"axe-core@{AXE_VERSION}"], timeout=120, check=False, capture_output=True)
    if not script.exists():
        pytest.skip("needs axe-core: npm and its registry, or REJOINDER_AXE as a folder with node_modules/axe-core")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(coffee_run(tmp_path_factory.mktemp("coffee"), dialogues=30)).html


@pytest.fixture(scope="module")
def russian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_reports(coffee_run(tmp_path_factory.mktemp("russian"), dialogues=30, language="ru")).html


def faults_of(page: Page, axe: str) -> list[Any]:
    """What axe-core finds once everything that can be opened is open."""
    expect(page.locator(".case")).to_have_count(10)
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    page.evaluate(axe)
    faults: list[Any] = page.evaluate(
        _FAULTS, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    )
    return faults


@pytest.mark.parametrize(
    ("report", "scheme", "width"), [("coffee", "light", 1280), ("coffee", "dark", 390), ("russian", "dark", 390)]
)
def test_axe_finds_no_fault(
    browser: Browser, request: pytest.FixtureRequest, axe: str, report: str, scheme: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(request.getfixturevalue(report).as_uri())
    faults = faults_of(page, axe)
    context.close()
    assert faults == []


def test_axe_finds_no_fault_where_a_reviewer_names_and_marks(browser: Browser, coffee: Path, axe: str) -> None:
    # The served page's policy stops scripts that are not its own, axe-core among them.
    context = browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 800}, bypass_csp=True)
    page = context.new_page()
    with served(coffee.parent) as address:
        page.goto(address)
        expect(page.locator(".case")).to_have_count(10)
        page.get_by_role("button", name="Rename").first.click()
        expect(page.locator(".renaming").first).to_be_visible()
        page.locator(".mark-button[aria-pressed=false]").first.click()
        expect(page.locator(".mark-button[aria-pressed=true]").first).to_be_visible()
        faults = faults_of(page, axe)
    context.close()
    assert faults == []


def test_everything_can_be_reached_with_the_keyboard(opened: Watched, coffee: Path) -> None:
    page = opened.open(coffee.as_uri())
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.closest('section') || document.activeElement).id"))
        if page.evaluate("document.activeElement.closest('.pager') !== null"):
            break
    assert {"measures", "differences", "slices", "failures", "cases"} <= reached
    page.get_by_label("Show", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Show", exact=True)).to_have_value("worse")
