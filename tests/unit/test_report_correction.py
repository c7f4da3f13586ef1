"""Corrected means: against ppi-python and published numbers, and that they remove the judge's bias."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

from reports.statistics.correction import Corrected, LabelledScores, adjusted_count, prediction_powered_mean


def ppi() -> Any:
    """The library, which turns off all warnings when it is imported."""
    with warnings.catch_warnings():
        import ppi_py
    return ppi_py


def independent(seed: int, replies: int = 600, labelled: int = 90) -> LabelledScores:
    """A biased judge; every reply is a dialogue of its own."""
    noise = np.random.default_rng(seed)
    people = noise.normal(3, 1, replies)
    judge = 0.7 * people + 1.5 + noise.normal(0, 0.5, replies)
    return LabelledScores(judge, np.where(np.arange(replies) < labelled, people, np.nan), np.arange(replies))


def corrected(found: object) -> Corrected:
    assert isinstance(found, Corrected), found
    return found


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_prediction_powered_means_are_what_ppi_python_gives(power: float) -> None:
    scores = independent(1)
    rows = scores.labelled
    given = (scores.people[rows], scores.judge[rows], scores.judge[~rows])
    found = corrected(prediction_powered_mean(scores, power=power))
    assert found.mean == pytest.approx(float(ppi().ppi_mean_pointestimate(*given, lam=power)[()].item()))
    low, high = (float(end.item()) for end in ppi().ppi_mean_ci(*given, alpha=0.05, lam=power))
    reach = stats.t.ppf(0.975, rows.sum() - 1) / stats.norm.ppf(
        0.975
    )  # Student's t where the library takes the normal curve
    degrees = np.sqrt(len(rows) / (len(rows) - 1))
    width = found.interval.high - found.interval.low
    assert width == pytest.approx((high - low) * reach * degrees, rel=1e-9)


def test_the_fitted_power_is_near_that_of_ppi_python() -> None:
    scores = independent(2, replies=6000, labelled=900)
    rows = scores.labelled
    given = (scores.people[rows], scores.judge[rows], scores.judge[~rows])
    found = corrected(prediction_powered_mean(scores))
    assert found.mean == pytest.approx(float(np.squeeze(ppi().ppi_mean_pointestimate(*given))), abs=2e-3)
    low, high = (float(np.squeeze(end)) for end in ppi().ppi_mean_ci(*given, alpha=0.05))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=3e-3)
    alone = corrected(prediction_powered_mean(scores, power=0.0))
    assert found.standard_error < 0.75 * alone.standard_error


def test_a_judge_that_knows_nothing_gets_no_power() -> None:
    noise = np.random.default_rng(3)
    people = np.where(np.arange(400) < 60, noise.normal(size=400), np.nan)
    scores = LabelledScores(noise.normal(5, 1, 400), people, np.arange(400))
    found = corrected(prediction_powered_mean(scores))
    alone = corrected(prediction_powered_mean(scores, power=0.0))
    assert alone.mean == pytest.approx(np.nanmean(people))
    assert found.standard_error == pytest.approx(alone.standard_error, rel=0.05)


def test_where_all_replies_are_labelled_the_labels_decide() -> None:
    scores = independent(4, replies=50, labelled=50)
    assert corrected(prediction_powered_mean(scores)).mean == pytest.approx(scores.people.mean())


def test_replies_of_one_dialogue_are_not_ten_times_as_sure() -> None:
    once = independent(5, replies=100, labelled=40)
    tenfold = LabelledScores(*(np.repeat(each, 10) for each in (once.judge, once.people, once.dialogues)))
    scattered = LabelledScores(tenfold.judge, tenfold.people, np.arange(1000))
    errors = [corrected(prediction_powered_mean(scores)).standard_error for scores in (once, tenfold, scattered)]
    assert errors[1] == pytest.approx(errors[0])
    assert errors[2] < errors[0] / 2.5


def test_intervals_stay_on_the_scale() -> None:
    noise = np.random.default_rng(6)
    judge = noise.uniform(0.8, 1, 60)
    people = np.where(np.arange(60) < 20, 1.0, np.nan)
    found = corrected(prediction_powered_mean(LabelledScores(judge, people, np.arange(60)), (0, 1)))
    assert found.mean <= 1 and found.interval.high <= 1
    assert found.interval.low < 0.97  # 20 of 20 good ones do not prove that all are


def test_adjusted_counting_is_rogan_and_gladens_estimate() -> None:
    judge = np.array([1] * 9000 + [0] * 11000, dtype=float)  # passes 45 % of 20,000 replies
    people = np.full(20_000, np.nan)
    people[:90], people[90:120] = 1, 0  # of 120 labelled ones that it passes 90 are good
    people[9000:9010], people[9010:9080] = 1, 0  # of 80 that it fails 10 are good
    found = corrected(adjusted_count(LabelledScores(judge, people, np.arange(20_000))))
    sensitivity, specificity = 91 / 102, 71 / 102
    assert found.mean == pytest.approx((0.45 + specificity - 1) / (sensitivity + specificity - 1))
    # the variance of the formula with independent rates (Rogan & Gladen 1978, formula 5)
    skill = sensitivity + specificity - 1
    variance = (
        0.45 * 0.55 / 20_000
        + found.mean**2 * sensitivity * (1 - sensitivity) / 102
        + (1 - found.mean) ** 2 * specificity * (1 - specificity) / 102
    ) / skill**2
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=0.02)


@pytest.mark.parametrize(
    ("judge", "people", "reason"),
    [
        ([1, 0] * 10, [1, 0, *[np.nan] * 18], "too_few_dialogues"),
        ([1, 0] * 10, [1] * 10 + [np.nan] * 10, "one_class"),
        ([0, 1] * 10, [1, 0] * 10, "at_chance"),
    ],
)
def test_what_cannot_be_corrected_says_why(judge: list[float], people: list[float], reason: str) -> None:
    scores = LabelledScores(np.array(judge, float), np.array(people, float), np.arange(20))
    assert adjusted_count(scores) == reason


def test_both_remove_a_bias() -> None:
    """A judge that passes far too much; the truth is 0.3. How often intervals cover is `benchmarks.corrected_means`."""
    noise = np.random.default_rng(8)
    good = noise.random(4000) < 0.3
    judge = np.where(good, noise.random(4000) < 0.9, noise.random(4000) < 0.4).astype(float)
    people = np.where(np.arange(4000) < 400, good, np.nan)
    scores = LabelledScores(judge, people, np.arange(4000) // 4)
    assert judge.mean() > 0.5
    for found in map(corrected, (prediction_powered_mean(scores, (0, 1)), adjusted_count(scores))):
        assert found.interval.low < 0.3 < found.interval.high
        assert found.interval.high - found.interval.low < 0.2
