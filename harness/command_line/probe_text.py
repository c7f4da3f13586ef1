"""What probes found, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from judges.probes.figures import ProbeFigure, Quantity, Weakness
from reports.pages.text import one_line

if TYPE_CHECKING:
    from harness.judging.rubric_probing import ProbeResult

_WEAKNESSES: Mapping[Weakness, str] = {
    "position": "position",
    "length": "length",
    "self_preference": "self-preference",
    "self_consistency": "self-consistency",
    "format": "format",
    "language": "language",
    "anchoring": "anchoring",
}

_QUANTITIES: Mapping[Quantity, str] = {
    "changed": "verdicts changed",
    "shift": "score",
    "first_place": "first place",
}

_LEGEND = (
    "verdicts changed: share of the verdicts that become others; score: mean change, as a share of the scale;",
    "first place: how much more probable an answer or reply is for being named first. * the interval leaves 0 out.",
)


def probe_lines(result: ProbeResult) -> Iterator[str]:
    """Who was probed on what, a row a figure, and a warning where the judge's own family is judged."""
    rubric = result.rubric
    yield f"rubric   {rubric.name} v{rubric.version}:{rubric.digest()[:8]}, {result.language}"
    yield f"judge    {one_line(result.judge)}, {rubric.readout_kinds}"
    yield f"replies  {result.replies} to {result.contexts} contexts"
    yield ""
    yield from weakness_lines(result.figures)
    if result.kin:
        yield ""
        yield kin_warning(result.judge, result.kin)
    yield ""
    if result.certificates:
        yield from (f"certificate  {file}" for file in result.certificates)
    else:
        yield "There is no certificate of this judge by this rubric to put the figures into; `judge calibrate` writes one."


def weakness_lines(figures: Sequence[ProbeFigure]) -> Iterator[str]:
    """The figures as a table, and how to read it."""
    yield _row("weakness", "what was changed", "figure", "value", "95 % interval", "replies")
    for figure in figures:
        yield from figure_lines(figure)
    yield ""
    yield from _LEGEND


def figure_lines(figure: ProbeFigure) -> Iterator[str]:
    """A figure as a row of the table, and below it why something is lacking."""
    interval = f"{figure.interval.low:+.3f} to {figure.interval.high:+.3f}" if figure.interval else "none"
    value = "none" if figure.value is None else f"{figure.value:+.3f}{'*' if figure.is_found else ''}"
    title = _WEAKNESSES[figure.weakness]
    yield _row(title, figure.change, _QUANTITIES[figure.quantity], value, interval, str(figure.replies))
    if figure.reason:
        yield f"    {one_line(figure.reason)}"
    if figure.without_verdict:
        yield f"    {figure.without_verdict} more lack a verdict"


def kin_warning(judge: str, kin: Sequence[str]) -> str:
    """That a judge judges its own family."""
    names = ", ".join(map(one_line, kin))
    return (
        f"warning: the judge {one_line(judge)} is of one family with {names}; judges tend to prefer what they would have "
        "said themselves, so compare those with others by another judge"
    )


def _row(*cells: str) -> str:
    widths = (18, 30, 18, 9, 19, 7)
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
