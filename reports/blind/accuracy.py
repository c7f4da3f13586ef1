"""How often the person's reply was found, with its interval and its test against chance.

Two things make answers alike: several are about one dialogue, and several are one rater's. The interval for these raters takes
the dialogue as the unit, as everywhere; that for raters like them adds the spread of the raters (`reports.statistics.crossed`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from reports.blind.answers import BlindAnswer
from reports.records import Record
from reports.statistics.clusters import (
    FEWEST_DIALOGUES,
    ClusterSums,
    FloatArray,
    Interval,
    RobustErrors,
    robust_errors,
    sum_by_dialogue,
)
from reports.statistics.crossed import FEWEST_RATERS, Codes, crossed_errors
from reports.statistics.intervals import intervals_of_means, score_ends
from reports.statistics.power import answers_needed
from reports.statistics.significance import mcnemar_p_value

CHANCE: Final = 0.5
TOLD_APART: Final = 0.65
"""The share of right answers that the test should be able to tell from chance: the lower end of what is usually published."""

Standing = Literal["told_apart", "mistaken", "not_told_apart", "open"]
"""`told_apart`: more right answers than chance gives. `mistaken`: fewer, so the generated reply is taken for the person's.
`not_told_apart`: no difference from chance, and 65 % can be ruled out. `open`: neither can be said yet."""


class Accuracy(Record):
    """Right answers against chance."""

    answers: int
    dialogues: int
    raters: int
    right: float
    """Number of right answers; a judge's answer that turned with the order counts half."""
    share: float
    interval: Interval | None
    """95 %, for these raters and other dialogues; None with fewer than 5 dialogues."""
    interval_of_raters: Interval | None
    """95 %, for other raters too; None with fewer than 5 dialogues or 5 raters."""
    p_value: float
    """Of "they cannot be told apart", exact: whoever cannot tell is right or wrong in all of a dialogue's answers with even
    odds, however much alike raters think. Two-sided, not corrected for the number of figures."""
    standing: Standing
    further: int | None
    """About how many further answers would tell 65 % from chance; None where enough are there or the standing is not open."""

    @property
    def widest(self) -> Interval | None:
        """The interval to be read: for other raters where there are enough of them, else for these."""
        return self.interval_of_raters or self.interval


def accuracy_of(answers: Sequence[BlindAnswer]) -> Accuracy | None:
    """The accuracy over some answers; None without any."""
    if not answers:
        return None
    scores = np.array([[answer.score for answer in answers]])
    dialogues, raters = _codes([a.dialogue for a in answers]), _codes([a.rater for a in answers])
    groups = sum_by_dialogue(scores, dialogues)
    interval = intervals_of_means(groups, [(0.0, 1.0)])[0]
    of_raters = _interval_of_raters(scores, dialogues, raters)
    standing = _standing(of_raters or interval)
    return Accuracy(
        answers=len(answers),
        dialogues=int(groups.dialogues[0]),
        raters=int(raters.max()) + 1,
        right=float(scores.sum()),
        share=float(groups.means[0]),
        interval=interval,
        interval_of_raters=of_raters,
        p_value=mcnemar_p_value(2 * groups.sums[:, 0] - groups.counts[:, 0]),
        standing=standing,
        further=_further(groups) if standing == "open" else None,
    )


def _codes(names: Sequence[str]) -> Codes:
    return np.unique(np.asarray(names, dtype=object), return_inverse=True)[1].astype(np.int32)


def _interval_of_raters(scores: FloatArray, dialogues: Codes, raters: Codes) -> Interval | None:
    groups = sum_by_dialogue(scores, dialogues)
    if int(raters.max()) + 1 < FEWEST_RATERS or int(groups.dialogues[0]) < FEWEST_DIALOGUES:
        return None
    errors = crossed_errors(scores, dialogues, raters)
    low, high = _wilson(groups, errors)
    return Interval(low=low, high=high)


def _wilson(groups: ClusterSums, errors: RobustErrors) -> tuple[float, float]:
    low, high = score_ends(groups, errors, np.zeros(1), np.ones(1))[0]
    return float(low), float(high)


def _standing(interval: Interval | None) -> Standing:
    if interval is None or interval.low <= CHANCE <= TOLD_APART <= interval.high:
        return "open"
    if interval.low > CHANCE:
        return "told_apart"
    return "mistaken" if interval.high < CHANCE else "not_told_apart"


def _further(groups: ClusterSums) -> int | None:
    """Answers still needed, with as many answers a dialogue as now: likeness within dialogues makes each worth less."""
    count, share = int(groups.cases[0]), float(groups.means[0])
    spread = share * (1 - share) / max(1, count - 1)
    error = float(robust_errors(groups).errors[0])
    design_effect = max(1.0, error**2 / spread) if spread > 0 and math.isfinite(error) else 1.0
    needed = math.ceil(answers_needed(TOLD_APART, CHANCE) * round(design_effect, 6))
    return needed - count if needed > count else None
