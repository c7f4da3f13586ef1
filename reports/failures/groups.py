"""The failure groups of a run: how large each is for each candidate, how that differs from the baseline, and typical replies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from reports.estimates import Relation, relation_of
from reports.failures.faults import Faults, faults_of
from reports.failures.kinds import Fault
from reports.failures.wordings import MOST_TEXTS, Wording, wordings_of
from reports.statistics.clusters import Interval, sum_by_dialogue
from reports.statistics.intervals import intervals_of_differences
from reports.tables import REPLIES, REPLIES_FILE, Codes, RunTables, codes_of, iterate_columns

MOST_GROUPS: Final = 12
_FEWEST_REPLIES: Final = 3
"""A smaller group is left out where there are `_FEWEST_GROUPS` that are larger."""
_FEWEST_GROUPS: Final = 5
_FEWER_IS_BETTER: Final = -1
_SAMPLE_SEED: Final = 20_211
_LONGEST_QUOTE: Final = 240

Place = tuple[int, int, int]
"""Positions of candidate, case and seed."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How often one candidate has a fault."""

    replies: int
    share: float
    """Of its replies to all cases, from 0 to 1; the mean over seeds."""
    difference: float | None
    """From the baseline's share; None for the baseline."""
    interval: Interval | None
    relation: Relation


@dataclass(frozen=True, slots=True)
class TypicalReply:
    """A reply that stands for others."""

    case_id: str
    candidate: str
    quote: str
    """Its text, cut after 240 characters."""


@dataclass(frozen=True, slots=True)
class WordingGroup:
    """Replies of one fault that are worded alike."""

    terms: tuple[str, ...]
    """Telling words; empty for those that are like no others."""
    share: float
    """Of the group's replies, from 0 to 1."""
    typical: tuple[TypicalReply, ...]


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """All replies with one fault."""

    fault: Fault
    counts: dict[str, GroupCount]
    """By candidate."""
    wordings: tuple[WordingGroup, ...]
    sampled: int | None
    """By how many of the replies the wordings were grouped; None if by all."""

    @property
    def replies(self) -> int:
        """Of all candidates."""
        return sum(count.replies for count in self.counts.values())


@dataclass(frozen=True, slots=True)
class Failures:
    """The groups, the largest first, and the fault of every reply."""

    groups: tuple[FailureGroup, ...]
    left_out: int
    """Replies with rarer faults, which have no group."""
    faults: Faults
    cases: int

    def group_of(self) -> npt.NDArray[np.int16]:
        """The group of every reply, -1 where it has none; shape [candidates, cases, seeds]."""
        number = {group.fault: i for i, group in enumerate(self.groups)}
        numbers = np.array([number.get(fault, -1) for fault in self.faults.faults] + [-1], np.int16)
        return numbers[self.faults.of]


def failures_of(tables: RunTables, dialogues: Codes) -> Failures:
    """Group the replies that some act, check or judge objects to.

    Args:
        tables: The run.
        dialogues: The dialogue of each case; shape [cases].

    Raises:
        ReportError: The replies are missing, torn, or not what this version of Rejoinder writes.
    """
    faults = faults_of(tables)
    sizes = np.bincount(faults.of[faults.of >= 0].ravel(), minlength=len(faults.faults))
    large = max(int((sizes >= _FEWEST_REPLIES).sum()), _FEWEST_GROUPS)
    kept = np.argsort(-sizes, kind="stable")[: min(large, MOST_GROUPS)].tolist()
    counts = [_counts(tables, faults.of == position, dialogues) for position in kept]
    samples = [_sample(faults.of == position) for position in kept]
    texts = _texts(tables, faults, {place for sample in samples for place in sample})
    groups = tuple(
        _group(tables, faults.faults[position], own, sample, texts)
        for position, own, sample in zip(kept, counts, samples, strict=True)
    )
    return Failures(groups, int(sizes.sum() - sizes[kept].sum()), faults, len(tables.cases))


def _counts(tables: RunTables, here: npt.NDArray[np.bool_], dialogues: Codes) -> dict[str, GroupCount]:
    shares = here.mean(axis=2)
    base = tables.candidates.index(tables.manifest.baseline)
    differences = sum_by_dialogue(shares - shares[base], dialogues)
    intervals = intervals_of_differences(differences)
    return {
        name: GroupCount(
            replies=int(here[c].sum()),
            share=float(shares[c].mean()),
            difference=None if c == base else float(differences.means[c]),
            interval=None if c == base else intervals[c],
            relation="unclear" if c == base else relation_of(intervals[c], _FEWER_IS_BETTER),
        )
        for c, name in enumerate(tables.candidates)
    }


def _sample(here: npt.NDArray[np.bool_]) -> list[Place]:
    """The places of a group's replies, or of a random sample of them, in the order of the cases."""
    places = np.argwhere(here)
    if len(places) > MOST_TEXTS:
        chosen = np.random.default_rng(_SAMPLE_SEED).choice(len(places), MOST_TEXTS, replace=False)
        places = places[np.sort(chosen)]
    return [(c, i, s) for c, i, s in places.tolist()]


def _texts(tables: RunTables, faults: Faults, places: set[Place]) -> dict[Place, str]:
    wanted = sorted({case for _, case, _ in places})
    names = tables.case_ids(wanted)
    texts = {}
    for case, candidate, seed, text in _replies(tables, names):
        position = int(np.searchsorted(faults.seeds, seed))
        place = (tables.candidates.index(candidate), wanted[case], position)
        if place in places:
            texts[place] = text or ""
    return texts


def _replies(tables: RunTables, names: Sequence[str]) -> Iterator[tuple[int, str, int, str | None]]:
    """Of the named cases: position among the names, candidate, seed, text."""
    columns = ("case_id", "candidate", "seed", "text")
    for batch in iterate_columns(tables.folder / REPLIES_FILE, REPLIES, columns):
        codes = codes_of(pa.chunked_array([batch.column("case_id")]), names)
        own = batch.filter(pa.array(codes >= 0)).to_pydict()
        yield from zip(codes[codes >= 0].tolist(), own["candidate"], own["seed"], own["text"], strict=True)


def _group(
    tables: RunTables, fault: Fault, counts: dict[str, GroupCount], sample: list[Place], texts: dict[Place, str]
) -> FailureGroup:
    size = sum(count.replies for count in counts.values())
    own = [place for place in sample if place in texts]
    found = wordings_of([texts[place] for place in own])
    return FailureGroup(
        fault=fault,
        counts=counts,
        wordings=tuple(_wording(tables, wording, own, texts) for wording in found),
        sampled=len(sample) if len(sample) < size else None,
    )


def _wording(tables: RunTables, wording: Wording, places: list[Place], texts: dict[Place, str]) -> WordingGroup:
    typical = tuple(
        TypicalReply(
            case_id=tables.cases["case_id"][places[position][1]].as_py(),
            candidate=tables.candidates[places[position][0]],
            quote=_quote(texts[places[position]]),
        )
        for position in wording.typical
    )
    return WordingGroup(wording.terms, len(wording.members) / len(places), typical)


def _quote(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
