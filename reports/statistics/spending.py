"""How an allowed error is spent over several looks at growing data, and the bounds that follow for normal statistics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from scipy import optimize, special

from reports.statistics.clusters import FloatArray

Spending = Callable[[float], float]
"""The share of the error that may be spent until a share of the data is there; both from 0 to 1."""

_GRID: Final = 401
_REACH: Final = 8.0  # standard deviations of the grid; beyond lies less than 1e-15


def late_spending(share: float) -> float:
    """Spends more the later it is: the family of Hwang, Shih & DeCani 1990 (doi:10.1002/sim.4780091207) with gamma -2.

    At -4 tests at the end find more, but clear cases take longer.

    Args:
        share: The share of the data that is there, 0 to 1.
    """
    return float(np.expm1(2 * share) / np.expm1(2))


@cache
def spending_tails(shares: tuple[float, ...], error: float, spending: Spending = late_spending) -> tuple[float, ...]:
    """The one-sided tails of the normal distribution to test with at each look, so that all looks together err so often.

    A statistic of growing data moves as a Brownian motion does: its value at share t is normal with variance t. The bound of
    each look is the one that is crossed for the first time there with the probability that the look may spend (Lan & DeMets
    1983, doi:10.1093/biomet/70.3.659), by integrating over the path so far (Armitage, McPherson & Rowe 1969,
    doi:10.2307/2343787).

    Args:
        shares: The share of the data at each look, growing, the last one at most 1.
        error: How often any look may cross its bound where nothing is to be found, one-sided.
        spending: How the error is spent.

    Returns:
        For each look the probability beyond its bound, one-sided: compare with the tail of a test at that look alone.
    """
    path = _Path()
    found, spent = [], 0.0
    for share in shares:
        due, spent = error * spending(share) - spent, error * spending(share)
        found.append(path.step_to(share, due))
    return tuple(found)


class _Path:
    """The distribution of a Brownian motion that has not crossed a bound so far."""

    def __init__(self) -> None:
        self._share = 0.0
        self._places = np.zeros(1)
        self._masses = np.ones(1)

    def step_to(self, share: float, crossing: float) -> float:
        """Go on to a share of the data with the bound that is crossed with a probability; its one-sided tail."""
        scale, step = np.sqrt(share), np.sqrt(share - self._share)

        def excess(bound: float) -> float:
            beyond = special.ndtr((self._places - bound * scale) / step)
            return float(np.log(max(self._masses @ beyond, 1e-300)) - np.log(crossing))

        bound = float(optimize.brentq(excess, -1.0, 30.0, xtol=1e-9))
        places = np.linspace(-_REACH * scale, bound * scale, _GRID)
        densities = np.exp(-(((places[:, np.newaxis] - self._places) / step) ** 2) / 2) / (step * np.sqrt(2 * np.pi))
        self._share, self._places = share, places
        self._masses = (densities @ self._masses) * _weights(places)
        return float(special.ndtr(-bound))


def _weights(places: FloatArray) -> FloatArray:
    """Those of Simpson's rule."""
    weights = np.full(len(places), 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    weights *= (places[1] - places[0]) / 3
    return weights
