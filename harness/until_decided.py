"""Stopping a run when its gate is decided: following the dialogues as they are finished, looking, and ending the replay.

What is decided at a look is in `reports.gating.looks`. Looks go by the random order of the dialogues, not by which was finished
first, so that a run ends at the same place however many replies were under way, and after being killed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from harness.preparation import SuiteSelection
from harness.replay import WorkItem
from harness.run_folder import RunFolder, writing
from harness.tabulation import Tabulation, write_cases
from suites.cases import Case

if TYPE_CHECKING:
    from reports.gating.looks import Looks
    from reports.gating.until_decided import UntilDecided
    from reports.tables import RunTables


class Follower:
    """Follows one replay until every rule of the run's gate is decided."""

    def __init__(self, folder: RunFolder, selection: SuiteSelection, items_per_case: int) -> None:
        """Take the tables as they are: all cases, and what was measured so far.

        Args:
            folder: The run; its manifest and cases are written.
            selection: The dialogues in the random order in which they are replayed.
            items_per_case: Replies that every case gets.

        Raises:
            ReportError: A rule of the gate does not fit the run, or none can be decided while it goes on.
            InputError: The folder cannot be written.
        """
        self._folder = folder
        self._selection = selection
        self._unfinished = Counter(case.dialogue_id for case in selection.cases())
        self._order = list(self._unfinished)
        for dialogue in self._order:
            self._unfinished[dialogue] *= items_per_case
        self._whole = 0
        """Dialogues of the order that are finished, up to the first that is not."""
        self._looking = asyncio.Lock()
        self._looks = self._first_looks()

    def until_decided(self, items: Iterator[WorkItem]) -> Iterator[WorkItem]:
        """The items, until everything is decided; those under way then are still finished."""
        return takewhile(lambda _: not self._ended, items)

    async def finished(self, item: WorkItem) -> None:
        """Count an item, and look if it was the last one before a look; nothing new is begun while one looks."""
        self._unfinished[item.case.dialogue_id] -= 1
        while self._whole < len(self._order) and not self._unfinished[self._order[self._whole]]:
            self._whole += 1
        async with self._looking:
            while not self._ended and (due := self._looks.next) is not None and due <= self._whole:
                await asyncio.to_thread(self._look, due)

    def outcome(self) -> UntilDecided:
        """For the manifest, after the replay."""
        from reports.gating.until_decided import UntilDecided  # noqa: PLC0415 - statistics take a second to import

        replayed = self._looks.taken[-1]
        return UntilDecided(
            order_seed=self._selection.shuffled_by or 0,
            dialogues=len(self._order),
            replayed=replayed,
            cases=sum(1 for _ in self._cases_of(set(self._order[:replayed]))),
            looks=self._looks.taken,
            standings=self._looks.standings,
        )

    @property
    def _ended(self) -> bool:
        return self._looks.decided

    def _first_looks(self) -> Looks:
        from reports.gating.gate import rules_of  # noqa: PLC0415
        from reports.gating.looks import Looks  # noqa: PLC0415

        tables = self._tables()
        return Looks(tables, rules_of(tables), len(self._order))

    def _look(self, dialogues: int) -> None:
        part = set(self._order[:dialogues])
        with writing(self._folder.path):
            write_cases(self._folder, self._cases_of(part))
        self._looks.take(self._tables())

    def _tables(self) -> RunTables:
        from reports.tables import read_tables  # noqa: PLC0415

        folder = RunFolder(self._folder.path)  # with readers of its own: others read the logs meanwhile
        with writing(folder.path):
            Tabulation(folder, folder.read_manifest(), ()).write()
        return read_tables(folder.path)

    def _cases_of(self, part: Collection[str]) -> Iterator[Case]:
        return takewhile(lambda case: case.dialogue_id in part, self._selection.cases())
