"""What all pictures share: how they are drawn, and the colours that they take from the page's style sheet.

Vega-Lite draws them to SVG when the report is written, so the page needs no script and no library for them, and a picture cannot
load or run anything. Colours are the page's variables, so that pictures follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

CANDIDATE_COLOURS: Final = ("var(--ink-soft)", "var(--better)", "var(--worse)", "var(--series)")
"""Of the candidates in their order, over again for more than four."""

_AXIS: Final[dict[str, Any]] = {
    "labelColor": "var(--ink)",
    "titleColor": "var(--ink-soft)",
    "gridColor": "var(--line)",
    "domain": False,
    "ticks": False,
    "labelFontSize": 12,
    "titleFontSize": 11.5,
    "titleFontWeight": "normal",
    "labelPadding": 6,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, the same in words, and its data."""

    title: str
    svg: str
    description: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The data; the first cell of each row names it."""


def colour_of(candidate: int) -> str:
    """The colour of a candidate, by its position."""
    return CANDIDATE_COLOURS[candidate % len(CANDIDATE_COLOURS)]


def svg_of(chart: Any) -> str:
    """Draw an Altair chart in the page's looks."""
    import vl_convert  # noqa: PLC0415 - heavy

    styled = chart.properties(background="transparent").configure(aria=False).configure_view(stroke=None)
    svg: str = vl_convert.vegalite_to_svg(styled.configure_axis(**_AXIS).to_dict())
    return silent(svg)


def silent(svg: str) -> str:
    """The SVG, passed over by screen readers: the page says in words what a picture shows."""
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def shortened(name: str, most: int = 28) -> str:
    """A name that fits beside a picture; the table has it whole."""
    return name if len(name) <= most else name[: most - 1] + "…"


def numbered(names: Sequence[str], most: int = 28) -> list[str]:
    """Names that fit beside a picture and differ from each other."""
    short = [shortened(name, most) for name in names]
    return [name if short.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(short)]
