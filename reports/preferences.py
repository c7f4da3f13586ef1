"""What the comparisons of replies say: win rates of two candidates, plain and at equal length, and a ranking of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from pydantic import Field

from reports.records import PairMeasure, Record
from reports.scores import STATUSES
from reports.statistics.clusters import CONFIDENCE, FloatArray, Interval, sum_by_dialogue
from reports.statistics.intervals import intervals_of_means
from reports.statistics.length_control import LengthControlled, length_controlled
from reports.statistics.ranking import Strength, bradley_terry
from reports.tables import PREFERENCES, PREFERENCES_FILE, RunTables, codes_of, known_codes, names_in, read_columns

FEWEST_RANKED: Final = 3
"""Of two candidates the win rate says all that a ranking could."""

_READ = ("dialogue_id", "candidate", "against", "measure", "status", "outcome", "length", "length_against")
WIN_SHARES: Final = {"loss": 0.0, "tie": 0.5, "win": 1.0}
"""How much of a win each outcome is; an inconsistent one is none of them."""

_OUTCOMES: Final = (*WIN_SHARES, "inconsistent")
_INCONSISTENT = _OUTCOMES.index("inconsistent")


class WinRate(Record):
    """One judge's preferences between two candidates."""

    measure: str
    candidate: str
    against: str
    win_rate: float | None
    """Share of wins, ties as half, among the comparisons with a win, a tie or a loss; None where there is none."""
    interval: Interval | None
    """95 %, robust to the likeness of comparisons in one dialogue; None with fewer than 5 dialogues."""
    length_controlled: LengthControlled | None
    """The win rate at equal length; None where it cannot be told."""
    wins: int
    ties: int
    losses: int
    inconsistent: int
    """Comparisons whose outcome turned with the order of the replies: neither wins nor ties, and not in the win rate."""
    statuses: dict[str, int]
    """Comparisons by status."""
    coverage: float | None
    """Share of comparisons that could be read among those that apply, 0 to 1; None where none applies."""
    dialogues: int
    """With a win, a tie or a loss."""

    @property
    def inconsistent_share(self) -> float | None:
        """Share of inconsistent comparisons among those that could be read."""
        read = self.wins + self.ties + self.losses + self.inconsistent
        return self.inconsistent / read if read else None


class Ranked(Record):
    """A candidate's place in the ranking."""

    rank: int
    """From 1, the strongest."""
    candidate: str
    strength: Strength


class Preferences(Record):
    """All that one judge of pairs preferred."""

    measure: PairMeasure
    win_rates: tuple[WinRate, ...]
    ranking: tuple[Ranked, ...]
    """By the Bradley-Terry model, strongest first; empty with fewer than 3 candidates. Candidates that were never preferred
    or less liked than one of the others are not in it."""


class PreferencesFile(Record):
    """`preferences.json`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    run: str
    status: Literal["complete", "incomplete"]
    baseline: str
    confidence: float = CONFIDENCE
    preferences: tuple[Preferences, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The comparisons of one judge, one a row; all arrays have the shape [rows]."""

    dialogues: npt.NDArray[np.int32]
    candidates: npt.NDArray[np.int32]
    against: npt.NDArray[np.int32]
    outcomes: npt.NDArray[np.int32]
    """By `_OUTCOMES`; -1 where there is none."""
    statuses: npt.NDArray[np.str_]
    longer_by: FloatArray
    """Characters of the candidate's reply less the other's; NaN where one is missing."""

    def only(self, rows: npt.NDArray[np.bool_]) -> _Rows:
        return _Rows(
            self.dialogues[rows],
            self.candidates[rows],
            self.against[rows],
            self.outcomes[rows],
            self.statuses[rows],
            self.longer_by[rows],
        )


def preferences_of(tables: RunTables) -> tuple[Preferences, ...]:
    """What each judge of pairs preferred; empty where the run compared nothing.

    Raises:
        ReportError: The table of comparisons is missing or torn, or names what the run does not have.
    """
    if not tables.manifest.preferences:
        return ()
    file = tables.folder / PREFERENCES_FILE
    table = read_columns(file, PREFERENCES, _READ)
    known_codes(table["status"], STATUSES, "status", file)
    measures = np.asarray(table["measure"].to_pylist(), dtype=object)
    lengths = pc.subtract(table["length"], table["length_against"]).cast("float64")
    rows = _Rows(
        codes_of(table["dialogue_id"], names_in(table["dialogue_id"])),
        known_codes(table["candidate"], tables.candidates, "candidate", file),
        known_codes(table["against"], tables.candidates, "candidate", file),
        codes_of(table["outcome"], _OUTCOMES),
        np.asarray(table["status"].to_pylist(), dtype=object),
        np.asarray(lengths.to_pylist(), dtype=float),
    )
    return tuple(_preferences(one, rows.only(measures == one.name), tables) for one in tables.manifest.preferences)


def preferences_file(tables: RunTables, preferences: tuple[Preferences, ...]) -> PreferencesFile:
    """What `preferences.json` holds."""
    manifest = tables.manifest
    return PreferencesFile(
        run=manifest.run, status=manifest.status, baseline=manifest.baseline, preferences=preferences
    )


def _preferences(measure: PairMeasure, rows: _Rows, tables: RunTables) -> Preferences:
    pairs = sorted(set(zip(rows.candidates.tolist(), rows.against.tolist(), strict=True)), key=lambda pair: pair[::-1])
    names = tables.candidates
    rates = tuple(
        _win_rate(
            measure.name,
            (names[candidate], names[against]),
            rows.only((rows.candidates == candidate) & (rows.against == against)),
        )
        for candidate, against in pairs
    )
    return Preferences(measure=measure, win_rates=rates, ranking=_ranking(rows, tables))


def _win_rate(measure: str, pair: tuple[str, str], rows: _Rows) -> WinRate:
    losses, ties, wins, inconsistent = (int((rows.outcomes == code).sum()) for code in range(len(_OUTCOMES)))
    decided = rows.only((rows.outcomes >= 0) & (rows.outcomes != _INCONSISTENT))
    scores = decided.outcomes / 2
    statuses = {status: int((rows.statuses == status).sum()) for status in sorted(set(rows.statuses.tolist()))}
    applicable = len(rows.statuses) - statuses.get("skipped", 0)
    rate, interval, dialogues, controlled = None, None, 0, None
    if len(scores):
        groups = sum_by_dialogue(scores[np.newaxis], decided.dialogues)
        rate, dialogues = float(groups.means[0]), int(groups.dialogues[0])
        interval = intervals_of_means(groups, [(0.0, 1.0)])[0]
        controlled = length_controlled(scores, decided.longer_by, decided.dialogues.astype(np.int64))
    return WinRate(
        measure=measure,
        candidate=pair[0],
        against=pair[1],
        win_rate=rate,
        interval=interval,
        length_controlled=controlled,
        wins=wins,
        ties=ties,
        losses=losses,
        inconsistent=inconsistent,
        statuses=statuses,
        coverage=statuses.get("ok", 0) / applicable if applicable else None,
        dialogues=dialogues,
    )


def _ranking(rows: _Rows, tables: RunTables) -> tuple[Ranked, ...]:
    count = len(tables.candidates)
    if count < FEWEST_RANKED or not len(rows.outcomes):
        return ()
    decided = rows.only((rows.outcomes >= 0) & (rows.outcomes != _INCONSISTENT))
    names, dialogues = np.unique(decided.dialogues, return_inverse=True)
    wins = np.zeros((len(names), count, count))
    scores = decided.outcomes / 2
    np.add.at(wins, (dialogues, decided.candidates, decided.against), scores)
    np.add.at(wins, (dialogues, decided.against, decided.candidates), 1 - scores)
    strengths = bradley_terry(wins, tables.candidates.index(tables.manifest.baseline))
    known = [(name, s) for name, s in zip(tables.candidates, strengths, strict=True) if s is not None]
    known.sort(key=lambda one: -one[1].strength)
    return tuple(Ranked(rank=place, candidate=name, strength=s) for place, (name, s) in enumerate(known, start=1))
