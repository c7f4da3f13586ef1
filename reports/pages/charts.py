"""Charts as SVG that takes its colours from the page's style sheet, so that they fit light and dark."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from reports.comparison import Comparison
from reports.estimates import Difference
from reports.pages.drawing.picture import silent
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Measure
from reports.statistics.clusters import Interval

if TYPE_CHECKING:
    import altair as alt

_WIDTH = 250  # of the plot without its labels, so that all of it stays legible 360 pixels wide
_ROW = 24
_FURTHER_LABEL_LINE = 14
_LABEL_CHARACTERS = 17  # of one line of a label
_TICKS = 5
_LABEL_WIDTH = 120
_AXIS_LOOK: dict[str, Any] = {
    "labelColor": "var(--ink)",
    "titleColor": "var(--ink-soft)",
    "gridColor": "var(--line)",
    "labelFontSize": 12,
    "titleFontSize": 11.5,
    "titleFontWeight": "normal",
}
_COLOURS = {"better": "var(--better)", "worse": "var(--worse)", "unclear": "var(--unclear)"}


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture and the same in words."""

    candidate: str
    svg: str
    description: str


def forest_plot(
    candidate: str, comparison: Comparison, measures: Sequence[Measure], words: Words, limits: tuple[float, float]
) -> Chart | None:
    """The differences of one candidate from the baseline with their intervals, as percentages of each scale.

    Measures without a bounded scale or without a good side are left out; to the right is better for all.

    Args:
        candidate: Not the baseline.
        comparison: All differences.
        measures: In the order of the rows.
        words: The page's language.
        limits: Ends of the horizontal axis, from `shared_limits`, so that several charts can be compared.

    Returns:
        The chart, or None if there is nothing to draw.
    """
    lines = _lines(candidate, comparison, measures)
    if not lines:
        return None
    figures = Figures(words.language)
    described = [
        words.chart_row.format(
            measure=line.label,
            difference=figures.signed(line.difference, 1),
            interval=figures.interval(Interval(low=line.low, high=line.high), 1),
        )
        for line in lines
    ]
    title = words.chart_title.format(candidate=one_line(candidate), baseline=one_line(comparison.baseline))
    return Chart(candidate, _draw(lines, words.chart_axis, limits), f"{title} {words.list_separator.join(described)}.")


def shared_limits(comparison: Comparison, measures: Sequence[Measure]) -> tuple[float, float]:
    """Ends of an axis that holds the intervals of all candidates, in percent of the scales."""
    candidates = dict.fromkeys(candidate for _, candidate in comparison.differences)
    lines = [line for name in candidates for line in _lines(name, comparison, measures)]
    ends = [0.0, *(line.low for line in lines), *(line.high for line in lines)]
    return min(ends), max(ends)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the plot; differences are in percent of the scale, more is better."""

    label: str
    difference: float
    low: float
    high: float
    relation: str

    @property
    def label_lines(self) -> list[str]:
        return textwrap.wrap(self.label, _LABEL_CHARACTERS, break_long_words=False) or [""]


def _lines(candidate: str, comparison: Comparison, measures: Sequence[Measure]) -> list[_Line]:
    titles = Counter(measure.title for measure in measures)
    lines = []
    for measure in measures:
        difference = comparison.differences.get((measure.name, candidate))
        if difference is not None and difference.interval is not None and measure.span and measure.direction:
            label = measure.title if titles[measure.title] == 1 else f"{measure.title} ({measure.name})"
            lines.append(_line(one_line(label), measure, difference))
    return lines


def _line(label: str, measure: Measure, difference: Difference) -> _Line:
    assert measure.span is not None and difference.interval is not None and difference.difference is not None
    unit = 100 * measure.direction / measure.span
    low, high = sorted((difference.interval.low * unit, difference.interval.high * unit))
    return _Line(label, difference.difference * unit, low, high, difference.relation)


def _draw(lines: Sequence[_Line], axis_title: str, limits: tuple[float, float]) -> str:
    import altair as alt  # noqa: PLC0415 - heavy
    import vl_convert  # noqa: PLC0415 - heavy

    rows = [{**asdict(line), "label": "\n".join(line.label_lines)} for line in lines]
    low = alt.X("low:Q", scale=alt.Scale(domain=list(limits), nice=2 * _TICKS), axis=_horizontal_axis(axis_title))
    y = alt.Y("label:N", sort=None, title=None, axis=_vertical_axis())
    colours = alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    colour = alt.Color("relation:N", legend=None, scale=colours)
    data = alt.InlineData(values=rows)
    intervals = alt.Chart(data).mark_rule(strokeWidth=2.5, strokeCap="round")
    means = alt.Chart(data).mark_point(filled=True, size=55, opacity=1)
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color="var(--ink-soft)", strokeWidth=1)
    chart = alt.layer(
        zero.encode(x="zero:Q"),
        intervals.encode(x=low, x2="high:Q", y=y, color=colour),
        means.encode(x="difference:Q", y=y, color=colour),
    )
    step = _ROW + _FURTHER_LABEL_LINE * (max(len(line.label_lines) for line in lines) - 1)
    styled = chart.properties(width=_WIDTH, height=alt.Step(step), background="transparent")
    styled = styled.configure(aria=False).configure_view(stroke=None).configure_axis(**_AXIS_LOOK)
    return silent(vl_convert.vegalite_to_svg(styled.to_dict()))


def _horizontal_axis(title: str) -> alt.Axis:
    import altair as alt  # noqa: PLC0415 - heavy

    return alt.Axis(
        title=title,
        tickCount=_TICKS,
        ticks=False,
        domain=False,
        labelPadding=6,
        titlePadding=8,
        labelOverlap=False,
    )


def _vertical_axis() -> alt.Axis:
    import altair as alt  # noqa: PLC0415 - heavy

    return alt.Axis(
        ticks=False,
        domain=False,
        labelExpr="split(datum.label, '\\n')",
        labelLimit=_LABEL_WIDTH,
        minExtent=_LABEL_WIDTH,
        labelPadding=8,
    )
