"""The summary of a run for a pull request: the verdict first, the gate, the measures, and the worst regressions folded.

It is short enough for a comment. Nothing that a model or a suite wrote can notify people, give orders to the server or to its
robots, or break out of its place: replies stand fenced inside quotes, so that no line begins with what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reports.analysis import Analysis
from reports.pages.details import CaseDetail, read_details
from reports.pages.figures import Figures
from reports.pages.markdown import gate_table, measure_table, plain
from reports.pages.regressions import Fall, Regression, worst_regressions
from reports.pages.text import visible
from reports.pages.wording.summary_words import SUMMARY_WORDS

MOST_CHARACTERS: Final = 60_000
"""GitHub takes comments of up to 65,536 characters; the rest is for what is put before and after the summary."""

SIGNS: Final = {"pass": "✅", "fail": "❌", "inconclusive": "❔"}
_LONGEST_REPLY: Final = 1_500
_MOST_FALLS: Final = 4
_WORD_JOINER: Final = "\u2060"
_FENCE = re.compile(r"`{3,}")
_NOTIFIES = re.compile(r"([@#])(?=\w)")


def pull_request_summary(analysis: Analysis, link: str | None = None, most: int = MOST_CHARACTERS) -> str:
    """The summary as GitHub- and GitLab-flavoured Markdown.

    Args:
        analysis: The run.
        link: Address of the HTML report, if it has one.
        most: Characters that it may have. Regressions are left out from the end, then the table of measures, then the gate's.

    Raises:
        ReportError: A file of the run that holds the replies is missing or torn.
    """
    words = analysis.words
    said = SUMMARY_WORDS[words.language]
    report = f"[{said.full_report}]({_address(link)})" if link else said.report_in_folder
    sign = f"{SIGNS[analysis.gate.outcome]} " if analysis.gate else ""
    first = [f"## {sign}{_quiet(plain(analysis.verdict))}"]
    if analysis.gate:
        first.append(_quiet(plain(analysis.standing)))
    tables = [_quiet(gate_table(analysis.gate, words))] if analysis.gate else []
    tables += [f"{_quiet(measure_table(analysis))}\n\n{_quiet(plain(analysis.legend))}"]
    last = [f"{report} · {_quiet(plain(analysis.tables.manifest.signature))}"]
    return _fitted(first, [*tables, *_regressions(analysis)], last, said.shortened, most)


def _fitted(first: list[str], middle: list[str], last: list[str], shortened: str, most: int) -> str:
    """All blocks, or as many from the beginning of the middle ones as there is room for."""
    for kept in range(len(middle), -1, -1):
        note = [] if kept == len(middle) else [shortened]
        text = "\n\n".join([*first, *middle[:kept], *note, *last]) + "\n"
        if len(text) <= most:
            return text
    return text[:most]  # only where the names of hundreds of candidates fill the verdict


def _regressions(analysis: Analysis) -> list[str]:
    """A heading and one folded block each; empty where there is nothing to compare with."""
    words, baseline = analysis.words, analysis.comparison.baseline
    said = SUMMARY_WORDS[words.language]
    if not analysis.comparison.differences:
        return []
    found = worst_regressions(analysis.scores, baseline)
    if not found:
        return [_quiet(plain(said.not_compared.format(baseline=baseline)))]
    names = analysis.tables.case_ids([one.position for one in found])
    details = read_details(analysis.tables.folder, names)
    heading = f"### {said.regressions.format(count=len(found))}"
    hint = _quiet(plain(said.regressions_hint.format(baseline=baseline)))
    blocks = [_regression(one, detail, analysis) for one, detail in zip(found, details, strict=True)]
    return [f"{heading}\n\n{hint}\n\n{blocks[0]}", *blocks[1:]]


def _regression(regression: Regression, detail: CaseDetail, analysis: Analysis) -> str:
    words, baseline = analysis.words, analysis.comparison.baseline
    said, figures = SUMMARY_WORDS[words.language], Figures(words.language)
    change = figures.signed(regression.change, 2)
    title = said.regression.format(case=detail.case_id, candidate=regression.candidate, change=change)
    lines = [f"<details><summary>{_html(_quiet(title))}</summary>", ""]
    if regression.falls:
        fallen = words.list_separator.join(_fall(fall, figures) for fall in regression.falls[:_MOST_FALLS])
        lines += [_quiet(plain(said.fell.format(measures=fallen))), ""]
    turns = [turn for turn in detail.messages if turn.role != "system"]
    if turns:
        lines += _quoted(said.turn, turns[-1].content.text)
    if detail.references:
        lines += _quoted(words.script.references, *(reference.text for reference in detail.references[:1]))
    for name in (baseline, regression.candidate):
        replies = [reply.text.text if reply.text else f"({reply.error})" for reply in detail.replies.get(name, ())]
        lines += _quoted(said.candidate_said.format(candidate=name), *(replies or [words.script.no_reply]))
    return "\n".join([*lines, "</details>"])


def _fall(fall: Fall, figures: Figures) -> str:
    before, after = (figures.value(value, fall.measure.decimals) for value in (fall.before, fall.after))
    return f"{fall.measure.title} {before} → {after}"


def _quoted(heading: str, *texts: str) -> list[str]:
    """Texts in fenced blocks inside a quote."""
    lines = [f"**{_quiet(plain(heading))}:**", ""]
    for text in texts:
        shown = visible(text)
        shown = shown if len(shown) <= _LONGEST_REPLY else f"{shown[:_LONGEST_REPLY]}…"
        fence = "`" * max([3, *(len(run) + 1 for run in _FENCE.findall(shown))])
        lines += [f"> {line}" for line in (f"{fence}text", *shown.split("\n"), fence)] + [""]
    return lines


def _quiet(markdown: str) -> str:
    """Markdown in which `@name` notifies nobody and `#1` links to nothing."""
    return _NOTIFIES.sub(rf"\1{_WORD_JOINER}", markdown)


def _html(text: str) -> str:
    """Text for a line of HTML, which stays one line."""
    shown = " ".join(visible(text).split())
    for sign, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ("`", "#96"), ("*", "#42"), ("_", "#95"), ("[", "#91")):
        shown = shown.replace(sign, f"&{name};")
    return shown


def _address(link: str) -> str:
    """An address that cannot end the brackets around it."""
    escapes: Sequence[tuple[str, str]] = (("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E"), ("\\", "%5C"))
    address = "".join(link.split())
    for sign, escape in escapes:
        address = address.replace(sign, escape)
    return address
