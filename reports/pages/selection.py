"""Which cases a report shows in full: all of a small run, else the most telling ones and a random sample of every slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from reports.pages.figures import Figures
from reports.pages.wording import Words
from reports.scores import Scores

MOST_CASES: Final = 2_000
_SEED = 20_211

Group = Literal["all", "typical", "suspected", "lowest", "regressed", "highest", "random"]

FloatArray = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Standing:
    """How every candidate does on every case, over all measures that say whether a reply is good."""

    score: FloatArray
    """Mean of those measures on a scale from 0 to 1, NaN where none was taken; shape [candidates, cases]."""
    change: FloatArray
    """Mean difference from the baseline on the same scale, over the measures that both have; shape [candidates, cases]."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Cases that are shown before others, as positions in the suite."""

    typical: Sequence[int] = ()
    """Those that the failure groups name."""
    suspected: Sequence[int] = ()
    """Those with a reply that is suspected of trying to move its judge."""
    slices: Sequence[Positions] = ()
    """The cases of each slice."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The cases that are shown, in the order of the suite."""

    positions: tuple[int, ...]
    groups: tuple[Group, ...]
    """Why each of them is shown."""
    of_cases: int
    """How many the run has."""

    @staticmethod
    def of_all(cases: int) -> Selection:
        """All cases of a run."""
        group: Group = "all"
        return Selection(tuple(range(cases)), (group,) * cases, cases)

    @property
    def is_whole(self) -> bool:
        """Whether all cases are shown."""
        return len(self.positions) == self.of_cases

    def hint(self, words: Words) -> str:
        """A sentence that says which cases are shown."""
        figures = Figures(words.language)
        sentence = words.cases_whole if self.is_whole else words.cases_chosen
        return sentence.format(shown=figures.count(len(self.positions)), count=figures.count(self.of_cases))


def standing_of(scores: Scores, baseline: str) -> Standing:
    """How the candidates stand on each case by act, checks and judges; by all measures where there are none of these."""
    bounded = [i for i, m in enumerate(scores.measures) if m.span and m.direction]
    judged = [i for i in bounded if scores.measures[i].kind in ("act", "check", "judge")]
    shape = scores.values.shape[1:]
    totals, counts, changes, pairs = (np.zeros(shape) for _ in range(4))
    base = scores.candidates.index(baseline)
    for i in judged or bounded:
        values = _from_zero_to_one(scores, i)
        totals += np.nan_to_num(values)
        counts += np.isfinite(values)
        difference = values - values[base]
        changes += np.nan_to_num(difference)
        pairs += np.isfinite(difference)
    return Standing(_mean(totals, counts), _mean(changes, pairs))


def select_cases(standing: Standing, baseline: int, most: int = MOST_CASES, wanted: Wanted | None = None) -> Selection:
    """All cases, or where there are more than `most` a share of each kind, of every slice as many.

    Args:
        standing: Of all candidates on all cases.
        baseline: Its position among the candidates.
        most: How many cases to show.
        wanted: What is shown first, and the slices; without it the whole suite is one slice.
    """
    candidates, cases = standing.score.shape
    if cases <= most:
        return Selection.of_all(cases)
    wanted = wanted or Wanted()
    others = [c for c in range(candidates) if c != baseline]
    score = _nan_mean(standing.score[others or [baseline]])
    orders: list[tuple[Group, Positions]] = []
    if wanted.typical:
        orders.append(("typical", np.array(wanted.typical, np.int64)))
    if wanted.suspected:
        orders.append(("suspected", np.array(wanted.suspected, np.int64)))
    if others:
        change = np.nanmin(np.nan_to_num(standing.change[others], nan=np.inf), axis=0)
        orders.append(("regressed", _ranked(np.where(change < 0, change, np.nan))))
    shuffled = np.random.default_rng(_SEED).permutation(cases)
    for part in wanted.slices or [np.arange(cases)]:
        within = np.zeros(cases, np.bool_)
        within[part] = True
        own = np.where(within, score, np.nan)
        orders += [("lowest", _ranked(own)), ("highest", _ranked(-own))]
        if wanted.slices:
            orders.append(("random", shuffled[within[shuffled]]))
    orders.append(("random", shuffled))
    chosen = _share_out(orders, most)
    positions = sorted(chosen)
    return Selection(tuple(positions), tuple(chosen[p] for p in positions), cases)


def _share_out(orders: list[tuple[Group, Positions]], most: int) -> dict[int, Group]:
    """Take an equal share from each order in turn; the last one fills what the others leave."""
    chosen: dict[int, Group] = {}
    for remaining, (group, order) in zip(range(len(orders), 0, -1), orders, strict=True):
        fresh = (int(position) for position in order if int(position) not in chosen)
        for position, _ in zip(fresh, range((most - len(chosen)) // remaining), strict=False):
            chosen[position] = group
    return chosen


def _ranked(values: FloatArray) -> Positions:
    """Positions from the lowest value to the highest, without those that are NaN."""
    order = np.argsort(values, kind="stable")
    return order[: int(np.isfinite(values).sum())]


def _from_zero_to_one(scores: Scores, measure: int) -> FloatArray:
    """The values of one measure, 0 the worst and 1 the best; shape [candidates, cases]."""
    info = scores.measures[measure]
    assert info.scale is not None and info.span
    share: FloatArray = (scores.values[measure] - info.scale[0]) / info.span
    return share if info.direction > 0 else 1 - share


def _mean(totals: FloatArray, counts: FloatArray) -> FloatArray:
    return np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)


def _nan_mean(values: FloatArray) -> FloatArray:
    """Mean over the first axis of what is not NaN."""
    return _mean(np.nan_to_num(values).sum(axis=0), np.isfinite(values).sum(axis=0).astype(float))
