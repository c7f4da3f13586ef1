"""How a judge's scores stand beside people's: the reliability curve of its certificate."""

from __future__ import annotations

from reports.certificates import RunCertificate
from reports.pages.drawing.picture import Picture, svg_of
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.records import Measure

_SIZE = 240


def reliability(measure: Measure, certificate: RunCertificate, words: Words) -> Picture | None:
    """People's mean score by the judge's; None where the certificate has fewer than two points."""
    points = certificate.certificate.reliability
    if len(points) < 2:
        return None
    own, figures = words.pictures, Figures(words.language)
    printed = tuple(
        (
            figures.value(point.judge, measure.decimals),
            figures.value(point.people, measure.decimals),
            figures.count(point.replies),
        )
        for point in points
    )
    title = own.reliability.format(measure=one_line(measure.title))
    told = (own.reliability_point.format(judge=judge, people=people) for judge, people, _ in printed)
    ends = [end for point in points for end in (point.judge, point.people)]
    low, high = measure.scale or (min(ends), max(ends))
    rows = [{"judge": point.judge, "people": point.people, "replies": point.replies} for point in points]
    svg = _draw(rows, (low, high), (own.by_judge, own.by_people))
    return Picture(title, svg, f"{title}: {words.list_separator.join(told)}.", own.reliability_heads, printed)


def _draw(rows: list[dict[str, float]], scale: tuple[float, float], titles: tuple[str, str]) -> str:
    import altair as alt  # noqa: PLC0415 - heavy

    domain = alt.Scale(domain=list(scale))
    x = alt.X("judge:Q", scale=domain, axis=alt.Axis(title=titles[0], tickCount=5))
    y = alt.Y("people:Q", scale=domain, axis=alt.Axis(title=titles[1], tickCount=5))
    ends = alt.InlineData(values=[{"judge": end, "people": end} for end in scale])
    chart = alt.Chart(alt.InlineData(values=rows))
    layers = alt.layer(
        alt.Chart(ends).mark_line(color="var(--unclear)", strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y),
        chart.mark_line(color="var(--better)", strokeWidth=2).encode(x=x, y=y),
        chart.mark_point(filled=True, color="var(--better)", opacity=1).encode(
            x=x, y=y, size=alt.Size("replies:Q", legend=None, scale=alt.Scale(range=[40, 160]))
        ),
    )
    return svg_of(layers.properties(width=_SIZE, height=_SIZE))
