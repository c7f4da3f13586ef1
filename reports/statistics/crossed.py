"""Errors of means over values that are crossed: several raters answer about the replies of several dialogues.

Answers about one dialogue are alike, and so are the answers of one rater; neither is inside the other.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from reports.statistics.clusters import FloatArray, RobustErrors, robust_errors, sum_by_dialogue

FEWEST_RATERS: Final = 5
"""With fewer raters nothing is said of raters that were not asked: the spread of four says next to nothing."""

Codes = npt.NDArray[np.int32]


def crossed_errors(values: FloatArray, dialogues: Codes, raters: Codes) -> RobustErrors:
    """Standard errors of means for other dialogues and other raters than these.

    The two-way cluster-robust variance (Cameron, Gelbach & Miller 2011, doi:10.1198/jbes.2010.07136): that by dialogue, plus
    that by rater, less that by both, which the two have in common. Each is CR2. The result is never taken below the larger
    of the one-way variances, which it may fall under by chance ("max-se" in MacKinnon, Nielsen & Webb 2024,
    arXiv:2406.08880). The degrees of freedom are Satterthwaite's, over the parts with those of Bell & McCaffrey; the raters'
    part goes in whole, since what a handful of raters tells of their spread is little. How often intervals from these errors
    hold the truth is measured by `python -m benchmarks blind-test`.

    Args:
        values: NaN where there is none; shape [columns, answers].
        dialogues: The dialogue of each answer; shape [answers].
        raters: The rater of each answer; shape [answers].

    Returns:
        One a column; NaN with fewer than two dialogues or raters.
    """
    cells = dialogues.astype(np.int64) * (int(raters.max(initial=0)) + 1) + raters
    by_dialogue = robust_errors(sum_by_dialogue(values, dialogues))
    by_rater = robust_errors(sum_by_dialogue(values, raters))
    by_cell = robust_errors(sum_by_dialogue(values, np.unique(cells, return_inverse=True)[1].astype(np.int32)))
    dialogue, rater, cell = (part.errors**2 for part in (by_dialogue, by_rater, by_cell))
    variance = np.maximum(dialogue + rater - cell, np.maximum(dialogue, rater))
    with np.errstate(divide="ignore", invalid="ignore"):
        of_raters = np.where(variance > dialogue, rater, 0)
        freedom = variance**2 / (dialogue**2 / by_dialogue.freedom + of_raters**2 / by_rater.freedom)
    return RobustErrors(np.sqrt(variance), freedom)
