"""The map from the judge's scores to people's, and the reliability curve: against scikit-learn called directly."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from judges.people.judged_replies import JudgedReply
from judges.people.score_map import fit_score_map, reliability_curve


def judged(judge: object, people: object, a_context: int = 2) -> list[JudgedReply]:
    pairs = zip(np.asarray(judge, float), np.asarray(people, float), strict=True)
    return [JudgedReply(f"c{i // a_context}", float(x), float(y)) for i, (x, y) in enumerate(pairs)]


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_bent_scale_is_mapped_by_isotonic_regression(noise: np.random.Generator) -> None:
    judge = noise.random(300)
    people = np.where(judge < 0.7, 1.0, 5.0) + noise.normal(0, 0.2, 300)  # a step, which no logistic curve is
    found = fit_score_map(judged(judge, people), (1, 5))
    assert found is not None and found.kind == "isotonic"
    expected = IsotonicRegression(out_of_bounds="clip").fit(judge, people)
    grid = np.linspace(0, 1, 101)
    assert np.interp(grid, *np.array(found.points).T) == pytest.approx(expected.predict(grid))
    assert len(found.points) < 60
    assert found.error == pytest.approx(0.2, abs=0.15)
    assert found.error < found.constant_error
    assert found.errors["isotonic"] == found.error < found.errors["logistic"]
    assert found.raw_error == pytest.approx(np.sqrt(np.mean((judge - people) ** 2)))


def test_pass_or_fail_is_mapped_by_platts_method(noise: np.random.Generator) -> None:
    logit = noise.normal(0, 1, 400)
    people = (noise.random(400) < 1 / (1 + np.exp(-(2 * logit + 0.5)))).astype(float)
    found = fit_score_map(judged(logit, people), (0, 1))
    assert found is not None and found.kind == "logistic"
    expected = LogisticRegression(C=100).fit(((logit - logit.mean()) / logit.std())[:, None], people)
    at = np.array(found.points)
    standardised = ((at[:, 0] - logit.mean()) / logit.std())[:, None]
    assert at[:, 1] == pytest.approx(expected.predict_proba(standardised)[:, 1], abs=1e-3)


def test_a_judge_that_knows_nothing_helps_nothing(noise: np.random.Generator) -> None:
    found = fit_score_map(judged(noise.random(200), noise.integers(0, 2, 200)), (0, 1))
    assert found is not None
    assert found.error > found.constant_error - 0.01


def test_errors_are_on_contexts_that_the_map_has_not_seen(noise: np.random.Generator) -> None:
    """A judge whose score is a name of the context: perfect on replies of contexts it has seen, worthless on others."""
    of_context = noise.normal(size=40)
    names = noise.permutation(40) / 40
    found = fit_score_map(judged(np.repeat(names, 5), np.repeat(of_context, 5), a_context=5), (-3, 3))
    assert found is not None
    assert found.errors["isotonic"] > 0.95 * of_context.std()


@pytest.mark.parametrize(
    ("judge", "people"), [([0.1] * 12, [0, 1] * 6), ([0.1, 0.2] * 6, [1] * 12), ([0.1, 0.4] * 4, [0, 1] * 4)]
)
def test_no_map_where_none_can_be_fitted(judge: list[float], people: list[float]) -> None:
    assert fit_score_map(judged(judge, people), (0, 1)) is None


def test_the_reliability_curve_counts_every_reply_once(noise: np.random.Generator) -> None:
    scores = np.round(noise.random(95), 1)
    people = noise.random(95)
    curve = reliability_curve(judged(scores, people))
    assert sum(point.replies for point in curve) == 95
    assert 5 <= len(curve) <= 10
    assert [point.judge for point in curve] == sorted(point.judge for point in curve)
    assert sum(point.people * point.replies for point in curve) == pytest.approx(people.sum())
    few = reliability_curve(judged(scores[:9], people[:9]))
    assert [point.replies for point in few] == [9]
    alike = reliability_curve(judged([0.5] * 30, people[:30]))
    assert [(point.judge, point.replies) for point in alike] == [(0.5, 30)]
