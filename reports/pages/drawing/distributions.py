"""How the values of graded measures are spread over the cases: five quantiles a measure and candidate."""

from __future__ import annotations

from typing import Final

import numpy as np

from reports.pages.drawing.picture import Picture, colour_of, numbered, svg_of
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import MeasureOfRun
from reports.scores import FloatArray, Scores

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_FEWEST_VALUES: Final = 5
_WIDTH = 420


def distributions(scores: Scores, words: Words) -> Picture | None:
    """Of each measure with a bounded scale and more than two different values; None where there is none."""
    graded = [i for i, measure in enumerate(scores.measures) if measure.span and _is_graded(scores.values[i])]
    if not graded:
        return None
    own, figures = words.pictures, Figures(words.language)
    labels = numbered([one_line(scores.measures[i].title) for i in graded])
    drawn, rows, told = [], [], []
    for label, i in zip(labels, graded, strict=True):
        measure = scores.measures[i]
        for c, candidate in enumerate(scores.candidates):
            found = _quantiles(scores.values[i, c])
            if found is None:
                continue
            name = one_line(candidate)
            drawn.append({"measure": label, "candidate": name, **_shares(found, measure)})
            printed = tuple(figures.value(value, measure.decimals) for value in found)
            rows.append((one_line(measure.title), name, *printed))
            told.append(own.distribution.format(measure=one_line(measure.title), candidate=name, middle=printed[2]))
    if not drawn:
        return None
    heads = (words.measure, words.candidate, *own.quantile_heads)
    svg = _draw(drawn, [one_line(name) for name in scores.candidates], own.share_of_scale)
    description = f"{own.distributions}: {words.list_separator.join(told)}."
    return Picture(own.distributions, svg, description, heads, tuple(rows))


def _is_graded(values: FloatArray) -> bool:
    return len(np.unique(values[np.isfinite(values)])) > 2


def _quantiles(values: FloatArray) -> list[float] | None:
    there = values[np.isfinite(values)]
    return [float(value) for value in np.quantile(there, _QUANTILES)] if there.size >= _FEWEST_VALUES else None


def _shares(quantiles: list[float], measure: MeasureOfRun) -> dict[str, float]:
    """In percent of the scale."""
    assert measure.scale is not None and measure.span
    low = measure.scale[0]
    return {f"q{i}": 100 * (value - low) / measure.span for i, value in enumerate(quantiles)}


def _draw(rows: list[dict[str, object]], candidates: list[str], title: str) -> str:
    import altair as alt  # noqa: PLC0415 - heavy

    colours = alt.Scale(domain=candidates, range=[colour_of(c) for c in range(len(candidates))])
    common = {
        "y": alt.Y("measure:N", sort=None, title=None, axis=alt.Axis(labelLimit=170, minExtent=150)),
        "yOffset": alt.YOffset("candidate:N", sort=candidates),
        "color": alt.Color("candidate:N", legend=None, scale=colours),
    }
    axis = alt.Axis(title=title, tickCount=5)
    x = alt.X("q0:Q", scale=alt.Scale(domain=[0, 100], clamp=True), axis=axis)
    chart = alt.Chart(alt.InlineData(values=rows))
    layers = alt.layer(
        chart.mark_rule(strokeWidth=1.5).encode(x=x, x2="q4:Q", **common),
        chart.mark_rule(strokeWidth=6, strokeCap="round", opacity=0.45).encode(x="q1:Q", x2="q3:Q", **common),
        chart.mark_point(filled=True, size=42, opacity=1).encode(x="q2:Q", **common),
    )
    return svg_of(layers.properties(width=_WIDTH, height=alt.Step(11)))
