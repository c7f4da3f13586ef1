"""Tests of differences and corrections: against scipy and statsmodels, and by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from clustered_values import alone, clustered, grouped
from scipy import stats

from reports.statistics import significance
from reports.statistics.clusters import sum_by_dialogue
from reports.statistics.significance import corrected, mcnemar_p_value, sign_flip_p_values, sign_flip_test


def test_exact_p_value_is_scipys() -> None:
    values, dialogues = clustered(np.random.default_rng(9), 9, mean=0.6)
    sums = np.bincount(dialogues, weights=values)
    published = stats.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip_p_values(grouped(values, dialogues))[0] == pytest.approx(published.pvalue)


def test_exact_p_value_counts_every_pattern() -> None:
    values = np.array([1.0, 1.0, -1.0, 2.0, 1.0, 1.0])
    extreme = sum(abs(np.dot(s, values)) >= abs(values.sum()) for s in product((1, -1), repeat=6))
    assert sign_flip_p_values(alone(values))[0] == pytest.approx(extreme / 64)


def test_random_p_value_is_near_scipys() -> None:
    values, dialogues = clustered(np.random.default_rng(10), 40, mean=0.25)
    sums = np.bincount(dialogues, weights=values)
    published = stats.permutation_test(
        (sums,), np.sum, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    )
    assert sign_flip_p_values(grouped(values, dialogues))[0] == pytest.approx(published.pvalue, abs=0.035)


def test_p_values_are_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(11)
    dialogues = np.repeat(np.arange(15, dtype=np.int32), 3)
    columns = generator.normal(0, 1, (600, 15))[:, dialogues] + generator.normal(0, 0.3, (600, 45))
    p_values = sign_flip_p_values(sum_by_dialogue(columns, dialogues))
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
    assert 0.02 <= (p_values < 0.05).mean() <= 0.085


def test_many_dialogues_are_tested_by_formula_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = grouped(*clustered(np.random.default_rng(5), 3_000, mean=0.05))
    resampled = sign_flip_p_values(groups)[0]
    assert sign_flip_test(3_000) == "sign_flips"
    monkeypatch.setattr(significance, "_SIGNED_UP_TO", 2_999)
    monkeypatch.setattr(significance, "random_signs", None)
    assert sign_flip_test(3_000) == "sign_flips_normal"
    assert sign_flip_p_values(groups)[0] == pytest.approx(resampled, abs=0.04)


def test_no_difference_at_all_has_p_value_one() -> None:
    for dialogues in (8, 60):
        assert sign_flip_p_values(alone(np.zeros(dialogues)))[0] == 1.0
    assert mcnemar_p_value(np.zeros(10)) == 1.0


@pytest.mark.parametrize(("wins", "losses"), [(0, 1), (7, 0), (9, 3), (20, 20), (400, 330)])
def test_mcnemar_is_scipys_and_statsmodels_where_each_dialogue_has_one_case(wins: int, losses: int) -> None:
    own = mcnemar_p_value(np.array([1.0] * wins + [-1.0] * losses + [0.0] * 13))
    assert own == pytest.approx(stats.binomtest(wins, wins + losses, 0.5).pvalue)
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    assert own == pytest.approx(tables.mcnemar([[13, wins], [losses, 5]], exact=True).pvalue)


def test_mcnemar_with_dialogues_is_scipys_permutation_test() -> None:
    sums = np.array([3.0, 2.0, -1.0, 1.0, 0.0, 2.0, -2.0, 1.0, 1.0, 4.0])
    published = stats.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert mcnemar_p_value(sums) == pytest.approx(published.pvalue)


def test_mcnemar_of_many_dialogues_is_exact() -> None:
    generator = np.random.default_rng(6)
    alone_in_dialogue = generator.choice([-1.0, 0, 1], 50_000, p=[0.29, 0.4, 0.31])
    wins, losses = int((alone_in_dialogue > 0).sum()), int((alone_in_dialogue < 0).sum())
    published = stats.binomtest(wins, wins + losses, 0.5).pvalue
    assert mcnemar_p_value(alone_in_dialogue) == pytest.approx(published, rel=1e-9)
    sums = generator.choice([-3.0, -2, -1, 0, 1, 2, 3], 33_000) + (generator.random(33_000) < 0.02)
    half_a_step = 1
    normal = 2 * stats.norm.sf((abs(sums.sum()) - half_a_step) / np.sqrt((sums**2).sum()))
    assert mcnemar_p_value(sums) == pytest.approx(normal, rel=0.01)
    assert mcnemar_p_value(np.ones(5_000)) <= 1e-50


def test_mcnemar_keeps_its_promise_with_dialogues_that_are_alike() -> None:
    """Plain McNemar, which takes the four cases of a dialogue for independent ones, finds differences that are none."""
    generator = np.random.default_rng(4)
    own, plain = [], []
    for _ in range(1_500):
        differences = np.repeat(generator.choice([-1, 0, 1], 40, p=[0.3, 0.4, 0.3]), 4)
        own.append(mcnemar_p_value(differences.reshape(40, 4).sum(axis=1)))
        plain.append(stats.binomtest(int((differences > 0).sum()), int((differences != 0).sum()), 0.5).pvalue)
    assert np.mean(np.array(own) < 0.05) <= 0.065
    assert np.mean(np.array(plain) < 0.05) > 0.25


@pytest.mark.parametrize(("correction", "name"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_corrections_are_statsmodels(correction: significance.Correction, name: str) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p_values = np.random.default_rng(3).beta(0.4, 1, 40)
    p_values[5] = p_values[6]
    assert corrected(p_values, correction) == pytest.approx(multitest.multipletests(p_values, method=name)[1])


def test_correction_passes_over_what_was_not_tested() -> None:
    p_values = np.array([0.01, np.nan, 0.04])
    for correction in ("holm", "benjamini-hochberg"):
        found = corrected(p_values, correction)  # type: ignore[arg-type]
        assert np.isnan(found[1])
        assert found[0] == pytest.approx(0.02)
    assert np.isnan(corrected(np.array([np.nan]), "holm")).all()
