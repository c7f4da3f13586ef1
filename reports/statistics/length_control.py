"""The win rate that a candidate would have if its replies were as long as the other's."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from reports.records import Record
from reports.statistics.clusters import CONFIDENCE, FEWEST_DIALOGUES, FloatArray, IntArray, Interval

PENALTY: Final = 1.0
"""Of half the squared slope: what keeps it finite where length alone decides every comparison. Scikit-learn's default."""

_STEPS: Final = 100
_TOLERANCE: Final = 1e-10


class LengthControlled(Record):
    """A win rate at equal length."""

    win_rate: float
    interval: Interval | None
    """95 %, cluster-robust over dialogues; None with fewer than 5 of them."""
    slope: float
    """Of the log-odds over the difference in length: above 0 where the judge prefers what is longer."""


def length_controlled(outcomes: FloatArray, differences: FloatArray, dialogues: IntArray) -> LengthControlled | None:
    """The win rate at equal length by logistic regression on the difference in length.

    After Dubois et al. 2024 (arXiv 2404.04475): the log-odds of a win are a + b tanh(d / s), where d is the difference in
    length and s its standard deviation, and the rate is predicted at d = 0. Their term for the difficulty of single prompts
    is left out, as it needs many models. A tie is half a win and half a loss. Only b is penalised. The interval comes from
    the cluster-robust covariance (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13), with t for the number of dialogues.

    Args:
        outcomes: 1 for a win, 0.5 for a tie, 0 for a loss; shape [comparisons].
        differences: Length of the candidate's reply less the other's; shape [comparisons].
        dialogues: The dialogue of each comparison, any whole numbers; shape [comparisons].

    Returns:
        None where the candidate's replies are always longer or always shorter, since equal length was then never seen; where
        there is no comparison; and where all are won or all lost, so that no odds can be fitted.
    """
    seen = len(outcomes) > 0 and differences.min() <= 0 <= differences.max()
    if not seen or outcomes.min() == outcomes.max() != 0.5:
        return None
    spread = differences.std()
    design = np.stack([np.ones(len(outcomes)), np.tanh(differences / spread) if spread else 0 * differences], axis=1)
    coefficients = _fit(design, outcomes)
    intercept, slope = coefficients
    error, clusters = _robust_error(design, outcomes, coefficients, dialogues)
    interval = None
    if clusters >= FEWEST_DIALOGUES:
        reach = special.stdtrit(clusters - 1, (1 + CONFIDENCE) / 2) * error
        interval = Interval(low=float(special.expit(intercept - reach)), high=float(special.expit(intercept + reach)))
    return LengthControlled(win_rate=float(special.expit(intercept)), interval=interval, slope=float(slope))


def _fit(design: FloatArray, outcomes: FloatArray) -> FloatArray:
    """Intercept and slope of the penalised logistic regression, by Newton's method with halved steps."""
    coefficients = np.zeros(2)
    loss = _loss(design, outcomes, coefficients)
    for _ in range(_STEPS):
        step = np.linalg.solve(_curvature(design, coefficients), _gradient(design, outcomes, coefficients))
        while _loss(design, outcomes, coefficients - step) > loss and np.abs(step).max() > _TOLERANCE:
            step /= 2
        coefficients = coefficients - step
        loss = _loss(design, outcomes, coefficients)
        if np.abs(step).max() <= _TOLERANCE:
            break
    return coefficients


def _loss(design: FloatArray, outcomes: FloatArray, coefficients: FloatArray) -> float:
    logits = design @ coefficients
    return float((np.logaddexp(0, logits) - outcomes * logits).sum() + PENALTY / 2 * coefficients[1] ** 2)


def _gradient(design: FloatArray, outcomes: FloatArray, coefficients: FloatArray) -> FloatArray:
    gradient: FloatArray = design.T @ (special.expit(design @ coefficients) - outcomes)
    gradient[1] += PENALTY * coefficients[1]
    return gradient


def _curvature(design: FloatArray, coefficients: FloatArray) -> FloatArray:
    chances = special.expit(design @ coefficients)
    curvature: FloatArray = (design * (chances * (1 - chances))[:, np.newaxis]).T @ design
    curvature[1, 1] += PENALTY
    return curvature


def _robust_error(
    design: FloatArray, outcomes: FloatArray, coefficients: FloatArray, dialogues: IntArray
) -> tuple[float, int]:
    """Cluster-robust standard error of the intercept, and the number of dialogues."""
    names, codes = np.unique(dialogues, return_inverse=True)
    residuals = outcomes - special.expit(design @ coefficients)
    scores = np.stack([np.bincount(codes, weights=residuals * column) for column in design.T], axis=1)
    bread = np.linalg.inv(_curvature(design, coefficients))
    clusters = len(names)
    meat = scores.T @ scores * clusters / max(clusters - 1, 1)
    return float(np.sqrt((bread @ meat @ bread)[0, 0])), clusters
