"""The HTML report: one file that needs no network, with a content security policy that lets nothing else run.

What the page says is made in `reports.pages.html_page` and `reports.pages.case_data`; its looks and its script are in
`templates/`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.analysis import Analysis
from reports.pages.case_data import case_data, json_for_html
from reports.pages.html_page import View, page_of, slices_payload

MOST_BYTES: Final = 3_000_000
"""Largest size of the file."""

POLICY_OPENING: Final = "default-src 'none';"
"""How the page's content security policy begins."""

CASES_SLOT: Final = '<script type="text/plain" id="cases-data">'
"""After it the page holds its cases, up to the end of the element."""

_HINT_BYTES: Final = 2_000  # room for the sentence that says which cases are shown
_TEMPLATES: Final = Path(__file__).parent / "templates"
_SCRIPTS: Final = (
    "dom.js",
    "slices.js",
    "word_differences.js",
    "review.js",
    "comparisons.js",
    "case_card.js",
    "case_source.js",
    "cases.js",
    "scrolling.js",
)


def html_report(analysis: Analysis) -> str:
    """The whole page.

    Raises:
        ReportError: A file of the run is missing, torn, or not what this version of Rejoinder writes.
    """
    page = page_of(analysis)
    frame = _render(analysis, page, packed_cases="", cases_hint="")
    data = case_data(analysis, MOST_BYTES - len(frame.encode()) - _HINT_BYTES)
    return _render(analysis, page, packed_cases=data.packed, cases_hint=data.selection.hint(analysis.words))


def _render(analysis: Analysis, page: View, *, packed_cases: str, cases_hint: str) -> str:
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = "\n".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        page=page,
        words=analysis.words,
        cases_hint=cases_hint,
        # Our own files, JSON that `json_for_html` has escaped, and base64; everything else is escaped by the template.
        style=Markup(style),
        script=Markup(script),
        words_json=Markup(json_for_html(asdict(analysis.words.script))),
        slices_json=Markup(json_for_html(slices_payload(analysis))),
        cases_slot=Markup(CASES_SLOT),
        packed_cases=Markup(packed_cases),
        content_security_policy=_content_security_policy(style, script),
    )


def _content_security_policy(style: str, script: str) -> str:
    return (
        f"{POLICY_OPENING} style-src '{_source_hash(style)}'; script-src '{_source_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _source_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
