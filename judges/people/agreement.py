"""How sure a figure of agreement is: its interval, with whole contexts as the unit, and where chance lies.

The figures themselves are `judges.people.coefficients`; where the numbers come from is `judges.people.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Final, Literal

import numpy as np

from judges.people.coefficients import (
    CHANCE,
    FigureName,
    IntArray,
    Ratings,
    resampled_value_of,
    undefined_because,
    value_of,
)
from suites.dialogue import Record
from suites.userfile import InputError

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 1_000
FEWEST_CONTEXTS: Final = 5
"""With fewer contexts no interval is given: a resample of four has too few different outcomes to bound anything."""

MOST_UNDEFINED: Final = 0.05
"""Share of the resamples in which a figure may be undefined (all replies alike) before no interval is given."""

_SEED = 20_211


class Interval(Record):
    """A 95 % interval."""

    low: float
    high: float


class Figure(Record):
    """One figure of agreement. A figure that is not defined is no number, and says why."""

    name: FigureName
    value: float | None
    interval: Interval | None = None
    replies: int
    """How many pairs of values it is over; for figures over several raters, how many replies."""
    contexts: int
    """How many different contexts those are from."""
    reason: str | None = None
    """Why there is no value, or no interval."""

    @property
    def beside_chance(self) -> Literal["above", "at", "below", "unknown"]:
        """Where the whole interval lies; `at` if chance is in it, `unknown` if there is no interval."""
        if self.interval is None or self.name not in CHANCE:
            return "unknown"
        chance = CHANCE[self.name]
        return "above" if self.interval.low > chance else "below" if self.interval.high < chance else "at"


def figure_of(name: FigureName, ratings: Ratings) -> Figure:
    """A figure with its 95 % interval by the cluster bootstrap.

    Whole contexts are drawn with replacement, since replies to one context are not independent (Davison & Hinkley 1997,
    section 3.8); the ends are percentiles of 1,000 resamples, always the same ones. Resamples in which the figure is not
    defined are left out, and if they are more than 5 % there is no interval.
    """
    size = {"replies": len(ratings.contexts), "contexts": len(np.unique(ratings.contexts))}
    value = value_of(name, ratings)
    if value is None:
        return Figure(name=name, value=None, reason=undefined_because(name, ratings), **size)
    interval, reason = bootstrap(ratings.contexts, lambda rows: resampled_value_of(name, ratings.rows(rows)))
    return Figure(name=name, value=value, interval=interval, reason=reason, **size)


def bootstrap(contexts: IntArray, statistic: Callable[[IntArray], float | None]) -> tuple[Interval | None, str | None]:
    """The 95 % interval of a statistic, or why there is none.

    Args:
        contexts: The context of each row; whole ones are drawn.
        statistic: Gives the value on the drawn rows, None where it is not defined.
    """
    if len(np.unique(contexts)) < FEWEST_CONTEXTS:
        return None, f"with fewer than {FEWEST_CONTEXTS} contexts there is no interval"
    values = [statistic(rows) for rows in _resamples(contexts)]
    defined = [value for value in values if value is not None]
    if len(defined) < (1 - MOST_UNDEFINED) * len(values):
        return None, "too few of the values differ for an interval"
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail]).tolist()
    return Interval(low=low, high=high), None


def require_calibration() -> None:
    """See to it that the figures can be computed, before anything long begins.

    Raises:
        InputError: A library that computes them is not installed.
    """
    libraries = {"sklearn": "scikit-learn", "krippendorff": "krippendorff", "statsmodels": "statsmodels"}
    if missing := [name for module, name in libraries.items() if find_spec(module) is None]:
        raise InputError(
            f"agreement with people needs {' and '.join(missing)}; install it with: pip install 'rejoinder[calibrate]'"
        )


def _resamples(contexts: IntArray) -> Iterator[IntArray]:
    """The rows of as many contexts as there are, drawn with replacement; always the same draws."""
    order = np.argsort(contexts, kind="stable")
    _, starts = np.unique(contexts[order], return_index=True)
    rows_of = np.split(order, starts[1:])
    generator = np.random.default_rng(_SEED)
    for _ in range(RESAMPLES):
        yield np.concatenate([rows_of[context] for context in generator.integers(0, len(rows_of), len(rows_of))])
