"""Failure groups as plain values for the page: names in the report's language, figures printed, texts made visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from reports.analysis import Analysis
from reports.failures.groups import FailureGroup, GroupCount, WordingGroup
from reports.failures.kinds import Fault
from reports.pages.figures import MARKS, Figures
from reports.pages.text import one_line, visible
from reports.pages.wording import Words
from reports.records import Measure

_UNRESERVED = "!'()*-._~"  # what JavaScript's encodeURIComponent leaves as it is


def failure_name(fault: Fault, measures: Sequence[Measure], words: Words) -> str:
    """A group's own name: `Does “confirm” where “clarify” is due`."""
    text = words.failures.kinds[fault.kind]
    if fault.kind == "act":
        due, done = fault.about
        return one_line(text.format(due=due, done=done))
    titles = {measure.name: measure.title for measure in measures}
    return one_line(text.format(measure=titles.get(fault.about[0], fault.about[0]))) if fault.about else text


def name_of_group(fault: Fault, analysis: Analysis) -> str:
    """The name that a reviewer gave to a group, or its own."""
    given = one_line(analysis.review.names.get(fault.key, ""))
    return given or failure_name(fault, analysis.tables.measures, analysis.words)


def failure_views(analysis: Analysis) -> list[dict[str, Any]]:
    """All groups for the template, the largest first."""
    return [_group(number, group, analysis) for number, group in enumerate(analysis.failures.groups)]


def _group(number: int, group: FailureGroup, analysis: Analysis) -> dict[str, Any]:
    words, figures = analysis.words, Figures(analysis.words.language)
    return {
        "number": number,
        "name": name_of_group(group.fault, analysis),
        "size": figures.count(group.replies),
        "counts": [_count(name, count, words, figures) for name, count in group.counts.items()],
        "wordings": [_wording(wording, words, figures) for wording in group.wordings],
        "sampled": words.failures.sampled.format(count=figures.count(group.sampled)) if group.sampled else "",
    }


def _count(name: str, count: GroupCount, words: Words, figures: Figures) -> dict[str, Any]:
    difference = ""
    if count.difference is not None:
        difference = words.failures.points.format(points=figures.signed(100 * count.difference, 1))
    return {
        "candidate": one_line(name),
        "replies": figures.count(count.replies),
        "share": figures.percent(count.share),
        "difference": difference,
        "interval": figures.interval(count.interval.model_copy(update=_percentages(count)), 1)
        if count.interval is not None
        else "",
        "relation": count.relation,
        "relation_word": words.relations[count.relation],
        "mark": MARKS[count.relation],
    }


def _percentages(count: GroupCount) -> dict[str, float]:
    assert count.interval is not None
    return {"low": 100 * count.interval.low, "high": 100 * count.interval.high}


def _wording(wording: WordingGroup, words: Words, figures: Figures) -> dict[str, Any]:
    own, share = words.failures, figures.percent(wording.share)
    terms = ", ".join(one_line(term) for term in wording.terms)
    others = own.others.format(share=share) if wording.share < 1 else ""
    return {
        "title": own.alike.format(share=share, terms=terms) if terms else others,
        "typical": [
            {
                "address": f"#case-{quote(one_line(reply.case_id), safe=_UNRESERVED)}",
                "case": one_line(reply.case_id),
                "candidate": one_line(reply.candidate),
                "quote": visible(reply.quote).strip(),
            }
            for reply in wording.typical
        ],
    }
