"""The same means and differences on parts of the suite: by act, language, place in the dialogue, length, and tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reports.comparison import differences_of, means_of
from reports.estimates import Difference, Mean
from reports.records import SliceKind
from reports.scores import Scores
from reports.tables import Codes, RunTables, codes_of, names_in

MOST_SLICES = 30

FEW_DIALOGUES: Final = 20
"""A slice of fewer dialogues is marked: only from here on were the intervals seen to hold what they promise."""

Positions = npt.NDArray[np.int64]

_DEPTHS: Final = (0, 1, 3, 5, 9, 17, 33)  # where a part begins
_LENGTH_PARTS: Final = 4


@dataclass(frozen=True, slots=True)
class Slice:
    """Some cases of the suite; the keys of means and differences are (measure, candidate)."""

    kind: SliceKind
    name: str
    positions: Positions
    """Of its cases in the suite."""
    dialogues: int
    means: dict[tuple[str, str], Mean]
    differences: dict[tuple[str, str], Difference]

    @property
    def cases(self) -> int:
        """How many it has."""
        return len(self.positions)

    @property
    def is_small(self) -> bool:
        """Whether it has too few dialogues to lean on."""
        return self.dialogues < FEW_DIALOGUES


@dataclass(frozen=True, slots=True)
class Slices:
    """Those of all kinds but tags, then the most frequent tags."""

    slices: tuple[Slice, ...]
    left_out: int
    """How many rarer tags are not among them."""


def slices_of(tables: RunTables, scores: Scores) -> Slices:
    """All slices, at most 30; the rarest tags are left out, and so is what is the whole suite."""
    parts = [part for find in _FINDERS.values() for part in find(tables.cases) if part.size < len(tables.cases)]
    kept = parts[:MOST_SLICES]
    return Slices(tuple(_slice(part, scores, tables.manifest.baseline) for part in kept), len(parts) - len(kept))


def parts_of(kind: SliceKind, cases: pa.Table) -> list[Part]:
    """All parts of one kind, as the reports have them; of tags, the most frequent ones first.

    Args:
        kind: What the parts go by.
        cases: As `RunTables.cases`.
    """
    return list(_FINDERS[kind](cases))


@dataclass(frozen=True, slots=True)
class Part:
    """A name and the cases that bear it."""

    kind: SliceKind
    name: str
    cases: Positions
    """Positions in the suite."""

    @property
    def size(self) -> int:
        """How many cases."""
        return len(self.cases)


def _slice(part: Part, scores: Scores, baseline: str) -> Slice:
    chosen = np.zeros(len(scores.dialogues), dtype=bool)
    chosen[part.cases] = True
    own = scores.only(chosen)
    return Slice(
        kind=part.kind,
        name=part.name,
        positions=part.cases,
        dialogues=len(np.unique(own.dialogues)),
        means=means_of(own),
        differences=differences_of(own, baseline),
    )


def _acts(cases: pa.Table) -> list[Part]:
    return _by_name("act", cases)


def _languages(cases: pa.Table) -> list[Part]:
    return _by_name("language", cases)


def _by_name(kind: Literal["act", "language"], cases: pa.Table) -> list[Part]:
    names = names_in(cases[kind])
    return _parts(kind, names, codes_of(cases[kind], names), np.arange(len(cases)))


def _depths(cases: pa.Table) -> Iterator[Part]:
    """By how many messages stand before the turn; the parts grow with the depth."""
    depths = _numbers(cases["turn"])
    return _ranges("depth", depths, [*_DEPTHS, np.inf], str)


def _lengths(cases: pa.Table) -> Iterator[Part]:
    """Four parts of about as many cases each, by the length of the context."""
    lengths = _numbers(cases["context_characters"])
    known = lengths[np.isfinite(lengths)]
    if not known.size:
        return iter(())
    edges = np.quantile(known, np.linspace(0, 1, _LENGTH_PARTS + 1)[1:-1], method="higher")
    return _ranges("length", lengths, [0, *np.unique(edges), np.inf], "{:,}".format)


def _ranges(
    kind: SliceKind, numbers: npt.NDArray[np.float64], edges: list[float], written: Callable[[int], str]
) -> Iterator[Part]:
    """The cases from each edge up to the next, named by the lowest and the highest number that there are."""
    for low, high in pairwise(edges):
        cases = np.flatnonzero((numbers >= low) & (numbers < high))
        if cases.size:
            ends = dict.fromkeys(written(int(end(numbers[cases]))) for end in (np.min, np.max))
            yield Part(kind, "–".join(ends), cases)


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = column.to_numpy().astype(np.float64)
    return numbers


def _tags(cases: pa.Table) -> list[Part]:
    tags = cases["tags"].combine_chunks()
    bearers = pc.list_parent_indices(tags).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = pa.chunked_array([pc.list_flatten(tags)])
    names = names_in(flat)
    return _parts("tag", names, codes_of(flat, names), bearers)


def _parts(kind: SliceKind, names: list[str], codes: Codes, bearers: Positions) -> list[Part]:
    """One part a name, the largest first: `codes[i]` names the case `bearers[i]`, or nothing where it is -1."""
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    found = [
        Part(kind, name, np.unique(bearers[order[start:end]]))
        for name, start, end in zip(names, ends[:-1], ends[1:], strict=True)
    ]
    return sorted(found, key=lambda part: (-part.size, part.name))


_FINDERS: Final[dict[SliceKind, Callable[[pa.Table], Iterable[Part]]]] = {
    "act": _acts,
    "language": _languages,
    "depth": _depths,
    "length": _lengths,
    "tag": _tags,
}
