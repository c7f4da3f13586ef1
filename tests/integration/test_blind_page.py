"""The raters' page of the blind test in a real browser: keys, phone, two raters at once, hostile replies, a server that goes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright", reason="needs playwright (rejoinder[dev])")
from blind_material import pairs_of, planner, secret
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_html_report import CHROMIUM

from harness.blind_test.folder import REAL, BlindFolder
from harness.blind_test.pairs import BlindPair, levelled
from harness.blind_test.server import About, BlindServer, PageTexts
from harness.blind_test.sittings import Sittings
from suites.dialogue import Message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"needs Chromium at {CHROMIUM}, or REJOINDER_CHROMIUM"),
]

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "</script></textarea><svg onload=alert(3)><style>*{display:none}</style>",
    "\u202eright to left\x1b[31m \"'>&lt;b&gt; {answered} ${1+1}",
    "W" * 400,
)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Test:
    """A test that is served from this process."""

    __test__ = False

    folder: BlindFolder
    pairs: list[BlindPair]
    port: int = 0
    about: str = ""
    link: str = ""

    @contextmanager
    def served(self) -> Iterator[str]:
        with self.folder.answering():
            sittings = Sittings(planner(self.pairs), self.folder.answers)
            texts = PageTexts("en", 85, of_two=False, about={None: About("<i>June", self.about)} if self.about else {})
            with BlindServer(("127.0.0.1", self.port), secret().token, sittings, texts) as server:
                self.port, self.link = server.server_address[1], server.link
                thread = threading.Thread(target=server.serve_forever, args=(0.02,))
                thread.start()
                try:
                    yield server.link
                finally:
                    server.shutdown()
                    thread.join()

    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.folder.answers.path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def test(tmp_path: Path) -> Test:
    return Test(BlindFolder(tmp_path), pairs_of(8))


@dataclass
class Rater:
    """A page, and everything that it complained of or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def start(self, link: str, name: str) -> None:
        self.page.goto(link)
        self.page.locator("#name").fill(name)
        self.page.locator("#enter .choices label").first.click()
        self.page.locator("#enter button").click()

    def sees_question(self, number: int) -> None:
        """Waits for it: keys do nothing before a question is there, and a busy machine shows it a while after `start`."""
        expect(self.page.locator("#progress-text")).to_contain_text(f"Question {number} ")

    def shown(self) -> tuple[str, ...]:
        return tuple(self.page.locator(".reply .text").all_inner_texts())

    def answer_with_keys(self, keys: tuple[str, ...], number: int) -> None:
        self.sees_question(number)
        for key in keys:
            self.page.keyboard.press(key)
        expect(self.page.locator("#saved")).to_contain_text(f"Saved: {number} ")


@pytest.fixture
def rater(browser: Browser) -> Iterator[Any]:
    """Makes raters, each with a browser profile of its own; in the end none may have complained or gone elsewhere."""
    made: list[Rater] = []
    with ExitStack() as stack:

        def make(**options: Any) -> Rater:
            context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
            stack.callback(context.close)
            one = Rater(context.new_page())
            one.page.on("console", lambda message: one.complaints.append(message.text))
            one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
            one.page.on("dialog", lambda dialog: one.complaints.append(dialog.message))
            one.page.on("request", lambda request: one.requests.append(request.url))
            made.append(one)
            return one

        yield make
        for one in made:
            assert one.complaints == []
            assert {urlsplit(url).netloc for url in one.requests} <= {urlsplit(one.page.url).netloc}


def test_a_whole_test_with_the_keyboard_alone(rater: Any, test: Test) -> None:
    one = rater()
    with test.served() as link:
        one.start(link, "Anna")
        total, sure = 10, 0
        seen = []
        for number in range(1, total + 1):
            expect(one.page.locator("#progress-text")).to_have_text(f"Question {number} of {total}")
            expect(one.page.locator("#save")).to_be_disabled()
            seen.append(one.shown())
            sure = 1 + number % 3
            keys = ("ArrowLeft", "ArrowRight" if number % 2 else "ArrowLeft", str(sure), "Enter")
            if number < total:
                one.answer_with_keys(keys, number)
            else:
                for key in keys:
                    one.page.keyboard.press(key)
        expect(one.page.locator("#done h1")).to_be_focused()
        expect(one.page.locator("#done")).to_contain_text("All 10 answers are saved")
        expect(one.page.locator("#done")).to_contain_text("85 answers")
    for number, (line, texts) in enumerate(zip(test.answers(), seen, strict=True), start=1):
        side = number % 2
        assert line["chosen"] == line["shown"][side] and line["confidence"] == 1 + number % 3
        if line["kind"] == "pair":
            assert texts[side].startswith("person" if line["chosen"] == REAL else line["chosen"])


def test_two_raters_at_once_one_on_a_phone(rater: Any, test: Test) -> None:
    anna, boris = rater(), rater(**PHONE)
    with test.served() as link:
        anna.start(link, "Anna")
        boris.start(f"{link}&language=ru", "Борис")
        expect(boris.page.locator(".replies legend")).to_have_text("Какой ответ написал человек?")
        for number in range(1, 4):
            boris.page.locator(".reply").nth(1).tap()
            anna.sees_question(number)
            anna.page.keyboard.press("ArrowLeft")
            boris.page.locator("#answer .choices label").nth(2).tap()
            anna.page.keyboard.press("1")
            boris.page.locator("#save").tap()
            expect(boris.page.locator("#saved")).to_contain_text(f"Сохранено: {number} ")
            anna.page.keyboard.press("Enter")
            expect(anna.page.locator("#saved")).to_contain_text(f"Saved: {number} ")
    by_rater = {name: [line for line in test.answers() if line["rater"] == name] for name in ("Anna", "Борис")}
    assert [len(lines) for lines in by_rater.values()] == [3, 3]
    assert all(line["chosen"] == line["shown"][0] and line["confidence"] == 1 for line in by_rater["Anna"])
    assert all(line["chosen"] == line["shown"][1] and line["confidence"] == 3 for line in by_rater["Борис"])


def test_the_page_does_not_tell_which_is_which(rater: Any, test: Test) -> None:
    test.pairs = [replace(pair, texts=("same length one", "same length two")) for pair in test.pairs]
    one = rater()
    with test.served() as link:
        one.start(link, "Anna")
        expect(one.page.locator(".reply")).to_have_count(2)
        for side in (0, 1):  # a busy browser shows them a while after they are there
            expect(one.page.locator(".reply").nth(side)).to_be_visible()
        source = one.page.content()
        assert REAL not in source and "june" not in source
        looks = [
            html.replace(text, "").replace(f'value="{side}"', "").replace(f"Reply {'AB'[side]}", "")
            for side, (html, text) in enumerate(
                zip(
                    one.page.locator(".reply").evaluate_all("all => all.map((each) => each.outerHTML)"),
                    one.shown(),
                    strict=True,
                )
            )
        ]
        assert looks[0] == looks[1]
        boxes = [one.page.locator(".reply").nth(side).bounding_box() for side in (0, 1)]
        assert boxes[0] is not None and boxes[1] is not None
        assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])


@pytest.mark.parametrize(
    "options", [{}, PHONE | {"viewport": {"width": 320, "height": 568}}], ids=["desktop", "small phone"]
)
def test_hostile_texts_stay_text(rater: Any, test: Test, options: dict[str, Any]) -> None:
    context = (Message(role="user", content=HOSTILE[0]), Message(role="assistant", content=HOSTILE[1]))
    test.pairs = [
        replace(
            pair,
            case=pair.case.model_copy(update={"messages": context}),
            texts=(levelled(HOSTILE[number % 4]), levelled(HOSTILE[(number + 1) % 4])),
        )
        for number, pair in enumerate(test.pairs[:4])
    ]
    test.about = HOSTILE[1]
    one = rater(**options)
    shown: list[str] = []
    with test.served() as link:
        one.page.goto(link)
        assert HOSTILE[1] in one.page.locator("#start .about").inner_text()
        one.start(link, "<b>Anna</b>")
        for number in range(1, 5):
            one.sees_question(number)
            shown += one.shown()
            assert one.page.locator("#context .text").all_inner_texts() == list(HOSTILE[:2])
            expect(one.page.locator("#about summary")).to_have_text("About the person: <i>June")
            assert one.page.locator("#about .text").text_content() == HOSTILE[1]
            assert one.page.evaluate("document.documentElement.scrollWidth") <= one.page.viewport_size["width"]
            assert one.page.locator("main img, main svg, main script, main style").count() == 0
            for key in ("ArrowLeft", "2", "Enter"):
                one.page.keyboard.press(key)
        expect(one.page.locator("#done")).to_be_visible()
    for text in (HOSTILE[0], HOSTILE[1], HOSTILE[3]):
        assert shown.count(text) == 2
    assert sum("⟨U+202E⟩right to left␛[31m" in text for text in shown) == 2


def test_policy_stops_what_is_not_the_pages_own(rater: Any, test: Test) -> None:
    one = rater()
    with test.served() as link:
        one.start(link, "Anna")
        expect(one.page.locator(".reply")).to_have_count(2)
        ran = one.page.evaluate(
            """() => { const script = document.createElement("script");
                       try { script.textContent = "window.ran = true"; document.body.append(script); } catch {}
                       try { document.body.innerHTML += "<img src=x onerror='window.ran = true'>"; } catch {}
                       return window.ran === true; }"""
        )
        assert ran is False and one.page.locator("img").count() == 0
        assert one.complaints
        one.complaints.clear()


def test_a_test_is_left_and_taken_up_again_on_another_device(rater: Any, test: Test) -> None:
    one, later = rater(), rater(**PHONE)
    with test.served() as link:
        one.start(link, "Anna")
        one.answer_with_keys(("ArrowLeft", "1", "Enter"), 1)
        one.answer_with_keys(("ArrowRight", "2", "Enter"), 2)
        one.sees_question(3)
        left = one.shown()
        one.page.reload()
        one.start(link, "Anna")
        one.sees_question(3)
        later.start(link, "anna")
        expect(later.page.locator("#taken")).to_contain_text("anna is here already and has answered 2")
        later.page.locator("#rename").tap()
        expect(later.page.locator("#enter")).to_be_visible()
        later.page.locator("#enter button").tap()
        later.page.locator("#resume").tap()
        later.sees_question(3)
        assert later.shown() == left
    assert len(test.answers()) == 2


def test_an_answer_waits_on_the_page_while_the_server_is_away(rater: Any, test: Test) -> None:
    one = rater()
    with test.served() as link:
        one.start(link, "Anna")
        expect(one.page.locator(".reply")).to_have_count(2)
    for key in ("ArrowRight", "3", "Enter"):
        one.page.keyboard.press(key)
    expect(one.page.locator("#problem")).to_contain_text("Not saved: the server cannot be reached")
    expect(one.page.locator(".reply input").nth(1)).to_be_checked()
    assert test.answers() == []
    assert one.complaints
    one.complaints.clear()
    with test.served():
        one.answer_with_keys(("Enter",), 1)
        expect(one.page.locator("#problem")).to_be_hidden()
    (line,) = test.answers()
    assert line["chosen"] == line["shown"][1] and "seconds" not in line


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(rater: Any, test: Test, scheme: str) -> None:
    one = rater(color_scheme=scheme, **PHONE)
    with test.served() as link:
        one.start(link, "Anna")
        one.page.locator(".reply").first.tap()
        one.page.locator("#answer .choices label").first.tap()
        contrasts = one.page.evaluate(_CONTRASTS)
    assert len(contrasts) == 8
    assert min(contrasts.values()) >= 4.5, contrasts


# WCAG 2.2, success criterion 1.4.3; all colours here are opaque and plain.
_CONTRASTS = """() => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => { for (; node; node = node.parentElement) { const found = rgb(getComputedStyle(node).backgroundColor);
                             if (found[3] === undefined) return found; } return [255, 255, 255]; };
  const contrasts = {};
  for (const selector of ["#progress-text", "h2", ".speaker", ".turn .text", ".reply .letter", ".reply .text",
                          "#answer .choices :checked + span", "#save"]) {
    const node = [...document.querySelectorAll(selector)].find((each) => each.offsetParent || each.id === "progress-text");
    if (!node) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    contrasts[selector] = (a + 0.05) / (b + 0.05);
  }
  return contrasts;
}"""
