"""Fitting how much each member of a jury says, to people's labels: ridge regression, cross-validated by context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from judges.jury import FittedWeights, Link
from judges.jury_weights import FitFigures
from suites.userfile import InputError

FOLDS: Final = 5
PENALTIES: Final = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Of the squared weights; the one with the smallest cross-validated error is taken."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgedLabels:
    """What a jury's members and people made of the same replies, all on 0 to 1."""

    members: Sequence[str]
    scores: FloatArray
    """Shape [replies, members]."""
    people: FloatArray
    """Mean over the raters; shape [replies]."""
    contexts: IntArray
    """Replies with the same number belong together; shape [replies]."""


def fit_weights(judged: JudgedLabels, link: Link) -> tuple[FittedWeights, float]:
    """The members' weights, and the penalty that cross-validation over whole contexts chose.

    Logistic regression on people's share of passes (each reply counts as a pass and as a fail, weighted by it), or linear
    regression on their mean score; in both the squared weights are penalised (ridge: Hoerl & Kennard 1970,
    doi:10.1080/00401706.1970.10488634), which keeps members that say the same from being set against each other.

    Raises:
        InputError: There are fewer than 5 contexts, or people gave all replies the same.
    """
    if len(np.unique(judged.contexts)) < FOLDS:
        raise InputError(f"holds fewer than {FOLDS} contexts on which every member has a verdict; label more")
    if np.ptp(judged.people) == 0:
        raise InputError("holds the same label for every reply, so that nothing can be fitted; label other replies")
    errors = {penalty: _error(judged, link, penalty) for penalty in PENALTIES}
    penalty = min(errors, key=lambda each: errors[each])
    return _fitted(judged, link, penalty), penalty


def cross_validated(judged: JudgedLabels, link: Link) -> Mapping[str, FitFigures]:
    """How well the fitted jury does on contexts that neither weights nor penalty were fitted on, beside mean and members.

    Raises:
        InputError: As for `fit_weights`, of the part of the labels that is left to fit on.
    """
    guesses = np.empty_like(judged.people)
    for train, test in _splits(judged):
        weights, _ = fit_weights(_part(judged, train), link)
        guesses[test] = _combined(weights, judged.scores[test])
    columns = {"fitted": guesses, "mean": judged.scores.mean(axis=1)}
    columns |= dict(zip(judged.members, judged.scores.T, strict=True))
    return {name: _figures(column, judged.people) for name, column in columns.items()}


def _error(judged: JudgedLabels, link: Link, penalty: float) -> float:
    """Cross-validated mean squared error of one penalty."""
    guesses = np.empty_like(judged.people)
    for train, test in _splits(judged):
        guesses[test] = _combined(_fitted(_part(judged, train), link, penalty), judged.scores[test])
    return float(np.mean((guesses - judged.people) ** 2))


def _splits(judged: JudgedLabels) -> list[tuple[IntArray, IntArray]]:
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - heavy, and an extra

    folds = min(FOLDS, len(np.unique(judged.contexts)))
    return list(GroupKFold(folds, shuffle=True, random_state=0).split(judged.scores, groups=judged.contexts))


def _part(judged: JudgedLabels, rows: IntArray) -> JudgedLabels:
    return JudgedLabels(judged.members, judged.scores[rows], judged.people[rows], judged.contexts[rows])


def _fitted(judged: JudgedLabels, link: Link, penalty: float) -> FittedWeights:
    model = _logistic(judged, penalty) if link == "logistic" else _linear(judged, penalty)
    intercept, weights = float(np.ravel(model.intercept_)[0]), np.ravel(model.coef_).tolist()
    return FittedWeights(link=link, intercept=intercept, weights=dict(zip(judged.members, weights, strict=True)))


def _linear(judged: JudgedLabels, penalty: float) -> Any:
    from sklearn.linear_model import Ridge  # noqa: PLC0415 - heavy, and an extra

    return Ridge(alpha=penalty).fit(judged.scores, judged.people)


def _logistic(judged: JudgedLabels, penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, and an extra

    weights = np.concatenate([judged.people, 1 - judged.people])
    passed = np.repeat([1, 0], len(judged.people))
    return LogisticRegression(C=1 / penalty, max_iter=1000).fit(
        np.concatenate([judged.scores] * 2), passed, sample_weight=weights
    )


def _combined(weights: FittedWeights, scores: FloatArray) -> FloatArray:
    names = list(weights.weights)
    return np.array([weights.combined(dict(zip(names, row, strict=True))) for row in scores.tolist()])


def _figures(guesses: FloatArray, people: FloatArray) -> FitFigures:
    from scipy import stats  # noqa: PLC0415 - heavy

    told = np.ptp(guesses) > 0 and np.ptp(people) > 0
    return FitFigures(
        brier=float(np.mean((guesses - people) ** 2)),
        spearman=float(stats.spearmanr(guesses, people).statistic) if told else None,
    )
