"""Cluster-robust errors: against statsmodels, and against the matrices that define CR2 and its degrees of freedom."""

from __future__ import annotations

import numpy as np
import pytest
from clustered_values import alone, clustered, grouped
from scipy import linalg, stats

from reports.statistics.clusters import jackknife_errors, robust_errors, sum_by_dialogue


def cr2_from_matrices(values: np.ndarray, dialogues: np.ndarray, correlation: float) -> tuple[float, float]:
    """Error and degrees of freedom of a mean, from the definitions of Bell & McCaffrey and Imbens & Kolesár."""
    count = len(values)
    design = np.ones((count, 1))
    residual_maker = np.eye(count) - design @ design.T / count
    residuals = residual_maker @ values
    variance, columns = 0.0, []
    for name in np.unique(dialogues):
        own = dialogues == name
        adjusted = linalg.fractional_matrix_power(residual_maker[np.ix_(own, own)], -0.5).real
        variance += float(np.ones(own.sum()) @ adjusted @ residuals[own]) ** 2 / count**2
        columns.append(residual_maker[:, own] @ adjusted @ np.ones(own.sum()) / count)
    same = dialogues[:, np.newaxis] == dialogues
    working = (1 - correlation) * np.eye(count) + correlation * same
    form = np.stack(columns, axis=1)
    matrix = form.T @ working @ form
    return variance**0.5, np.trace(matrix) ** 2 / np.trace(matrix @ matrix)


def correlation_by_anova(values: np.ndarray, dialogues: np.ndarray) -> float:
    own = [values[dialogues == name] for name in np.unique(dialogues)]
    f_value = stats.f_oneway(*own).statistic
    size = (len(values) - sum(len(v) ** 2 for v in own) / len(values)) / (len(own) - 1)
    return float(np.clip((f_value - 1) / (f_value + size - 1), 0, 1))


def test_mean_is_over_values_not_over_dialogues() -> None:
    groups = sum_by_dialogue(np.array([[1.0, 0.0, 0.0, np.nan, 1.0]]), np.array([0, 1, 1, 1, 2], np.int32))
    assert groups.means[0] == pytest.approx(0.5)
    assert (groups.cases[0], groups.dialogues[0]) == (4, 3)
    assert groups.spreads[0] == pytest.approx(np.std([1, 0, 0, 1], ddof=1))


@pytest.mark.parametrize("turns", [1, 4])
def test_error_is_statsmodels_where_dialogues_are_of_one_size(turns: int) -> None:
    regression = pytest.importorskip("statsmodels.api")
    generator = np.random.default_rng(1)
    dialogues = np.repeat(np.arange(30), turns)
    values = generator.normal(0, 1, 30)[dialogues] + generator.exponential(1, 30 * turns)
    published = regression.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": dialogues})
    assert robust_errors(grouped(values, dialogues)).errors[0] == pytest.approx(published.bse[0])


def test_error_is_a_little_larger_than_statsmodels_where_sizes_differ() -> None:
    """statsmodels has CR1 only, whose bias CR2 takes out."""
    regression = pytest.importorskip("statsmodels.api")
    values, dialogues = clustered(np.random.default_rng(2), 40)
    published = regression.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": dialogues})
    ratio = robust_errors(grouped(values, dialogues)).errors[0] / published.bse[0]
    assert 1.0 < ratio < 1.02


@pytest.mark.parametrize("seed", range(5))
def test_error_and_freedom_are_those_of_the_matrices(seed: int) -> None:
    values, dialogues = clustered(np.random.default_rng(seed), 12)
    robust = robust_errors(grouped(values, dialogues))
    error, freedom = cr2_from_matrices(values, dialogues, correlation_by_anova(values, dialogues))
    assert robust.errors[0] == pytest.approx(error)
    assert robust.freedom[0] == pytest.approx(freedom)
    assert freedom < 11


def test_independent_values_have_the_error_of_the_t_test() -> None:
    values = np.random.default_rng(6).normal(size=25)
    robust = robust_errors(alone(values))
    assert robust.errors[0] == pytest.approx(stats.sem(values))
    assert robust.freedom[0] == pytest.approx(24)


def test_error_is_the_spread_of_means() -> None:
    generator = np.random.default_rng(7)
    dialogues = np.repeat(np.arange(25), generator.integers(1, 9, 25)).astype(np.int32)
    columns = generator.normal(0, 1, (2_000, 25))[:, dialogues] + generator.normal(0, 1, (2_000, len(dialogues)))
    groups = sum_by_dialogue(columns, dialogues)
    expected = np.sqrt((robust_errors(groups).errors ** 2).mean())
    assert expected == pytest.approx(groups.means.std(), rel=0.06)


def test_columns_do_not_touch_each_other() -> None:
    values, dialogues = clustered(np.random.default_rng(8), 50)
    holed = np.where(np.random.default_rng(9).random(len(values)) < 0.4, np.nan, values)
    nothing = np.full_like(values, np.nan)
    together = robust_errors(sum_by_dialogue(np.stack([values, holed, nothing]), dialogues))
    kept = np.isfinite(holed)
    for column, single in enumerate([grouped(values, dialogues), grouped(holed[kept], dialogues[kept])]):
        own = robust_errors(single)
        assert (together.errors[column], together.freedom[column]) == pytest.approx((own.errors[0], own.freedom[0]))
    assert np.isnan(together.errors[2])


def test_one_dialogue_has_no_error() -> None:
    robust = robust_errors(grouped(np.arange(5.0), np.zeros(5)))
    assert np.isnan(robust.errors[0])
    assert np.isnan(robust.freedom[0])


def test_large_offsets_lose_little_precision() -> None:
    values, dialogues = clustered(np.random.default_rng(12), 30)
    plain, moved = robust_errors(grouped(values, dialogues)), robust_errors(grouped(values + 1e6, dialogues))
    assert moved.errors[0] == pytest.approx(plain.errors[0], rel=1e-6)
    assert moved.freedom[0] == pytest.approx(plain.freedom[0], rel=1e-2)


def test_jackknife_error_leaves_out_one_dialogue_at_a_time() -> None:
    values, dialogues = clustered(np.random.default_rng(13), 15)
    means = [values[dialogues != name].mean() for name in range(15)]
    published = np.sqrt(14 / 15 * ((np.array(means) - values.mean()) ** 2).sum())
    assert jackknife_errors(grouped(values, dialogues))[0] == pytest.approx(published)
