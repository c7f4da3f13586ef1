"""A confusion matrix as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def confusion_lines(
    counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str], corner: str
) -> Iterator[str]:
    """The lines of a matrix of (row, column) to count.

    Args:
        counts: A pair that is not in it counts 0.
        rows: Labels from top to bottom.
        columns: Labels from left to right.
        corner: What rows and columns are, `right \\ given`.
    """
    width = max(map(len, [*rows, *columns, corner])) + 2
    yield "".join(name.ljust(width) for name in (corner, *columns)).rstrip()
    for row in rows:
        cells = (str(counts.get((row, column), 0)) for column in columns)
        yield "".join(cell.ljust(width) for cell in (row, *cells)).rstrip()
