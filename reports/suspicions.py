"""Replies that are suspected of trying to move their judge: which, how many of each candidate, and a sentence that says so.

What is suspected was noted with the replies (`judges.attack.detection`); here it is only counted and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.tables import REPLIES, REPLIES_FILE, RunTables, iterate_columns

Place = tuple[str, str, int]
"""Case, candidate, seed."""


@dataclass(frozen=True, slots=True)
class Suspicions:
    """The kinds of attempts that are suspected, by the place of the reply; replies above suspicion are not in it."""

    kinds: dict[Place, tuple[str, ...]]

    def positions(self, tables: RunTables) -> tuple[int, ...]:
        """The cases of suspected replies, as row numbers of `tables.cases`."""
        suspected = {case_id for case_id, _, _ in self.kinds}
        return tuple(i for i, name in enumerate(tables.cases["case_id"].to_pylist()) if name in suspected)

    def sentence(self, words: Words) -> str:
        """How many replies are suspected, of whom and of what; empty if none is."""
        if not self.kinds:
            return ""
        figures = Figures(words.language)

        def listed(counts: Counter[str]) -> str:
            return words.list_separator.join(f"{name}: {figures.count(count)}" for name, count in counts.most_common())

        kinds = Counter(kind for found in self.kinds.values() for kind in found)
        return words.attacks_suspected.format(
            count=figures.count(len(self.kinds)),
            candidates=listed(Counter(one_line(candidate) for _, candidate, _ in self.kinds)),
            kinds=listed(Counter({words.attack_kinds.get(kind, one_line(kind)): n for kind, n in kinds.items()})),
        )


def suspicions_of(tables: RunTables) -> Suspicions:
    """What is suspected in a run; nothing in runs that were judged before suspicions were noted.

    Raises:
        ReportError: The replies are missing, torn, or not what this version of Rejoinder writes.
    """
    kinds: dict[Place, tuple[str, ...]] = {}
    for origin in tables.origins:
        for row in _suspected_rows(origin.folder / REPLIES_FILE):
            place = row["case_id"], origin.names.get(row["candidate"], row["candidate"]), row["seed"]
            kinds[place] = tuple(row["suspected_attack"])
    return Suspicions(kinds)


def _suspected_rows(file: Path) -> Iterator[dict[str, Any]]:
    for batch in iterate_columns(file, REPLIES, ("case_id", "candidate", "seed", "suspected_attack")):
        lengths = pc.list_value_length(batch.column("suspected_attack"))
        yield from batch.filter(pc.fill_null(pc.greater(lengths, pa.scalar(0)), False)).to_pylist()
