"""The cluster bootstrap: against scipy where cases are independent, against plain loops where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from clustered_values import alone, clustered, grouped
from scipy import stats

from reports.statistics.clusters import CONFIDENCE, FEWEST_DIALOGUES, ClusterSums, Interval, sum_by_dialogue
from reports.statistics.intervals import intervals_of_differences
from reports.statistics.resampling import bootstrap_p_values, percentile_intervals, replicated_means, resamples_of
from reports.statistics.significance import sign_flip_p_values


def bootstrapped(groups: ClusterSums) -> Interval:
    interval = percentile_intervals(groups, replicated_means(groups))[0]
    assert interval is not None
    return interval


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
    own = bootstrapped(alone(values))
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
    own = bootstrapped(grouped(values, dialogues))
    assert own.low == pytest.approx(low, abs=0.07 * (high - low))
    assert own.high == pytest.approx(high, abs=0.07 * (high - low))
    assert own.half_width > 1.3 * bootstrapped(alone(values)).half_width


def test_bootstrap_and_formula_agree_on_many_dialogues() -> None:
    values, dialogues = clustered(np.random.default_rng(5), 3_000, mean=0.05)
    groups = grouped(values, dialogues)
    own, formula = bootstrapped(groups), intervals_of_differences(groups)[0]
    assert formula is not None
    assert formula.low == pytest.approx(own.low, abs=0.06 * own.half_width)
    assert formula.high == pytest.approx(own.high, abs=0.06 * own.half_width)


def test_many_dialogues_are_drawn_less_often_and_say_the_same() -> None:
    assert [resamples_of(count) for count in (1, 12_500, 33_334, 1_000_000)] == [2_000, 2_000, 749, 500]
    groups = alone(np.random.default_rng(7).normal(0.01, 1, 40_000))
    replicates = replicated_means(groups)
    assert len(replicates) == resamples_of(40_000)
    own, formula = percentile_intervals(groups, replicates)[0], intervals_of_differences(groups)[0]
    assert own is not None and formula is not None
    assert formula.low == pytest.approx(own.low, abs=0.15 * own.half_width)
    assert formula.high == pytest.approx(own.high, abs=0.15 * own.half_width)


def test_few_dialogues_have_no_interval() -> None:
    groups = grouped(np.arange(20.0), np.repeat(np.arange(FEWEST_DIALOGUES - 1), 5))
    assert percentile_intervals(groups, replicated_means(groups)) == [None]


def test_columns_have_their_own_missing_values() -> None:
    generator = np.random.default_rng(8)
    values, dialogues = clustered(generator, 50)
    holed = np.where(generator.random(len(values)) < 0.4, np.nan, values)
    groups = sum_by_dialogue(np.stack([values, holed, np.full_like(values, np.nan)]), dialogues)
    whole, part, nothing = percentile_intervals(groups, replicated_means(groups))
    assert whole is not None and part is not None and nothing is None
    assert whole.low == pytest.approx(bootstrapped(grouped(values, dialogues)).low)
    kept = np.isfinite(holed)
    assert part.half_width == pytest.approx(bootstrapped(grouped(holed[kept], dialogues[kept])).half_width, rel=0.15)


def test_large_offsets_lose_no_precision() -> None:
    values, dialogues = clustered(np.random.default_rng(12), 30)
    plain, moved = bootstrapped(grouped(values, dialogues)), bootstrapped(grouped(values + 1e9, dialogues))
    assert moved.low - 1e9 == pytest.approx(plain.low, abs=1e-5)
    assert moved.high - 1e9 == pytest.approx(plain.high, abs=1e-5)


def test_p_value_of_the_paired_bootstrap_is_near_that_of_random_signs() -> None:
    values, dialogues = clustered(np.random.default_rng(10), 80, mean=0.2)
    groups = grouped(values, dialogues)
    own = bootstrap_p_values(groups.means, replicated_means(groups))[0]
    assert own == pytest.approx(sign_flip_p_values(groups)[0], abs=0.04)


def test_equal_candidates_have_p_value_one() -> None:
    groups = alone(np.zeros(30))
    assert bootstrap_p_values(groups.means, replicated_means(groups))[0] == 1.0
