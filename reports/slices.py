"""The same means and differences on parts of the suite: by tag and by the dialogue act that is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from reports.comparison import differences_of, means_of
from reports.estimates import Difference, Mean
from reports.scores import Scores
from reports.tables import Codes, RunTables, codes_of, names_in

MOST_SLICES = 30


@dataclass(frozen=True, slots=True)
class Slice:
    """Some cases of the suite; the keys of means and differences are (measure, candidate)."""

    kind: Literal["tag", "act"]
    name: str
    cases: int
    dialogues: int
    means: dict[tuple[str, str], Mean]
    differences: dict[tuple[str, str], Difference]


@dataclass(frozen=True, slots=True)
class Slices:
    """The acts, then the most frequent tags."""

    slices: tuple[Slice, ...]
    left_out: int
    """How many rarer tags are not among them."""


def slices_of(tables: RunTables, scores: Scores) -> Slices:
    """The slices by due act, then by tag, the most frequent first, at most 30. One that is the whole suite is left out."""
    parts = [part for part in (*_acts(tables), *_tags(tables)) if part.size < len(tables.cases)]
    kept = parts[:MOST_SLICES]
    return Slices(tuple(_slice(part, scores, tables.manifest.baseline) for part in kept), len(parts) - len(kept))


@dataclass(frozen=True, slots=True)
class _Part:
    """A name and the cases that bear it."""

    kind: Literal["tag", "act"]
    name: str
    cases: npt.NDArray[np.int64]
    """Positions in the suite."""

    @property
    def size(self) -> int:
        return len(self.cases)


def _slice(part: _Part, scores: Scores, baseline: str) -> Slice:
    chosen = np.zeros(len(scores.dialogues), dtype=bool)
    chosen[part.cases] = True
    own = scores.only(chosen)
    return Slice(
        kind=part.kind,
        name=part.name,
        cases=part.size,
        dialogues=len(np.unique(own.dialogues)),
        means=means_of(own),
        differences=differences_of(own, baseline),
    )


def _acts(tables: RunTables) -> list[_Part]:
    names = names_in(tables.cases["act"])
    return _parts("act", names, codes_of(tables.cases["act"], names), np.arange(len(tables.cases)))


def _tags(tables: RunTables) -> list[_Part]:
    tags = tables.cases["tags"].combine_chunks()
    bearers = pc.list_parent_indices(tags).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = pa.chunked_array([pc.list_flatten(tags)])
    names = names_in(flat)
    return _parts("tag", names, codes_of(flat, names), bearers)


def _parts(kind: Literal["tag", "act"], names: list[str], codes: Codes, bearers: npt.NDArray[np.int64]) -> list[_Part]:
    """One part a name, the largest first: `codes[i]` names the case `bearers[i]`, or nothing where it is -1."""
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(names) + 1))
    found = [
        _Part(kind, name, np.unique(bearers[order[start:end]]))
        for name, start, end in zip(names, ends[:-1], ends[1:], strict=True)
    ]
    return sorted(found, key=lambda part: (-part.size, part.name))
