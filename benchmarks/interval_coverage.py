"""How often 95 % intervals hold the true mean: simulated suites with skewed, graded and yes/no measures.

Dialogues have 1 to 12 target turns, most of them few. The turns of a dialogue are alike: they share a level that is drawn
for the dialogue. The functions under test are those of the reports, over thousands of simulated runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from benchmarks.figures import Figure
from reports.statistics.clusters import ClusterSums, FloatArray, Interval
from reports.statistics.intervals import Scale, intervals_of_differences, intervals_of_means
from reports.statistics.resampling import percentile_intervals, replicated_means

RUNS: Final = {20: 10_000, 50: 10_000, 200: 5_000, 2_000: 3_000}
"""Simulated runs by number of dialogues: enough for a standard error of 0.2 to 0.4 points."""

RUNS_OF_OTHER_METHODS: Final = 2_000
OTHER_METHODS_UP_TO: Final = 50
MOST_TURNS: Final = 12
REACHED: Final = (0.94, 0.96)
_AT_ONCE: Final = 200_000  # dialogues simulated in one step

Owners = npt.NDArray[np.int64]
"""The dialogue of each value, as a number from 0, in order; shape [values]."""

Draw = Callable[[np.random.Generator, Owners], FloatArray]
"""A value for each owner; those of one owner are alike."""


class World(NamedTuple):
    """A measure as it might be: how its values come about, and their true mean."""

    name: str
    draw: Draw
    mean: float
    scale: Scale | None
    is_difference: bool = False


def run() -> list[Figure]:
    """Coverage of every kind of measure at every number of dialogues; then the lowest of the methods not chosen."""
    figures, others = [], {name: [1.0] for name in OTHER_METHODS}
    generator = np.random.default_rng(1)
    for world in (*WORLDS, LOG_NORMAL):
        for dialogues, runs in RUNS.items():
            share = _coverage(_own_intervals, world, dialogues, runs, generator)
            within = REACHED[0] <= round(share, 3) <= REACHED[1]
            target = ("94 to 96 %", within) if world is not LOG_NORMAL else (None, None)
            figures.append(Figure(f"{world.name}, {dialogues:,} dialogues", 100 * share, "%", *target))
            compared = dialogues <= OTHER_METHODS_UP_TO and world is not LOG_NORMAL
            for name, method in OTHER_METHODS.items() if compared else ():
                others[name].append(_coverage(method, world, dialogues, RUNS_OF_OTHER_METHODS, generator))
    return [*figures, *(Figure(f"lowest of all: {name}", 100 * min(found), "%") for name, found in others.items())]


Method = Callable[[ClusterSums, World], "list[Interval | None]"]


def _coverage(method: Method, world: World, dialogues: int, runs: int, generator: np.random.Generator) -> float:
    held = 0
    for groups in _simulated(world, dialogues, runs, generator):
        intervals = method(groups, world)
        held += sum(one is not None and one.low <= world.mean <= one.high for one in intervals)
    return held / runs


def _simulated(world: World, dialogues: int, runs: int, generator: np.random.Generator) -> Iterator[ClusterSums]:
    """Runs of the reports' input, one a column, some at a time."""
    at_once = max(1, _AT_ONCE // dialogues)
    for start in range(0, runs, at_once):
        shape = (dialogues, min(at_once, runs - start))
        turns = np.minimum(generator.geometric(0.35, shape), MOST_TURNS)
        owners = np.repeat(np.arange(turns.size), turns.ravel())
        values = world.draw(generator, owners)
        sums, squares = (
            np.bincount(owners, weights=w, minlength=turns.size).reshape(shape).astype(np.float64)
            for w in (values, values**2)
        )
        yield ClusterSums(sums, turns.astype(np.float64), squares)


def _own_intervals(groups: ClusterSums, world: World) -> list[Interval | None]:
    if world.is_difference:
        return intervals_of_differences(groups)
    return intervals_of_means(groups, [world.scale] * groups.sums.shape[1])


def _percentiles(groups: ClusterSums, world: World) -> list[Interval | None]:
    return percentile_intervals(groups, replicated_means(groups))


def _plain_sandwich(groups: ClusterSums, world: World) -> list[Interval | None]:
    """CR1 with Student's t at one less than the number of dialogues, as most programs have it."""
    count = len(groups.sums)
    errors = np.sqrt(count / (count - 1) * (groups.deviations**2).sum(axis=0)) / groups.cases
    reach = special.stdtrit(count - 1, 0.975) * errors
    return [Interval(low=m - r, high=m + r) for m, r in zip(groups.means.tolist(), reach.tolist(), strict=True)]


def _without_dialogues(groups: ClusterSums, world: World) -> list[Interval | None]:
    """The t interval that takes every case for an independent one."""
    reach = special.stdtrit(groups.cases - 1, 0.975) * groups.spreads / np.sqrt(groups.cases)
    return [Interval(low=m - r, high=m + r) for m, r in zip(groups.means.tolist(), reach.tolist(), strict=True)]


OTHER_METHODS: Final[dict[str, Method]] = {
    "cluster bootstrap, expanded percentiles": _percentiles,
    "sandwich error CR1 and Student's t": _plain_sandwich,
    "cases taken for independent": _without_dialogues,
}


def _yes_no(share: float, alike: float = 0.2) -> Draw:
    spread = 1 / alike - 1

    def draw(generator: np.random.Generator, owners: Owners) -> FloatArray:
        levels = generator.beta(share * spread, (1 - share) * spread, owners[-1] + 1)
        values: FloatArray = (generator.random(len(owners)) < levels[owners]).astype(np.float64)
        return values

    return draw


def _skewed_shares(generator: np.random.Generator, owners: Owners) -> FloatArray:
    """Like BLEU: between 0 and 1, most values low."""
    levels = np.clip(generator.beta(1, 3, owners[-1] + 1), 1e-3, 1 - 1e-3)[owners]
    values: FloatArray = generator.beta(4 * levels, 4 * (1 - levels))
    return values


def _five_points(generator: np.random.Generator, owners: Owners) -> FloatArray:
    """A judge who gives 4 or 5 of 5 most of the time."""
    levels = generator.normal(4.7, 0.7, owners[-1] + 1)
    values: FloatArray = np.clip(np.round(generator.normal(levels[owners], 0.7)), 1, 5)
    return values


_FIVE_POINTS_MEAN: Final = float(1 + sum(stats.norm.sf(point + 0.5, 4.7, 0.7 * 2**0.5) for point in range(1, 5)))


def _long_tail(generator: np.random.Generator, owners: Owners) -> FloatArray:
    """Like tokens of a reply: no upper bound, skewness 1.4."""
    levels = generator.exponential(0.5, owners[-1] + 1)
    values: FloatArray = levels[owners] + generator.exponential(0.5, len(owners))
    return values


def _log_normal(generator: np.random.Generator, owners: Owners) -> FloatArray:
    """Like the latencies of a server that hangs now and then: one value in a thousand is 20 times the usual one."""
    between, within = _LOG_NORMAL_SPREADS
    levels = generator.normal(0, between, owners[-1] + 1)
    values: FloatArray = np.exp(generator.normal(levels[owners], within))
    return values


_LOG_NORMAL_SPREADS: Final = (0.8, 0.5)
"""Of the logarithms: between dialogues and within them."""


def _bell(generator: np.random.Generator, owners: Owners) -> FloatArray:
    values: FloatArray = generator.normal(generator.normal(0, 0.5, owners[-1] + 1)[owners], 1)
    return values


def _yes_no_difference(generator: np.random.Generator, owners: Owners) -> FloatArray:
    """Two candidates that differ on a few cases, in one dialogue more than in another."""
    lot, apart = generator.random(len(owners)), 0.4 * generator.beta(1, 2, owners[-1] + 1)[owners]
    return np.where(lot < 0.6 * apart, 1.0, np.where(lot < apart, -1.0, 0.0))


def _skewed_difference(generator: np.random.Generator, owners: Owners) -> FloatArray:
    gains = 0.7 * generator.exponential(1, owners[-1] + 1)
    values: FloatArray = gains[owners] + _long_tail(generator, owners) - generator.exponential(1, len(owners))
    return values


WORLDS: Final = (
    World("yes/no, 50 % yes", _yes_no(0.5), 0.5, (0, 1)),
    World("yes/no, 80 % yes", _yes_no(0.8), 0.8, (0, 1)),
    World("yes/no, 90 % yes", _yes_no(0.9), 0.9, (0, 1)),
    World("yes/no, 95 % yes", _yes_no(0.95), 0.95, (0, 1)),
    World("judge, 1 to 5, skewed", _five_points, _FIVE_POINTS_MEAN, (1, 5)),
    World("0 to 1, skewed", _skewed_shares, 0.25, (0, 1)),
    World("no bounds, skewed", _long_tail, 1.0, None),
    World("no bounds, symmetric", _bell, 0.0, None),
    World("difference of yes/no", _yes_no_difference, 0.4 / 3 * 0.2, None, True),
    World("difference, skewed", _skewed_difference, 0.7, None, True),
)

LOG_NORMAL: Final = World(
    "no bounds, log-normal", _log_normal, float(np.exp(sum(spread**2 for spread in _LOG_NORMAL_SPREADS) / 2)), None
)
"""Beyond what intervals from so few dialogues can promise: the values that make the mean are seldom among those seen."""
