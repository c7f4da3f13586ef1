"""Corrected means as the rows of a table and as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.corrected import CorrectedMean
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import ENGLISH, Words
from reports.records import Measure

_DECIMALS = 3


def corrected_rows(
    corrected: Sequence[CorrectedMean], measures: Sequence[Measure], words: Words
) -> list[tuple[str, ...]]:
    """In the order of `JudgeWords.corrected_heads`."""
    titles = {measure.name: measure.title for measure in measures}
    return [_row(each, one_line(titles.get(each.measure, each.measure)), words) for each in corrected]


def corrected_lines(corrected: Sequence[CorrectedMean], measures: Sequence[Measure] = ()) -> Iterator[str]:
    """In English, each with the raw mean beside it."""
    for measure, candidate, raw, mean, method, labelled in corrected_rows(corrected, measures, ENGLISH):
        yield f"{measure}, {candidate}: {raw} as judged, {mean} corrected by {method}, {labelled} labelled."


def _row(each: CorrectedMean, title: str, words: Words) -> tuple[str, ...]:
    figures, own = Figures(words.language), words.judges
    raw = figures.value(each.raw, _DECIMALS)
    if each.raw_interval is not None:
        raw = f"{raw} {figures.interval(each.raw_interval, _DECIMALS, signed=False)}"
    if each.mean is None or each.interval is None:
        mean = own.no_correction[each.reason or "too_few_dialogues"]
    else:
        interval = figures.interval(each.interval, _DECIMALS, signed=False)
        mean = f"{figures.value(each.mean, _DECIMALS)} {interval}"
    labelled = own.labelled_of.format(
        labelled=figures.count(each.labelled),
        replies=figures.count(each.replies),
        dialogues=figures.count(each.dialogues),
    )
    return (title, one_line(each.candidate), raw, mean, own.methods[each.method], labelled)
