"""What could not be measured, as the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence

from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Measure
from reports.unmeasured import FAILED, Unmeasured


def unmeasured_rows(
    unmeasured: Sequence[Unmeasured], measures: Sequence[Measure], words: Words
) -> list[tuple[str, ...]]:
    """In the order of `Words.unmeasured_heads`."""
    titles = {measure.name: one_line(measure.title) for measure in measures}
    return [_row(one, titles, words) for one in unmeasured]


def _row(one: Unmeasured, titles: dict[str, str], words: Words) -> tuple[str, ...]:
    figures = Figures(words.language)

    def share(count: int) -> str:
        return f"{figures.percent(count / one.due)} ({figures.count(count)})" if count else "–"

    what = ", ".join(titles[name] for name in one.measures) or words.failed_requests
    reasons = words.list_separator.join(f"{one_line(reason)} ({figures.count(n)})" for reason, n in one.reasons)
    return (one_line(one.candidate), what, *(share(one.counts[status]) for status in FAILED), reasons or "–")
