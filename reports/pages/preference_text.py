"""Preferences and rankings in words and printed numbers, for every report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.preferences import Preferences, Ranked, WinRate
from reports.statistics.clusters import Interval

_DECIMALS: Final = 3
_STRENGTH_DECIMALS: Final = 2
_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class PreferenceTable:
    """What one judge of pairs preferred, every number printed."""

    title: str
    description: str
    rates: Sequence[Sequence[str]]
    """In the order of `Words.preference_heads`."""
    ranking: Sequence[Sequence[str]]
    """In the order of `Words.ranking_heads`; empty where there is none."""


def preference_tables(preferences: Sequence[Preferences], words: Words) -> list[PreferenceTable]:
    """A table for each judge of pairs."""
    figures = Figures(words.language)
    return [
        PreferenceTable(
            one_line(one.measure.title),
            one_line(one.measure.description),
            [_rate_cells(rate, figures) for rate in one.win_rates],
            [_ranked_cells(ranked, figures) for ranked in one.ranking],
        )
        for one in preferences
    ]


def preference_lines(preferences: Sequence[Preferences], words: Words) -> Iterator[str]:
    """A sentence on each two candidates, and one on each ranking."""
    figures = Figures(words.language)
    for one in preferences:
        title = one_line(one.measure.title)
        for rate in one.win_rates:
            yield f"{title}: {_sentence(rate, figures, words)}"
        if one.ranking:
            places = words.list_separator.join(
                f"{place.rank}. {one_line(place.candidate)} {figures.signed(place.strength.strength, _STRENGTH_DECIMALS)}"
                for place in one.ranking
            )
            yield words.ranking_in_short.format(measure=title, places=places)


def _sentence(rate: WinRate, figures: Figures, words: Words) -> str:
    names = {"candidate": one_line(rate.candidate), "against": one_line(rate.against)}
    if rate.win_rate is None:
        return words.preference_unknown.format(**names, inconsistent=figures.count(rate.inconsistent))
    controlled = rate.length_controlled
    return words.preference_in_short.format(
        **names,
        rate=figures.value(rate.win_rate, _DECIMALS),
        interval=_interval(rate.interval, figures, _DECIMALS),
        controlled=_NOTHING if controlled is None else figures.value(controlled.win_rate, _DECIMALS),
        inconsistent=_NOTHING if rate.inconsistent_share is None else figures.percent(rate.inconsistent_share),
    )


def _rate_cells(rate: WinRate, figures: Figures) -> list[str]:
    controlled = rate.length_controlled
    return [
        one_line(rate.candidate),
        one_line(rate.against),
        _NOTHING if rate.win_rate is None else figures.value(rate.win_rate, _DECIMALS),
        _interval(rate.interval, figures, _DECIMALS),
        _NOTHING if controlled is None else figures.value(controlled.win_rate, _DECIMALS),
        _interval(controlled.interval if controlled else None, figures, _DECIMALS),
        f"{figures.count(rate.wins)} / {figures.count(rate.ties)} / {figures.count(rate.losses)}",
        figures.count(rate.inconsistent),
        _NOTHING if rate.coverage is None else figures.percent(rate.coverage),
    ]


def _ranked_cells(ranked: Ranked, figures: Figures) -> list[str]:
    return [
        figures.count(ranked.rank),
        one_line(ranked.candidate),
        figures.signed(ranked.strength.strength, _STRENGTH_DECIMALS),
        _interval(ranked.strength.interval, figures, _STRENGTH_DECIMALS, signed=True),
        figures.value(ranked.strength.win_rate, _DECIMALS),
    ]


def _interval(interval: Interval | None, figures: Figures, decimals: int, *, signed: bool = False) -> str:
    return _NOTHING if interval is None else figures.interval(interval, decimals, signed=signed)
