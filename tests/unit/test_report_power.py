"""What a suite can show: against statsmodels where cases are independent, and by simulation with dialogues."""

from __future__ import annotations

import numpy as np
import pytest
from clustered_values import alone
from scipy import stats

from reports.statistics.clusters import ClusterSums, robust_errors, sum_by_dialogue
from reports.statistics.intervals import intervals_of_differences
from reports.statistics.power import POWER, more_dialogues, smallest_differences

SIZES = np.random.default_rng(0).integers(1, 7, 200)


def runs(generator: np.random.Generator, dialogues: int, difference: float, count: int = 1_500) -> ClusterSums:
    """Many runs of a suite with clustered differences, one a column."""
    names = np.repeat(np.arange(dialogues), np.resize(SIZES, dialogues)).astype(np.int32)
    levels = generator.normal(0, 0.5, (count, dialogues))[:, names]
    return sum_by_dialogue(difference + levels + generator.normal(0, 1, (count, len(names))), names)


def share_found(groups: ClusterSums) -> float:
    return float(np.mean([one is not None and one.low > 0 for one in intervals_of_differences(groups)]))


def test_smallest_difference_is_statsmodels_where_cases_are_independent() -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    values = np.random.default_rng(1).normal(0.1, 2.0, 60)
    effect = power.TTestPower().solve_power(nobs=60, alpha=0.05, power=POWER, alternative="two-sided")
    own = smallest_differences(robust_errors(alone(values)))[0]
    assert own == pytest.approx(effect * values.std(ddof=1), rel=0.01)


@pytest.mark.parametrize("dialogues", [20, 80])
def test_smallest_difference_is_found_in_four_runs_of_five(dialogues: int) -> None:
    generator = np.random.default_rng(dialogues)
    shown = float(np.median(smallest_differences(robust_errors(runs(generator, dialogues, 0.0)))))
    assert share_found(runs(generator, dialogues, shown)) == pytest.approx(POWER, abs=0.04)
    assert share_found(runs(generator, dialogues, shown / 2)) < 0.4


def test_so_many_more_dialogues_find_the_difference_in_four_runs_of_five() -> None:
    generator = np.random.default_rng(3)
    error = float(np.median(robust_errors(runs(generator, 40, 0.0)).errors))
    difference = 1.4 * error
    more = more_dialogues(difference, error, 40)
    assert more is not None and 100 < more < 160
    assert share_found(runs(generator, 40, difference)) < 0.5
    assert share_found(runs(generator, 40 + more, difference)) == pytest.approx(POWER, abs=0.05)


def test_what_does_not_vary_shows_nothing() -> None:
    assert np.isnan(smallest_differences(robust_errors(alone(np.zeros(30))))[0])
    assert more_dialogues(0.0, 0.1, 30) is None
    assert more_dialogues(0.1, 0.0, 30) is None
    assert more_dialogues(float("nan"), 0.1, 30) is None


def test_half_the_difference_asks_for_four_times_the_dialogues() -> None:
    few, many = more_dialogues(0.1, 0.1, 50), more_dialogues(0.05, 0.1, 50)
    assert few is not None and many is not None
    assert (many + 50) / (few + 50) == pytest.approx(4, rel=0.01)
    assert few + 50 == pytest.approx(50 * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2, abs=1)
