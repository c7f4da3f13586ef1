"""One candidate's differences from the baseline by slice and measure, as a map of better and worse."""

from __future__ import annotations

from collections.abc import Sequence

from reports.estimates import Difference
from reports.pages.drawing.picture import Picture, numbered, svg_of
from reports.pages.figures import MARKS, Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import MeasureOfRun
from reports.slices import Slice

_CELL = 46
_ROW = 22
_LABELS = 205  # more than the library reckons with: the font of the page may be wider than its own
_STEPS = (2.5, 10.0, 25.0)  # percent of the scale, where the colour grows stronger
_STRENGTHS = (0, 18, 40, 65)  # percent of the colour over the card


def slice_heatmap(
    candidate: str, slices: Sequence[Slice], measures: Sequence[MeasureOfRun], words: Words
) -> Picture | None:
    """Differences in percent of each scale; acts, checks and judges, or where there are none of these, all measures.

    Args:
        candidate: Not the baseline.
        slices: Of the run.
        measures: Of the run.
        words: The page's language.

    Returns:
        The picture, or None if there is nothing to draw.
    """
    bounded = [measure for measure in measures if measure.span and measure.direction]
    shown = [measure for measure in bounded if measure.kind in ("act", "check", "judge")] or bounded
    if not slices or not shown:
        return None
    own, figures = words.pictures, Figures(words.language)
    columns = numbered([one_line(measure.title) for measure in shown], 20)
    lines = numbered([_slice_name(part, words) for part in slices], 32)
    cells, rows, told = [], [], []
    for line, part in zip(lines, slices, strict=True):
        printed = []
        for column, measure in zip(columns, shown, strict=True):
            difference = part.differences.get((measure.name, candidate))
            better = _in_percent(difference, measure)
            text = "–" if better is None else figures.signed(better, 0)
            mark = "" if difference is None else MARKS[difference.relation]
            printed.append(f"{text} {mark}".strip())
            cells.append({"slice": line, "measure": column, "text": text, "colour": _colour(better)})
            if mark and difference is not None:
                told.append(f"{line}, {column}: {text} % ({words.relations[difference.relation]})")
        rows.append((_slice_name(part, words), *printed))
    title = own.heatmap.format(candidate=one_line(candidate))
    description = f"{title}: {words.list_separator.join(told) if told else own.heatmap_level}."
    heads = (words.script.slice, *(one_line(measure.title) for measure in shown))
    return Picture(title, _draw(cells, columns, lines), description, heads, tuple(rows))


def _slice_name(part: Slice, words: Words) -> str:
    kind = {"depth": f"{words.script.depth}: ", "length": f"{words.script.length}: "}.get(part.kind, "")
    return f"{kind}{one_line(part.name)}{' *' if part.is_small else ''}"


def _in_percent(difference: Difference | None, measure: MeasureOfRun) -> float | None:
    """In percent of the scale; more is better."""
    if difference is None or difference.difference is None or not measure.span:
        return None
    return 100 * difference.difference * measure.direction / measure.span


def _colour(better: float | None) -> str:
    if better is None:
        return "none"
    strength = _STRENGTHS[sum(abs(better) >= step for step in _STEPS)]
    hue = "var(--better)" if better > 0 else "var(--worse)"
    return f"color-mix(in srgb, {hue} {strength}%, var(--quiet))"


def _draw(cells: list[dict[str, str]], columns: list[str], lines: list[str]) -> str:
    import altair as alt  # noqa: PLC0415 - heavy

    x_axis = alt.Axis(orient="top", labelAngle=-35, labelLimit=130, grid=False)
    x = alt.X("measure:N", sort=columns, title=None, axis=x_axis)
    y = alt.Y("slice:N", sort=lines, title=None, axis=alt.Axis(labelLimit=230, minExtent=_LABELS, grid=False))
    base = alt.Chart(alt.InlineData(values=cells)).encode(x=x, y=y)
    tiles = base.mark_rect(cornerRadius=4, width=_CELL - 4, height=_ROW - 3).encode(
        fill=alt.Fill("colour:N", scale=None, legend=None)
    )
    texts = base.mark_text(fontSize=11.5, color="var(--ink)").encode(text="text:N")
    return svg_of(alt.layer(tiles, texts).properties(width=alt.Step(_CELL), height=alt.Step(_ROW)))
