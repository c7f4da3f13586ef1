"""A battery of texts that try to run or load something, in every place of a report, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

from hostile_payloads import PAYLOADS
from report_browser import NEEDS_CHROMIUM, Watched, browser, opened
from report_run_folder import case, manifest, measure, reply, result, write_run, write_table
from test_report_preferences import PAIR_MEASURE, comparison

from reports.failures.review import Mark, Review, write_review
from reports.pages.text import visible
from reports.reporting import write_reports
from reports.tables import PREFERENCES

__all__ = ["browser", "opened"]

pytestmark = NEEDS_CHROMIUM

_PAGE = 10


def hostile_run(folder: Path) -> Path:
    """A case for each payload, with the payload wherever something can be written; some name measures and candidates."""
    names = ["base", PAYLOADS[1]]
    measures = [
        measure(
            f"own_{i}", kind=kind, title=PAYLOADS[7 * i], description=PAYLOADS[7 * i + 1], signature=PAYLOADS[7 * i + 2]
        )
        for i, kind in enumerate(("check", "judge", "judge", "reference", "other"))
    ] + [measure("act", kind="act", title=PAYLOADS[50])]
    ids = [f"d{i}{text}#1" for i, text in enumerate(PAYLOADS)]
    cases = [
        case(
            name,
            dialogue_id=f"d{i}",
            act=text,
            tags=[text],
            messages=json.dumps([{"role": text, "name": text, "content": text}, {"role": "user", "content": text}]),
            references=[text],
            expectation=json.dumps({text: [text], "order": [{"item": text, "quantity": 1}]}),
        )
        for i, (name, text) in enumerate(zip(ids, PAYLOADS, strict=True))
    ]
    results = [
        result(name, who, info["name"], (i % 3) / 2, label=text, reason=text)
        for i, (name, text) in enumerate(zip(ids, PAYLOADS, strict=True))
        for who in names
        for info in measures
    ]
    replies = [
        reply(
            name,
            who,
            f"{text} {'said' if who == 'base' else 'told'}",
            reasoning=text,
            finish_reason=text,
            suspected_attack=[text],
        )
        for name, text in zip(ids, PAYLOADS, strict=True)
        for who in names
    ]
    run = write_run(
        folder,
        measures=measures,
        cases=cases,
        results=results,
        replies=replies,
        manifest_data=manifest(
            names,
            run=PAYLOADS[3],
            hardware=PAYLOADS[4],
            signature=PAYLOADS[5],
            spec={"x": list(PAYLOADS)},
            preferences=[PAIR_MEASURE | {"title": PAYLOADS[2], "description": PAYLOADS[6]}],
        ),
    )
    comparisons = [
        comparison(i, names[1], names[0], "win", case_id=name, reason=text)
        for i, (name, text) in enumerate(zip(ids, PAYLOADS, strict=True))
    ]
    write_table(run / "preferences.parquet", PREFERENCES, comparisons)
    marks = tuple(Mark(case_id=name, candidate="base", seed=0, label="fail", note=PAYLOADS[8]) for name in ids[:20])
    write_review(run, Review(names={"judge:own_1": PAYLOADS[9]}, marks=marks))
    return run


def test_nothing_runs_and_nothing_is_loaded(opened: Watched, tmp_path: Path) -> None:
    assert len(set(PAYLOADS)) >= 100
    html = write_reports(hostile_run(tmp_path)).html
    page = opened.open(html.as_uri())
    elements = page.evaluate("[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]")
    assert not {"img", "iframe", "object", "embed", "base", "link", "audio", "video", "form", "use"} & set(elements)
    seen: set[str] = set()
    reasons: set[str] = set()
    while True:
        seen |= set(page.locator(".case .bubble.user .text").all_text_contents())
        seen |= set(page.locator(".case .reply > .text").all_text_contents())
        reasons |= set(page.locator(".comparison .reason").all_text_contents())
        onward = page.get_by_role("button", name="Next →")
        if onward.is_disabled():
            break
        onward.click()
    for text in PAYLOADS:
        assert visible(text) in seen, text  # shown as it was written
        assert f"{visible(text)} said" in seen, text
        assert visible(text) in reasons, text
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    page.mouse.move(600, 400)
    page.get_by_label("Search in dialogues and replies").fill(PAYLOADS[0])
    for field in page.locator("#cases-view select").all():
        last = field.locator("option").last.get_attribute("value")
        field.select_option(value=last)
    page.evaluate("location.hash = '#case-' + encodeURIComponent('<img src=x onerror=window.ran=1>')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert opened.complaints == []
    assert opened.requests == [html.as_uri()]
