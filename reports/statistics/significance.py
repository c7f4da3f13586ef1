"""Tests of "the candidates do not differ", with the dialogue as the unit, and corrections for testing many times."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from scipy import special, stats

from reports.statistics.clusters import ClusterSums, FloatArray, divide
from reports.statistics.resampling import all_signs, random_signs

Test = Literal["sign_flips", "sign_flips_normal", "mcnemar"]
"""`sign_flips`: every dialogue's difference with a random sign. `sign_flips_normal`: the same by the normal curve, for many
dialogues. `mcnemar`: the same for yes/no measures, exact."""

Correction = Literal["benjamini-hochberg", "holm"]

_EXACT_UP_TO: Final = 12  # dialogues: all 4,096 sign patterns are tried
_SIGNED_UP_TO: Final = 5_000  # dialogues: by then the formula agrees with random signs to within their own noise
_NEGLIGIBLE: Final = 1e-50


def sign_flip_test(dialogues: int) -> Test:
    """What `sign_flip_p_values` does with so many dialogues."""
    return "sign_flips" if dialogues <= _SIGNED_UP_TO else "sign_flips_normal"


def sign_flip_p_values(groups: ClusterSums) -> FloatArray:
    """Two-sided p-values of "the mean difference is 0", one a column; NaN where there is no value.

    A randomisation test: were the two candidates alike, each dialogue's difference might as well have the other sign.
    All sign patterns are tried up to 12 dialogues, else 2,000 random ones, where p = (1 + as extreme) / (1 + tried)
    (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585). With more than 5,000 dialogues the sum under random signs is
    taken as normal, with the sum of the squares as its variance.
    """
    by_formula = sign_flip_test(len(groups.sums)) == "sign_flips_normal"
    p_values = _formula_p_values(groups) if by_formula else _randomisation_p_values(groups)
    return np.where(groups.cases > 0, p_values, np.nan)


def mcnemar_p_value(differences: FloatArray) -> float:
    """McNemar's exact test with dialogues as the unit: the two-sided p-value of "as many cases won as lost".

    Of each dialogue, the cases won less the cases lost keep their number and take either sign with even odds; the exact
    distribution of their sum is worked out, not sampled. With one case a dialogue this is McNemar's exact (binomial) test
    (McNemar 1947, doi:10.1007/BF02295996); with several it respects that they are alike. Chances below 1e-50 are left out, so
    that thousands of dialogues take milliseconds; no p-value is given as smaller.

    Args:
        differences: Cases won less cases lost, whole numbers; shape [dialogues].
    """
    sizes, dialogues = np.unique(np.abs(np.rint(differences)).astype(np.int64), return_counts=True)
    chances: FloatArray = np.ones(1)
    for size, count in zip(sizes.tolist(), dialogues.tolist(), strict=True):
        if size:
            # The sum of `count` differences of one size is `size` times (2 successes - count).
            successes = stats.binom.pmf(np.arange(count + 1), count, 0.5)
            cut = int(np.argmax(successes > _NEGLIGIBLE))  # as much from either end, so that the middle stays 0
            kept = successes[cut : count + 1 - cut]
            spread = np.zeros(2 * size * (len(kept) - 1) + 1)
            spread[:: 2 * size] = kept
            chances = np.convolve(chances, spread).astype(np.float64)
    reached = abs(int(np.rint(differences.sum())))
    sums = np.arange(len(chances)) - len(chances) // 2
    return float(np.clip(chances[np.abs(sums) >= reached].sum(), _NEGLIGIBLE, 1.0))


def corrected(p_values: FloatArray, correction: Correction) -> FloatArray:
    """p-values corrected for their number; NaN stays NaN and does not count.

    Args:
        p_values: Of one family of questions; shape [questions].
        correction: `holm` keeps the chance of any false finding at 5 % (Holm 1979, jstor.org/stable/4615733), for gates;
            `benjamini-hochberg` keeps the share of false ones among the findings at 5 % (Benjamini & Hochberg 1995,
            doi:10.1111/j.2517-6161.1995.tb02031.x), for exploring.
    """
    found = np.full(len(p_values), np.nan)
    there = np.isfinite(p_values)
    if there.any():
        own = p_values[there]
        found[there] = _holm(own) if correction == "holm" else stats.false_discovery_control(own)
    return found


def _holm(p_values: FloatArray) -> FloatArray:
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    found = np.empty_like(p_values)
    found[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return found


def _randomisation_p_values(groups: ClusterSums) -> FloatArray:
    observed = np.abs(groups.sums.sum(axis=0))
    limit = observed - 1e-9 * np.abs(groups.sums).sum(axis=0)  # equal sums may differ in the last digits
    exact = len(groups.sums) <= _EXACT_UP_TO
    patterns = all_signs(len(groups.sums)) if exact else random_signs(len(groups.sums))
    extreme, tried = np.zeros(len(observed)), 0
    for signs in patterns:
        extreme += (np.abs(signs @ groups.sums) >= limit).sum(axis=0)
        tried += len(signs)
    return extreme / tried if exact else (1 + extreme) / (1 + tried)


def _formula_p_values(groups: ClusterSums) -> FloatArray:
    spread = np.sqrt((groups.sums**2).sum(axis=0))
    standardised = np.nan_to_num(divide(np.abs(groups.sums.sum(axis=0)), spread))
    p_values: FloatArray = 2 * special.ndtr(-standardised)
    return p_values
