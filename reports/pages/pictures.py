"""The pictures of a run, by where they stand on the page, as values for the templates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from reports.analysis import Analysis
from reports.certificates import certificates_in
from reports.costs import costs_of
from reports.pages.drawing.costs import costs_against_quality
from reports.pages.drawing.distributions import distributions
from reports.pages.drawing.picture import Picture
from reports.pages.drawing.reliability import reliability
from reports.pages.drawing.slice_heatmap import slice_heatmap
from reports.pages.selection import standing_of

View = dict[str, Any]


def pictures_of(analysis: Analysis) -> dict[str, list[View]]:
    """`measures`, `slices` and `judges`: the pictures of these parts of the page; a part may have none.

    Raises:
        ReportError: The replies are missing or torn, or the manifest's certificates are of another version.
    """
    tables, words = analysis.tables, analysis.words
    others = [name for name in tables.candidates if name != tables.manifest.baseline]
    standing = standing_of(analysis.scores, tables.manifest.baseline)
    certificates = certificates_in(tables.manifest)
    measures = [
        _view(distributions(analysis.scores, words), words.pictures.distributions_hint),
        _view(costs_against_quality(costs_of(tables), standing, words), words.pictures.costs_hint),
    ]
    slices = [
        _view(slice_heatmap(name, analysis.slices.slices, tables.measures, words), words.pictures.heatmap_hint)
        for name in others
    ]
    judges = [
        _view(reliability(measure, certificates[measure.name], words), words.pictures.reliability_hint)
        for measure in tables.measures
        if measure.name in certificates
    ]
    named = {"measures": measures, "slices": slices, "judges": judges}
    return {part: [view for view in views if view is not None] for part, views in named.items()}


def _view(picture: Picture | None, hint: str) -> View | None:
    if picture is None:
        return None
    # The SVG is drawn here; the drawing library escapes the names in it.
    return {**asdict(picture), "svg": Markup(picture.svg), "hint": hint}
