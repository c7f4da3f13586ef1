"""What a reply costs beside how good it is: tokens and seconds of each candidate against its overall standing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reports.costs import Cost
from reports.pages.drawing.picture import Picture, colour_of, shortened, svg_of
from reports.pages.figures import Figures
from reports.pages.selection import Standing
from reports.pages.text import one_line
from reports.pages.wording import Words

_WIDTH, _HEIGHT = 230, 190


def costs_against_quality(costs: Sequence[Cost], standing: Standing, words: Words) -> Picture | None:
    """One panel for tokens and one for seconds, where they are known; None where neither is, or no quality."""
    own, figures = words.pictures, Figures(words.language)
    known = np.isfinite(standing.score)
    totals, counts = np.where(known, standing.score, 0).sum(axis=1), known.sum(axis=1)
    drawn: list[dict[str, Any]] = []
    rows, told = [], []
    for c, cost in enumerate(costs):
        if not counts[c]:
            continue
        quality, name = 100 * float(totals[c] / counts[c]), one_line(cost.candidate)
        drawn.append(
            {
                "candidate": shortened(name, 18),
                "quality": quality,
                "tokens": cost.tokens,
                "seconds": cost.seconds,
                "colour": colour_of(c),
            }
        )
        tokens = "–" if cost.tokens is None else figures.value(cost.tokens, 1)
        seconds = "–" if cost.seconds is None else figures.value(cost.seconds, 2)
        rows.append((name, figures.value(quality, 1), tokens, seconds))
        told.append(own.cost.format(candidate=name, quality=rows[-1][1], tokens=tokens, seconds=seconds))
    panels = [
        (field, title)
        for field, title in (("tokens", own.tokens), ("seconds", own.seconds))
        if any(row[field] is not None for row in drawn)
    ]
    if not drawn or not panels:
        return None
    description = f"{own.costs}: {words.list_separator.join(told)}."
    heads = (words.candidate, own.quality, own.tokens, own.seconds)
    return Picture(own.costs, _draw(drawn, panels, own.quality), description, heads, tuple(rows))


def _draw(rows: list[dict[str, Any]], panels: list[tuple[str, str]], quality: str) -> str:
    import altair as alt  # noqa: PLC0415 - heavy

    y = alt.Y(
        "quality:Q", scale=alt.Scale(zero=False, nice=True, padding=22), axis=alt.Axis(title=quality, tickCount=5)
    )
    colour = alt.Color("colour:N", scale=None, legend=None)
    drawn = []
    for field, title in panels:
        own = [row for row in rows if row[field] is not None]
        x = alt.X(
            f"{field}:Q", scale=alt.Scale(zero=False, nice=True, padding=46), axis=alt.Axis(title=title, tickCount=4)
        )
        base = alt.Chart(alt.InlineData(values=own)).encode(x=x, y=y)
        points = base.mark_point(filled=True, size=90, opacity=1).encode(color=colour)
        names = base.mark_text(dy=-12, fontSize=12, color="var(--ink)").encode(text="candidate:N")
        drawn.append(alt.layer(points, names).properties(width=_WIDTH, height=_HEIGHT))
    return svg_of(alt.hconcat(*drawn, spacing=36) if len(drawn) > 1 else drawn[0])
