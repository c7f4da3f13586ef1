"""Tails of several looks, against published bounds and against the multivariate normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from reports.statistics.spending import late_spending, spending_tails


def bounds(shares: tuple[float, ...], error: float, spending) -> np.ndarray:
    return -special.ndtri(spending_tails(shares, error, spending))


def obrien_fleming(share: float) -> float:
    """Lan & DeMets 1983, for a two-sided 5 %."""
    return float(2 * special.ndtr(-special.ndtri(0.9875) / np.sqrt(share)) / 0.025)


def pocock(share: float) -> float:
    return float(np.log(1 + (np.e - 1) * share))


def gamma_minus_4(share: float) -> float:
    return float(np.expm1(4 * share) / np.expm1(4))


@pytest.mark.parametrize(
    ("spending", "looks", "published"),
    [
        # Reboussin et al. 2000 (doi:10.1016/s0197-2456(00)00057-x), and the programs that follow it
        (obrien_fleming, 5, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        # gsDesign's default design
        (gamma_minus_4, 3, [3.0107, 2.5465, 1.9992]),
    ],
)
def test_bounds_are_the_published_ones(spending, looks: int, published: list[float]) -> None:
    shares = tuple((look + 1) / looks for look in range(looks))
    assert bounds(shares, 0.025, spending) == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize("spending", [late_spending, pocock])
def test_all_looks_together_err_as_often_as_allowed(spending) -> None:
    shares = (0.1, 0.35, 0.6, 1.0)
    limits = bounds(shares, 0.05, spending)
    times = np.array(shares)
    correlation = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    for looks in range(2, 5):
        never = stats.multivariate_normal(cov=correlation[:looks, :looks]).cdf(limits[:looks])
        assert 1 - never == pytest.approx(0.05 * spending(shares[looks - 1]), abs=2e-4)


def test_a_single_look_is_an_ordinary_test() -> None:
    assert spending_tails((1.0,), 0.025) == pytest.approx((0.025,))


def test_no_more_is_spent_than_there_is() -> None:
    assert late_spending(0) == 0
    assert late_spending(1) == pytest.approx(1)
    assert np.all(np.diff([late_spending(share) for share in np.linspace(0, 1, 50)]) > 0)
