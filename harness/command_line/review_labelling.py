"""`rejoinder judge labels`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def labels(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run whose replies were marked.")],
    out: Annotated[Path, typer.Option(help="The labels file to write, for `rejoinder judge calibrate --labels`.")],
) -> None:
    """Write the marks that were given in `rejoinder view` as a labels file."""
    from harness.judging.review_labels import write_review_labels  # noqa: PLC0415

    written, left_out = write_review_labels(run, out)
    typer.echo(f"{written} labelled replies  {out}")
    if left_out:
        typer.echo(f"{left_out} marked replies are empty or never came, and cannot be judged")
