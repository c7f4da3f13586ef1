"""Reports of large runs: time, memory and size of the report of 100,000 cases, and how fast `rejoinder view` answers.

The reports are made from the tables of a run folder in a process of its own; the page of 2,000 cases is opened in Chromium,
where there is one.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlencode

from benchmarks.figures import Figure
from benchmarks.large_run import CANDIDATES, write_large_run
from reports.view.server import ViewOfRun, address_of, make_server

CASES: Final = 100_000
SMALL: Final = 2_000
FILTERS: Final[tuple[dict[str, object], ...]] = (
    {"condition": "worse"},
    {"condition": "act", "candidate": 1},
    {"condition": "unparsed"},
    {"kind": "tag", "name": "tag_3", "order": "regressed"},
    {"kind": "failure", "name": 0, "order": "lowest", "measure": 5},
    {"search": "croissant 417"},
)
T = TypeVar("T")

_CHROMIUM = os.environ.get("REJOINDER_CHROMIUM") or shutil.which("chromium")


def run() -> list[Figure]:
    """The report, its page and its view at 100,000 cases, and the page of 2,000 cases."""
    with tempfile.TemporaryDirectory() as name:
        large = write_large_run(Path(name) / "large", CASES)
        small = write_large_run(Path(name) / "small", SMALL)
        return [*_report_figures(large, CASES), *_view_figures(large), *_small_figures(small)]


def _report_figures(folder: Path, cases: int) -> list[Figure]:
    seconds, memory = _reported(folder)
    megabytes = (folder / "report.html").stat().st_size / 1e6
    named = f"{cases:,} cases x {len(CANDIDATES)} candidates"
    return [
        Figure(f"reports of {named}", seconds, "s", "20 s", seconds <= 20),
        Figure("the same: most memory", memory, "GB", "2 GB", memory <= 2),
        Figure("the same: report.html", megabytes, "MB", "under 10 MB", megabytes < 10),
    ]


def _reported(folder: Path) -> tuple[float, float]:
    """Seconds and GB that a process takes to write the reports, its start and imports among them."""
    code = (
        f"from pathlib import Path; from reports.reporting import write_reports; write_reports(Path({str(folder)!r}))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    seconds = time.perf_counter() - began
    return seconds, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1e6


def _view_figures(folder: Path) -> list[Figure]:
    opened, view = _timed(lambda: ViewOfRun(folder))
    server = make_server(view)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base, token = address_of(server, view).split("/?token=")

    def ask(path: str, values: dict[str, object]) -> bytes:
        with urllib.request.urlopen(f"{base}{path}?{urlencode({'token': token, **values})}") as answer:
            return bytes(answer.read())

    def first_page() -> None:
        ask("/", {})
        ask("/found", {})
        assert len(json.loads(ask("/cases", {"count": 10}))["cases"]) == 10

    def filtered(values: dict[str, object]) -> None:
        assert json.loads(ask("/found", values))["found"] > 0
        ask("/cases", {**values, "count": 10})

    first = opened + _timed(first_page)[0]
    ask("/found", {"search": "warm up"})  # the texts are read once
    slowest, last = max((_timed(lambda asked=asked: filtered(asked))[0], str(asked)) for asked in FILTERS)  # type: ignore[misc]
    server.shutdown()
    server.server_close()
    return [
        Figure("view: opening the run, the first page and its cases", first, "s", "1 s", first <= 1),
        Figure(
            f"view: the slowest of {len(FILTERS)} filters with its cases ({last})",
            slowest,
            "s",
            "0.3 s",
            slowest <= 0.3,
        ),
    ]


def _small_figures(folder: Path) -> list[Figure]:
    _reported(folder)
    page = folder / "report.html"
    megabytes = page.stat().st_size / 1e6
    named = f"report.html of {SMALL:,} cases x {len(CANDIDATES)} candidates"
    found = [Figure(named, megabytes, "MB", "3 MB", megabytes <= 3)]
    if _CHROMIUM:
        seconds = _opening_seconds(page)
        found.append(Figure("the same: until its cases are shown in Chromium", seconds, "s", "under 1 s", seconds < 1))
    return found


def _opening_seconds(page: Path) -> float:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of the development extra

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto("about:blank")
        began = time.perf_counter()
        tab.goto(page.as_uri())
        tab.locator("#cases-view .case").first.wait_for()
        seconds = time.perf_counter() - began
        browser.close()
    return seconds


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
