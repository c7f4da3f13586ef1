"""Fitting a jury to people's labels: the members that people agree with say more, and nothing is told on fitted contexts."""

from __future__ import annotations

import numpy as np
import pytest

from judges.jury import Link
from judges.jury_fit import JudgedLabels, cross_validated, fit_weights
from suites.userfile import InputError


def made_labels(seed: int = 0, contexts: int = 60) -> JudgedLabels:
    """`good` sees what people see, `noise` sees nothing, `wrong` sees the contrary; people are pass or fail."""
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(contexts), 3)
    people = (draw.random(len(groups)) < 0.5).astype(float)
    good = np.clip(0.2 + 0.6 * people + draw.normal(0, 0.2, len(groups)), 0, 1)
    noise = draw.random(len(groups))
    wrong = np.clip(0.7 - 0.4 * people + draw.normal(0, 0.2, len(groups)), 0, 1)
    return JudgedLabels(("good", "noise", "wrong"), np.stack([good, noise, wrong], axis=1), people, groups)


@pytest.mark.parametrize("link", ["logistic", "linear"])
def test_the_members_weigh_what_people_say_they_weigh(link: Link) -> None:
    weights, _ = fit_weights(made_labels(), link)
    assert weights.weights["good"] > 5 * abs(weights.weights["noise"])
    assert weights.weights["wrong"] < 0
    figures = cross_validated(made_labels(), link)
    assert figures["fitted"].brier < figures["good"].brier < figures["mean"].brier < figures["wrong"].brier
    assert figures["fitted"].spearman is not None and figures["fitted"].spearman > 0.8


def test_without_a_penalty_to_speak_of_it_is_plain_logistic_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    api = pytest.importorskip("statsmodels.api")
    from judges import jury_fit

    monkeypatch.setattr(jury_fit, "PENALTIES", (1e-8,))
    judged = made_labels(contexts=30)
    noisy = JudgedLabels(judged.members[1:], judged.scores[:, 1:], judged.people, judged.contexts)
    weights, _ = fit_weights(noisy, "logistic")
    design = np.column_stack([np.ones(len(noisy.people)), noisy.scores])
    fit = api.Logit(noisy.people, design).fit(disp=0)
    assert [weights.intercept, *weights.weights.values()] == pytest.approx(fit.params.tolist(), abs=1e-2)


def test_figures_are_of_contexts_that_were_not_fitted_on() -> None:
    """Members that see nothing cannot be fitted into a jury that sees something."""
    draw = np.random.default_rng(1)
    scores = draw.random((90, 8))
    people = (draw.random(90) < 0.5).astype(float)
    judged = JudgedLabels([f"m{i}" for i in range(8)], scores, people, np.repeat(np.arange(30), 3))
    assert cross_validated(judged, "logistic")["fitted"].brier > 0.24


def test_too_little_to_fit_on() -> None:
    few = made_labels(contexts=4)
    with pytest.raises(InputError, match="fewer than 5 contexts"):
        fit_weights(few, "linear")
    all_the_same = JudgedLabels(few.members, np.ones((20, 3)), np.ones(20), np.arange(20))
    with pytest.raises(InputError, match="the same label for every reply"):
        fit_weights(all_the_same, "logistic")
