"""Which cases a query finds, and in which order: the same as the page's own script does where it holds all cases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from reports.view.index import CaseIndex, Positions

_ROUNDING = 1e-6  # the index holds single precision

Mask = npt.NDArray[np.bool_]


class Query(BaseModel):
    """What is asked for; the fields of the page's filters."""

    search: Annotated[str, Field(max_length=1_000)] = ""
    """Words that all have to stand in the case."""
    kind: Literal["", "failure", "act", "language", "tag"] = ""
    name: str = ""
    """Of the part of the suite; the number of a failure group."""
    condition: Literal["", "worse", "better", "act", "unparsed", "unmeasured", "suspected"] = ""
    candidate: Annotated[int, Field(ge=0)] | None = None
    measure: Annotated[int, Field(ge=0)] | None = None
    order: Literal["", "lowest", "regressed", "improved"] = ""

    model_config = ConfigDict(frozen=True, extra="forbid")


def found_cases(index: CaseIndex, query: Query) -> Positions:
    """The positions of the cases that a query finds, in its order.

    Raises:
        IndexError: It names a candidate or a measure that the run does not have.
    """
    asked = _Asked(index, query)
    mask = asked.in_part() & asked.holds() & _with_words(index, query.search)
    positions = np.flatnonzero(mask)
    key = asked.key()
    return positions if key is None else positions[np.argsort(key[positions], kind="stable")]


class _Asked:
    """A query with the columns of the index that it needs."""

    def __init__(self, index: CaseIndex, query: Query) -> None:
        self._index = index
        self._query = query
        self._measures: Sequence[dict[str, Any]] = index.description.frame["measures"]
        everybody = range(len(index.description.candidates))
        self._candidates = everybody if query.candidate is None else [everybody[query.candidate]]
        every = range(len(self._measures))
        self._chosen_measures = every if query.measure is None else [every[query.measure]]

    def in_part(self) -> Mask:
        index, kind, name = self._index, self._query.kind, self._query.name
        if kind == "tag":
            holders = pc.list_parent_indices(tags := index.column("tags").combine_chunks())
            has = np.zeros(index.cases, np.bool_)
            has[holders.filter(pc.fill_null(pc.equal(pc.list_flatten(tags), name), False)).to_numpy()] = True
            return has
        if kind == "failure":
            seeds = range(len(index.description.seeds))
            columns = [index.values(f"failure_{c}_{s}") for c in self._candidates for s in seeds]
            return self._any([column == int(name) for column in columns])
        if kind:
            return np.asarray(pc.fill_null(pc.equal(index.column(kind), name), False).to_numpy(), np.bool_)
        return np.ones(index.cases, np.bool_)

    def holds(self) -> Mask:
        values = self._index.values
        match self._query.condition:
            case "worse":
                return self._any([self._change(c) < -_ROUNDING for c in self._candidates])
            case "better":
                return self._any([self._change(c) > _ROUNDING for c in self._candidates])
            case "suspected":
                return self._any([values(f"suspected_{c}") for c in self._candidates])
            case "act":
                acts = [m for m, measure in enumerate(self._measures) if measure["kind"] == "act"]
                return self._any([values(f"value_{m}_{c}") < 1 for m in acts for c in self._candidates])
            case "unparsed" | "unmeasured" as what:
                pairs = [(m, c) for m in self._chosen_measures for c in self._candidates]
                return self._any([values(f"{what}_{m}_{c}") for m, c in pairs])
            case _:
                return np.ones(self._index.cases, np.bool_)

    def key(self) -> npt.NDArray[np.float64] | None:
        """What the cases are sorted by, the lowest first; None for the order of the suite."""
        match self._query.order:
            case "lowest":
                scores = np.stack([self._score(c) for c in self._candidates])
                return _precise(np.where(np.isfinite(scores), scores, np.inf).min(axis=0))
            case "regressed":
                return _precise(np.stack([self._change(c) for c in self._candidates]).min(axis=0))
            case "improved":
                return _precise(-np.stack([self._change(c) for c in self._candidates]).max(axis=0))
            case _:
                return None

    def _score(self, candidate: int) -> npt.NDArray[np.float64]:
        if self._query.measure is None:
            return _precise(self._index.values(f"score_{candidate}"))
        direction = self._measures[self._query.measure]["direction"] or 1
        return _precise(self._index.values(f"value_{self._query.measure}_{candidate}") * direction)

    def _change(self, candidate: int) -> npt.NDArray[np.float64]:
        """How much better than the baseline; 0 where that is not known."""
        if self._query.measure is None:
            return _precise(np.nan_to_num(self._index.values(f"change_{candidate}")))
        return _precise(np.nan_to_num(self._score(candidate) - self._score(self._index.description.frame["baseline"])))

    def _any(self, masks: Sequence[Mask]) -> Mask:
        return reduce(np.logical_or, masks, np.zeros(self._index.cases, np.bool_))


def _precise(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    key: npt.NDArray[np.float64] = values.astype(np.float64, copy=False)
    return key


def _with_words(index: CaseIndex, search: str) -> Mask:
    mask = np.ones(index.cases, np.bool_)
    for word in search.lower().split():
        mask &= pc.match_substring(index.column("search"), word).to_numpy()
    return mask
