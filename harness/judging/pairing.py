"""Comparing the candidates' replies: which pairs a run asks for, and asking once both replies of a case and seed are there.

Replies come from `harness.pipeline`; what a comparison means is in `judges.pairs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from harness.records import PairSlot, PreferenceRecord, Slot, preference_key
from harness.run_log import RunLog
from judges.pairs import PairJudge, PairVerdictor
from reports.records import PairMeasure
from suites.cases import Case

Pairs = Literal["baseline", "all"]
"""`baseline`: every other candidate is compared with the baseline. `all`: every candidate with every other."""


def compared(pairs: Pairs, candidates: Sequence[str], baseline: str) -> list[tuple[str, str]]:
    """Who is compared with whom, as (candidate, against); the baseline always stands second."""
    others = [name for name in candidates if name != baseline]
    with_baseline = [(name, baseline) for name in others]
    return with_baseline if pairs == "baseline" else [*with_baseline, *combinations(others, 2)]


@dataclass(frozen=True, slots=True)
class Comparing:
    """A judge of pairs, and what it compares."""

    judge: PairVerdictor
    pairs: Pairs

    def measure(self) -> PairMeasure:
        """For manifests and reports."""
        return PairMeasure(
            name=self.judge.measure,
            title=self.judge.title,
            description=self.judge.description,
            pairs=self.pairs,
            signature=self.judge.signature,
            judged_by="rubric" if isinstance(self.judge, PairJudge) else "python",
        )


@dataclass(frozen=True, slots=True)
class FinishedReply:
    """A reply that can be compared."""

    text: str
    key: str
    """Of its completion."""


@dataclass(slots=True)
class PairDesk:
    """Keeps the replies of a case and seed until all have come, and has each pair compared that the log lacks.

    All candidates of a case follow one another, so only the cases under way are kept.
    """

    comparing: Sequence[Comparing]
    candidates: Sequence[str]
    """Whose replies come here, or fail to."""
    baseline: str
    log: RunLog[PreferenceRecord]
    _finished: dict[tuple[PairSlot, str], str] = field(default_factory=dict)
    _waiting: dict[tuple[str, int], dict[str, FinishedReply | None]] = field(default_factory=dict)

    def open(self) -> None:
        """Read what is logged and make ready to append. Comparisons that failed are left out, so that they are tried again.

        Raises:
            RunLogError: The log cannot be written.
        """
        if not self.comparing:
            return
        self._finished = {
            (record.slot, record.measure): record.key
            for record in self.log.records()
            if record.verdict.status != "error"
        }
        self.log.open_for_append()

    def close(self) -> None:
        """Close the log."""
        if self.comparing:
            self.log.close()

    async def take(self, case: Case, slot: Slot, reply: FinishedReply | None, case_digest: str) -> bool:
        """Take a reply, or that there is none, and compare it with those that came before; whether a judge was asked."""
        if not self.comparing:
            return False
        arrived = self._waiting.setdefault((slot.case_id, slot.seed), {})
        arrived[slot.candidate] = reply
        if len(arrived) == len(self.candidates):
            del self._waiting[slot.case_id, slot.seed]
        due = list(self._due(slot, arrived, case_digest))
        await asyncio.gather(*(self._compare(each, case) for each in due))
        return bool(due)

    def _due(self, slot: Slot, arrived: Mapping[str, FinishedReply | None], case_digest: str) -> Iterator[_Due]:
        for comparing in self.comparing:
            for first, second in compared(comparing.pairs, self.candidates, self.baseline):
                replies = arrived.get(first), arrived.get(second)
                if slot.candidate not in (first, second) or replies[0] is None or replies[1] is None:
                    continue
                key = preference_key((replies[0].key, replies[1].key), case_digest, comparing.judge.signature)
                place = PairSlot(slot.case_id, first, second, slot.seed)
                if self._finished.get((place, comparing.judge.measure)) != key:
                    yield _Due(comparing.judge, place, (replies[0].text, replies[1].text), key)

    async def _compare(self, due: _Due, case: Case) -> None:
        case_id, candidate, against, seed = due.slot
        verdict = await due.judge.compare(case, *due.replies)
        self.log.append(
            PreferenceRecord(
                case_id=case_id,
                candidate=candidate,
                against=against,
                seed=seed,
                key=due.key,
                measure=due.judge.measure,
                verdict=verdict,
            )
        )


@dataclass(frozen=True, slots=True)
class _Due:
    """A comparison that the log lacks."""

    judge: PairVerdictor
    slot: PairSlot
    replies: tuple[str, str]
    key: str
