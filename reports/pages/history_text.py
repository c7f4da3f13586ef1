"""The history of a suite on the screen: the runs, and a sparkline for every measure of every candidate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.history import History, Line, PastRun, Point
from reports.pages.figures import Figures
from reports.pages.sparkline import BREAK, sparkline
from reports.pages.text import one_line

_FIGURES: Final = Figures("en")
_LEGEND: Final = (
    "A bar is the mean of one run, between the line's lowest and highest; · marks a run without it. ± is half of the 95 % "
    "interval; the change is from the first run that can be compared with the latest."
)
_LEAK: Final = "LEAK"
_LEAKS: Final = (
    f"{_LEAK}: the training half of that suite holds held-out dialogues or replies, so memory is measured too."
)
_BREAKS: Final = f"{BREAK} The suite or the way of measuring changed here: what stands before cannot be compared."


def print_history(history: History, console: Console) -> None:
    """Print the runs of a suite and how its measures went."""
    runs = len(history.runs)
    console.print(Text(f"{one_line(history.suite)}: {_FIGURES.count(runs)} run{'s' * (runs != 1)}", style="bold"))
    console.print(_run_table(history))
    console.print(_line_table(history))
    console.print(Text(_LEGEND, style="dim"))
    if any(run.manifest.suite.allow_leak for run in history.runs):
        console.print(Text(_LEAKS))
    if any(not point.comparable for line in history.lines for point in line.points):
        console.print(Text(_BREAKS, style="dim"))
    for sentence in history.left_out:
        console.print(Text(f"left out: {one_line(sentence)}"))


def history_as_json(history: History) -> str:
    """The history as one JSON object: the runs, the lines with their points, and what was left out."""
    data = {
        "suite": history.suite,
        "runs": [
            {
                **_facts(run),
                "version": run.manifest.suite.version,
                "allow_leak": run.manifest.suite.allow_leak,
                "signature": run.manifest.signature,
            }
            for run in history.runs
        ],
        "lines": [
            {
                "measure": line.measure.name,
                "candidate": line.candidate,
                "change": line.change,
                "points": [
                    {"run": p.run.manifest.run, "comparable": p.comparable, **p.mean.model_dump()} for p in line.points
                ],
            }
            for line in history.lines
        ],
        "left_out": history.left_out,
    }
    return TypeAdapter(object).dump_json(data, indent=1).decode()


def _facts(run: PastRun) -> dict[str, str]:
    manifest = run.manifest
    return {"run": manifest.run, "folder": str(run.folder), "started": manifest.started, "status": manifest.status}


def _run_table(history: History) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for head in ("", "Started", "Run", "Suite", "Candidates", "Status"):
        table.add_column(head, overflow="fold")
    for number, run in enumerate(history.runs, start=1):
        manifest = run.manifest
        suite = (
            f"{manifest.suite.version} ({manifest.suite.hash[:8]}){f' {_LEAK}' if manifest.suite.allow_leak else ''}"
        )
        cells = (str(number), manifest.started, run.folder.name, suite, ", ".join(manifest.candidates), manifest.status)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _line_table(history: History) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("Measure", overflow="fold")
    table.add_column("Candidate", overflow="fold")
    table.add_column("Over time", no_wrap=True)
    for head in ("First", "Latest", "Change"):
        table.add_column(head, justify="right", no_wrap=True)
    for line in history.lines:
        cells = (line.measure.title, line.candidate, _bars(line, history), *_ends(line))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _bars(line: Line, history: History) -> str:
    by_folder = {point.run.folder: point for point in line.points}
    points: list[Point | None] = [by_folder.get(run.folder) for run in history.runs]
    breaks = [i for i, point in enumerate(points) if point is not None and not point.comparable]
    return sparkline([point.mean.mean if point else None for point in points], breaks)


def _ends(line: Line) -> Iterator[str]:
    """The first and the latest mean that can be compared, and the change between them."""
    decimals = line.measure.decimals
    yield _mean(line.latest[0], decimals) if len(line.latest) > 1 else ""
    yield _mean(line.latest[-1], decimals)
    yield "" if line.change is None else _FIGURES.signed(line.change, decimals)


def _mean(point: Point, decimals: int) -> str:
    mean = point.mean
    assert mean.mean is not None, "points have a mean"
    half_width = f" ±{_FIGURES.value(mean.interval.half_width, decimals)}" if mean.interval else ""
    return f"{_FIGURES.value(mean.mean, decimals)}{half_width}"
