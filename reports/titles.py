"""The titles and descriptions of a run's measures in the language of its reports."""

from __future__ import annotations

from dataclasses import replace

from reports.pages.wording import ENGLISH, Words
from reports.records import Measure, PairMeasure
from reports.tables import RunTables


def in_words(tables: RunTables, words: Words) -> RunTables:
    """The run with the titles and descriptions of its measures in a language, where that has words for them."""
    compared = tuple(one.model_copy(update=_texts(one, words)) for one in tables.manifest.preferences)
    return replace(
        tables,
        manifest=tables.manifest.model_copy(update={"preferences": compared}),
        measures=tuple(measure.model_copy(update=_texts(measure, words)) for measure in tables.measures),
    )


def _texts(measure: Measure | PairMeasure, words: Words) -> dict[str, str]:
    known = words.measures_in_words
    title = known.get(measure.title, measure.title)
    jury = measure.title.removesuffix(ENGLISH.jury_disagreement.format(jury=""))
    if jury != measure.title:
        title = words.jury_disagreement.format(jury=known.get(jury, jury))
    return {"title": title, "description": known.get(measure.description, measure.description)}
