"""`rejoinder judge fit-jury`: a jury's weights from people's labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from judges.jury_weights import JuryWeights


def fit_jury(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The spec that has the jury.")],
    jury: Annotated[str, typer.Argument(metavar="JURY", help="Its name under `juries`.")],
    labels: Annotated[Path, typer.Option(help="Replies that people have labelled, one JSON object a line.")],
    out: Annotated[
        Path | None, typer.Option(help="File of the weights; the one that the spec names if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the weights as JSON.")] = False,
) -> None:
    """Fit how much each member of a jury says to people's labels."""
    from harness.judging.jury_fitting import JuryFitRequest  # noqa: PLC0415
    from harness.judging.jury_fitting import fit_jury as fit  # noqa: PLC0415

    weights, file = fit(JuryFitRequest(spec, jury, labels, out))
    if as_json:
        typer.echo(weights.model_dump_json(by_alias=True, indent=1))
        return
    for line in _lines(weights):
        typer.echo(line)
    typer.echo(f"\nweights  {file}")


def _lines(weights: JuryWeights) -> Iterator[str]:
    yield f"jury     {weights.jury}, {weights.fitted.link}, penalty {weights.penalty:g}"
    yield f"labels   {weights.labels}: {weights.replies} replies to {weights.contexts} contexts, {weights.left_out} left out"
    width = max(map(len, ["intercept", "fitted", "member", *weights.cross_validated])) + 2
    yield ""
    yield f"{'member':<{width}}weight"
    for name, weight in weights.fitted.weights.items():
        yield f"{name:<{width}}{weight:.3f}"
    yield f"{'intercept':<{width}}{weights.fitted.intercept:.3f}"
    yield ""
    yield f"{'':<{width}}Brier   Spearman   (on contexts that were not fitted on)"
    for name, figures in weights.cross_validated.items():
        spearman = "–" if figures.spearman is None else f"{figures.spearman:.3f}"
        yield f"{name:<{width}}{figures.brier:.3f}   {spearman}"
