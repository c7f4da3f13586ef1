"""A real Chromium for tests of the report, and a page that is watched. Holds no tests; fixtures are imported by name."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs playwright (rejoinder[dev])")
from playwright.sync_api import Browser, Page, expect, sync_playwright

from reports.view.server import ViewOfRun, address_of, make_server

CHROMIUM = os.environ.get("REJOINDER_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"

NEEDS_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"needs Chromium at {CHROMIUM}, or REJOINDER_CHROMIUM"),
]


@dataclass
class Watched:
    """A page, and everything that it said or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str | Path, fragment: str = "") -> Page:
        """Go to an address or a file and wait for the cases."""
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{address.as_uri() if isinstance(address, Path) else address}{fragment}")
        expect(self.page.locator("#cases-view [role=status]")).not_to_be_empty()  # the cases are unpacked
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Watched]:
    """A fresh page; what it may complain of or ask for is for the test to say."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Watched(context.new_page())
    context.close()


@contextmanager
def served(run: Path) -> Iterator[str]:
    """The address at which a run is viewed."""
    view = ViewOfRun(run)
    server = make_server(view)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield address_of(server, view)
    finally:
        server.shutdown()
        server.server_close()


def found(page: Page) -> int:
    """How many cases the filters leave, as the page says."""
    text = page.locator("#cases-view [role=status]").inner_text()
    return int(text.split(" of ")[1].split(" ")[0].replace(",", "")) if " of " in text else 0


@pytest.fixture(params=["report", "view"])
def address(run: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Of the report of the module's own `run`, and of the page that is served."""
    if request.param == "report":
        yield (run / "report.html").as_uri()
        return
    with served(run) as address:
        yield address
