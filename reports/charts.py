"""Charts as SVG that takes its colours from the page's style sheet, so that they fit light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reports.comparison import Comparison, Difference
from reports.figures import Figures
from reports.records import Measure
from reports.statistics import Interval
from reports.text import one_line
from reports.wording import Words

_WIDTH = 250  # of the plot without its labels, so that all of it stays legible 360 pixels wide
_ROW = 24
_TICKS = 4
_LABEL_WIDTH = 120
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
    rows = _rows(candidate, comparison, measures)
    if not rows:
        return None
    figures = Figures(words.language)
    described = [
        words.chart_row.format(
            measure=row["measure"],
            difference=figures.signed(row["difference"], 1),
            interval=figures.interval(Interval(low=row["low"], high=row["high"]), 1),
        )
        for row in rows
    ]
    title = words.chart_title.format(candidate=one_line(candidate), baseline=one_line(comparison.baseline))
    return Chart(candidate, _draw(rows, words.chart_axis, limits), f"{title} {words.list_separator.join(described)}.")


def shared_limits(comparison: Comparison, measures: Sequence[Measure]) -> tuple[float, float]:
    """Ends of an axis that holds the intervals of all candidates, in percent of the scales."""
    candidates = dict.fromkeys(candidate for _, candidate in comparison.differences)
    rows = [row for name in candidates for row in _rows(name, comparison, measures)]
    ends = [0.0, *(row["low"] for row in rows), *(row["high"] for row in rows)]
    return min(ends), max(ends)


def _rows(candidate: str, comparison: Comparison, measures: Sequence[Measure]) -> list[dict[str, Any]]:
    titles = Counter(measure.title for measure in measures)
    rows = []
    for measure in measures:
        difference = comparison.differences.get((measure.name, candidate))
        if difference is not None and difference.interval is not None and measure.span and measure.direction:
            label = measure.title if titles[measure.title] == 1 else f"{measure.title} ({measure.name})"
            rows.append(_row(label, measure, difference))
    return rows


def _row(label: str, measure: Measure, difference: Difference) -> dict[str, Any]:
    assert measure.span is not None and difference.interval is not None and difference.difference is not None
    unit = 100 * measure.direction / measure.span
    low, high = sorted((difference.interval.low * unit, difference.interval.high * unit))
    return {
        "measure": one_line(label),
        "difference": difference.difference * unit,
        "low": low,
        "high": high,
        "relation": difference.relation,
    }


def _draw(rows: list[dict[str, Any]], axis_title: str, limits: tuple[float, float]) -> str:
    import altair as alt  # noqa: PLC0415 - heavy
    import vl_convert  # noqa: PLC0415 - heavy

    colour = alt.Color("relation:N", legend=None, scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())))
    rows_axis = alt.Y(
        "measure:N",
        sort=None,
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=_LABEL_WIDTH, minExtent=_LABEL_WIDTH, labelPadding=8),
    )
    scale = alt.Scale(domain=list(limits), nice=_TICKS)
    ticks = alt.Axis(title=axis_title, tickCount=_TICKS, ticks=False, domain=False, labelPadding=6, titlePadding=8)
    intervals = (
        alt.Chart()
        .mark_rule(strokeWidth=2.5, strokeCap="round")
        .encode(x=alt.X("low:Q", scale=scale, axis=ticks), x2="high:Q", y=rows_axis, color=colour)
    )
    means = alt.Chart().mark_point(filled=True, size=55, opacity=1).encode(x="difference:Q", y=rows_axis, color=colour)
    zero = (
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .mark_rule(color="var(--ink-soft)", strokeWidth=1)
        .encode(x="zero:Q")
    )
    chart = (
        alt.layer(zero, intervals, means, data=alt.InlineData(values=rows))
        .properties(width=_WIDTH, height=alt.Step(_ROW), background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--ink)",
            titleColor="var(--ink-soft)",
            gridColor="var(--line)",
            labelFont="inherit",
            titleFont="inherit",
            labelFontSize=12,
            titleFontSize=11.5,
            titleFontWeight="normal",
        )
    )
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return svg
