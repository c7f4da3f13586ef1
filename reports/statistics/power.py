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


def more_dialogues(difference: float, error: float, dialogues: int) -> int | None:
    """How many further dialogues would find a difference of this size with 80 % power at 5 %, were it the true one.

    The error shrinks with the square root of the number of dialogues: n' = n ((z + z') error / difference)^2 (Cohen 1988;
    for comparisons of language models Card et al. 2020, doi:10.18653/v1/2020.emnlp-main.745).

    Returns:
        At least 1; None where there is no difference or no error.
    """
    if not difference or not error or not math.isfinite(difference * error):
        return None
    quantiles = float(special.ndtri(_TAIL) + special.ndtri(POWER))
    needed = dialogues * (quantiles * error / difference) ** 2
    return max(1, math.ceil(needed - dialogues))
