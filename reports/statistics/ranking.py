"""One ranking out of many comparisons of two: the Bradley-Terry model."""

from __future__ import annotations

from typing import Final

import choix
import numpy as np
from scipy import special
from scipy.sparse.csgraph import connected_components

from reports.records import Record
from reports.statistics.clusters import FEWEST_DIALOGUES, FloatArray, Interval
from reports.statistics.resampling import percentile_interval, resampling_weights

PRIOR: Final = 0.1
"""Wins that every candidate has over every other from the start (choix's `alpha`): without them one that never loses would
be infinitely strong."""

RESAMPLES: Final = 1_000
_ITERATIONS: Final = 10_000


class Strength(Record):
    """How strong a candidate is, by all its comparisons."""

    strength: float
    """Log-odds of winning against the baseline, whose own strength is 0."""
    interval: Interval | None
    """95 %, by cluster bootstrap over dialogues; None with fewer than 5 of them, and of the baseline."""
    win_rate: float
    """Against the baseline, as the model has it, 0 to 1."""


def bradley_terry(wins: FloatArray, baseline: int) -> list[Strength | None]:
    """Every candidate's strength.

    The chance that i is preferred to j is 1 / (1 + exp(s_j - s_i)) (Bradley & Terry 1952, doi:10.2307/2334029), fitted by
    maximum likelihood with `choix.ilsr_pairwise_dense` (Maystre & Grossglauser 2015, arXiv 1509.00559).

    Args:
        wins: How often one was preferred to another in a dialogue, a tie as half; shape [dialogues, winner, loser].
        baseline: The position of the candidate that has strength 0.

    Returns:
        One for each candidate; None for those that no chain of comparisons ties to the baseline.
    """
    total = wins.sum(axis=0)
    _, groups = connected_components(total + total.T, directed=False)
    tied = np.flatnonzero(groups == groups[baseline])
    if len(tied) < 2:
        return [None] * len(total)
    within = wins[:, tied][:, :, tied]
    base = int(np.flatnonzero(tied == baseline)[0])
    strengths = _fitted(within.sum(axis=0), base)
    dialogues = int(np.count_nonzero(within.sum(axis=(1, 2))))
    replicates = _replicates(within, base) if dialogues >= FEWEST_DIALOGUES else None
    found: list[Strength | None] = [None] * len(total)
    for place, candidate in enumerate(tied):
        strength = float(strengths[place])
        interval = None
        if replicates is not None and candidate != baseline:
            interval = percentile_interval(replicates[:, place], dialogues)
        found[candidate] = Strength(strength=strength, interval=interval, win_rate=float(special.expit(strength)))
    return found


def _replicates(wins: FloatArray, baseline: int) -> FloatArray:
    """Strengths of resamples in which whole dialogues are drawn with replacement; shape [resamples, candidates]."""
    some = wins[wins.sum(axis=(1, 2)) > 0]
    flat = some.reshape(len(some), -1)
    totals = np.concatenate([weights @ flat for weights in resampling_weights(len(some), RESAMPLES)])
    return np.stack([_fitted(total.reshape(wins.shape[1:]), baseline) for total in totals])


def _fitted(wins: FloatArray, baseline: int) -> FloatArray:
    strengths: FloatArray = choix.ilsr_pairwise_dense(wins, alpha=PRIOR, max_iter=_ITERATIONS)
    strengths -= strengths[baseline]
    return strengths
