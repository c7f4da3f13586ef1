"""What a suite of this size can show, and how many dialogues would show more."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import special

from reports.statistics.clusters import CONFIDENCE, FloatArray, RobustErrors

POWER: Final = 0.8
"""The chance of finding a difference that is there."""

_TAIL: Final = (1 + CONFIDENCE) / 2


def smallest_differences(robust: RobustErrors) -> FloatArray:
    """The true differences that such a run would find with 80 % power at 5 % (two-sided), one a column.

    The standard error times the quantiles of Student's t for the test and for the power (Bloom 1995, minimum detectable
    effects, doi:10.1177/0193841X9501900504). NaN where there is no error, or where all dialogues are equal: what does not
    vary here says nothing of what would.
    """
    freedom = np.maximum(robust.freedom, 1)
    found: FloatArray = (special.stdtrit(freedom, _TAIL) + special.stdtrit(freedom, POWER)) * robust.errors
    return np.where(found > 0, found, np.nan)


def more_dialogues(difference: float, error: float, dialogues: int, tail: float = _TAIL) -> int | None:
    """How many further dialogues would find a difference of this size with 80 % power at 5 %, were it the true one.

    The error shrinks with the square root of the number of dialogues: n' = n ((z + z') error / difference)^2 (Cohen 1988;
    for comparisons of language models Card et al. 2020, doi:10.18653/v1/2020.emnlp-main.745).

    Args:
        difference: What was seen, or its distance from a line.
        error: Its standard error, in the same units.
        dialogues: That gave it.
        tail: The quantile that the difference has to reach; for a one-sided test at level a, 1 - a.

    Returns:
        At least 1; None where there is no difference or no error.
    """
    if not difference or not error or not math.isfinite(difference * error):
        return None
    quantiles = float(special.ndtri(tail) + special.ndtri(POWER))
    needed = dialogues * (quantiles * error / difference) ** 2
    return max(1, math.ceil(needed - dialogues))


def answers_needed(share: float, chance: float = 0.5) -> int:
    """How many independent answers tell a true share of right ones from chance, with 80 % power at 5 % (two-sided).

    The normal formula with the spread under each of the two (Fleiss, Levin & Paik 2003, section 2.6, doi:10.1002/0471445428).

    Args:
        share: The true share of right answers, not equal to `chance`, from 0 to 1.
        chance: What guessing gives.
    """
    reach = float(special.ndtri(_TAIL)) * math.sqrt(chance * (1 - chance))
    reach += float(special.ndtri(POWER)) * math.sqrt(share * (1 - share))
    return math.ceil((reach / (share - chance)) ** 2)
