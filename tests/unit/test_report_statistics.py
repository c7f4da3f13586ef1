"""Intervals and tests: against scipy where cases are independent, against plain loops and simulation where they are not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from reports import statistics
from reports.statistics import (
    CONFIDENCE,
    FEWEST_DIALOGUES,
    Interval,
    intervals_of_means,
    sign_flip_p_values,
    sum_by_dialogue,
)


def clustered(generator: np.random.Generator, dialogues: int, mean: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Values that share a dialogue's own level, in dialogues of 1 to 5 cases."""
    sizes = generator.integers(1, 6, dialogues)
    names = np.repeat(np.arange(dialogues), sizes).astype(np.int32)
    return mean + generator.normal(0, 1, dialogues)[names] + generator.normal(0, 0.5, len(names)), names


def interval_of(values: np.ndarray, dialogues: np.ndarray) -> Interval:
    interval = intervals_of_means(sum_by_dialogue(values[np.newaxis], dialogues))[0]
    assert interval is not None
    return interval


def test_mean_is_over_values_not_over_dialogues() -> None:
    groups = sum_by_dialogue(np.array([[1.0, 0.0, 0.0, np.nan, 1.0]]), np.array([0, 1, 1, 1, 2], np.int32))
    assert groups.means[0] == pytest.approx(0.5)
    assert (groups.cases[0], groups.dialogues[0]) == (4, 3)


def test_interval_of_independent_values_is_scipys_percentile_interval() -> None:
    values = np.random.default_rng(1).exponential(size=250)
    published = stats.bootstrap(
        (values,),
        np.mean,
        method="percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(2),
        # Hesterberg's widening for 250 values, which scipy does not do by itself
        confidence_level=1 - 2 * stats.norm.cdf(np.sqrt(250 / 249) * stats.t.ppf((1 - CONFIDENCE) / 2, 249)),
    ).confidence_interval
    own = interval_of(values, np.arange(250, dtype=np.int32))
    noise = 0.06 * (published.high - published.low)
    assert own.low == pytest.approx(published.low, abs=noise)
    assert own.high == pytest.approx(published.high, abs=noise)


def test_bootstrap_draws_whole_dialogues() -> None:
    generator = np.random.default_rng(3)
    values, dialogues = clustered(generator, 40)
    by_dialogue = [values[dialogues == d] for d in range(40)]
    replicates = [np.concatenate([by_dialogue[d] for d in generator.integers(0, 40, 40)]).mean() for _ in range(4_000)]
    tail = stats.norm.cdf(np.sqrt(40 / 39) * stats.t.ppf(0.025, 39))
    low, high = np.quantile(replicates, [tail, 1 - tail])
    own = interval_of(values, dialogues)
    assert own.low == pytest.approx(low, abs=0.07 * (high - low))
    assert own.high == pytest.approx(high, abs=0.07 * (high - low))
    independent = interval_of(values, np.arange(len(values), dtype=np.int32))
    assert own.half_width > 1.3 * independent.half_width


@pytest.mark.parametrize("dialogues", [8, 30])
def test_interval_holds_the_true_mean_as_often_as_it_says(dialogues: int) -> None:
    generator = np.random.default_rng(dialogues)
    runs = 400
    held = 0
    for _ in range(runs):
        interval = interval_of(*clustered(generator, dialogues, mean=2.0))
        held += interval.low <= 2.0 <= interval.high
    # 0.95 less four standard errors of a share over 400 runs, and some for so few dialogues
    assert 0.90 <= held / runs <= 0.99


def test_many_dialogues_are_not_resampled_and_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values, dialogues = clustered(np.random.default_rng(5), 3_000, mean=0.05)
    resampled = interval_of(values, dialogues)
    p_resampled = sign_flip_p_values(sum_by_dialogue(values[np.newaxis], dialogues))[0]
    monkeypatch.setattr(statistics, "MOST_RESAMPLED", 2_999)
    monkeypatch.setattr(statistics, "_resampling_weights", None)
    by_formula = interval_of(values, dialogues)
    assert by_formula.low == pytest.approx(resampled.low, abs=0.06 * resampled.half_width)
    assert by_formula.high == pytest.approx(resampled.high, abs=0.06 * resampled.half_width)
    p_formula = sign_flip_p_values(sum_by_dialogue(values[np.newaxis], dialogues))[0]
    assert p_formula == pytest.approx(p_resampled, abs=0.04)


def test_formula_is_scipys_t_interval_where_cases_are_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MOST_RESAMPLED", 10)
    values = np.random.default_rng(6).normal(size=60)
    published = stats.ttest_1samp(values, 0).confidence_interval(CONFIDENCE)
    own = interval_of(values, np.arange(60, dtype=np.int32))
    assert (own.low, own.high) == pytest.approx((published.low, published.high))


def test_few_dialogues_have_no_interval() -> None:
    values = np.arange(20.0)[np.newaxis]
    few = np.repeat(np.arange(FEWEST_DIALOGUES - 1), 5).astype(np.int32)
    assert intervals_of_means(sum_by_dialogue(values, few)) == [None]
    enough = np.repeat(np.arange(FEWEST_DIALOGUES), 4).astype(np.int32)
    assert intervals_of_means(sum_by_dialogue(values, enough)) != [None]


def test_columns_have_their_own_missing_values() -> None:
    generator = np.random.default_rng(8)
    values, dialogues = clustered(generator, 50)
    holed = np.where(generator.random(len(values)) < 0.4, np.nan, values)
    nothing = np.full_like(values, np.nan)
    groups = sum_by_dialogue(np.stack([values, holed, nothing]), dialogues)
    intervals = intervals_of_means(groups)
    assert intervals[0] is not None
    assert intervals[0].low == pytest.approx(interval_of(values, dialogues).low)
    kept = np.isfinite(holed)
    own, alone = intervals[1], interval_of(holed[kept], dialogues[kept])
    assert own is not None
    assert own.half_width == pytest.approx(alone.half_width, rel=0.15)
    assert intervals[2] is None
    assert np.isnan(sign_flip_p_values(groups)[2])


def test_equal_values_have_an_interval_of_no_width() -> None:
    own = interval_of(np.full(30, 0.1), np.arange(30, dtype=np.int32) // 2)
    assert (own.low, own.high) == pytest.approx((0.1, 0.1), abs=1e-12)


def test_exact_p_value_is_scipys() -> None:
    values, dialogues = clustered(np.random.default_rng(9), 9, mean=0.6)
    sums = np.bincount(dialogues, weights=values)
    published = stats.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_p_values(sum_by_dialogue(values[np.newaxis], dialogues))[0] == pytest.approx(published.pvalue)


def test_exact_p_value_counts_every_pattern() -> None:
    values = np.array([1.0, 1.0, -1.0, 2.0, 1.0, 1.0])
    extreme = sum(abs(np.dot(s, values)) >= abs(values.sum()) for s in product((1, -1), repeat=6))
    own = sign_flip_p_values(sum_by_dialogue(values[np.newaxis], np.arange(6, dtype=np.int32)))[0]
    assert own == pytest.approx(extreme / 64)


def test_random_p_value_is_near_scipys() -> None:
    values, dialogues = clustered(np.random.default_rng(10), 40, mean=0.25)
    sums = np.bincount(dialogues, weights=values)
    published = stats.permutation_test(
        (sums,), np.sum, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    )
    own = sign_flip_p_values(sum_by_dialogue(values[np.newaxis], dialogues))[0]
    assert own == pytest.approx(published.pvalue, abs=0.035)


def test_p_values_are_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(11)
    sizes = np.repeat(np.arange(15, dtype=np.int32), 3)
    columns = generator.normal(0, 1, (600, 15))[:, sizes] + generator.normal(0, 0.3, (600, 45))
    p_values = sign_flip_p_values(sum_by_dialogue(columns, sizes))
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    assert 0.02 <= (p_values < 0.05).mean() <= 0.085


def test_no_difference_at_all_has_p_value_one() -> None:
    for dialogues in (8, 60):
        groups = sum_by_dialogue(np.zeros((1, dialogues)), np.arange(dialogues, dtype=np.int32))
        assert sign_flip_p_values(groups)[0] == 1.0


def test_large_offsets_lose_no_precision() -> None:
    values, dialogues = clustered(np.random.default_rng(12), 30)
    plain, moved = interval_of(values, dialogues), interval_of(values + 1e9, dialogues)
    assert moved.low - 1e9 == pytest.approx(plain.low, abs=1e-5)
    assert moved.high - 1e9 == pytest.approx(plain.high, abs=1e-5)
