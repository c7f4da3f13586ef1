"""Means of judged replies, corrected by what people gave to a few of them. Numbers only; dialogues are the unit of all errors.

Where the labelled replies are a random sample, both corrections are free of the judge's bias, however large that is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from reports.statistics.clusters import CONFIDENCE, FEWEST_DIALOGUES, Interval

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Uncorrectable = Literal["too_few_dialogues", "one_class", "at_chance"]
"""Why there is no corrected mean."""

_PRIOR: Final = 1.0
"""Replies added to each of the judge's right and wrong verdicts, so that a rate of 0 or 1 is not taken for certain."""


@dataclass(frozen=True, slots=True)
class LabelledScores:
    """The judged replies of one candidate; arrays of shape [replies]."""

    judge: FloatArray
    """The judge's scores; for adjusted counting 1 where it passes the reply, else 0."""
    people: FloatArray
    """People's mean scores; NaN where nobody labelled the reply."""
    dialogues: IntArray
    """The dialogue of each reply, any whole numbers."""

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Which replies people labelled."""
        return np.isfinite(self.people)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected mean with its 95 % interval."""

    mean: float
    interval: Interval
    standard_error: float


def prediction_powered_mean(
    scores: LabelledScores, bounds: tuple[float, float] | None = None, power: float | None = None
) -> Corrected | Uncorrectable:
    """People's mean score over all replies, by prediction-powered inference.

    The judge's mean over the replies without a label, times a power, plus the mean of what people gave less the power times
    what the judge gave, over the replies with one (Angelopoulos et al. 2023, doi:10.1126/science.adi6000). The power makes the
    error as small as it can (PPI++, Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453): 1 trusts the judge, 0 takes the labels
    alone. Errors are cluster-robust by linearisation over dialogues, which allows for dialogues that have replies of both
    sorts; Student's t with one degree of freedom less than there are labelled dialogues.

    Args:
        scores: The replies.
        bounds: Lowest and highest score; mean and interval are kept within.
        power: If given, not fitted; 0 to 1.
    """
    labelled = scores.labelled
    dialogues, codes = np.unique(scores.dialogues, return_inverse=True)
    labelled_dialogues = len(np.unique(codes[labelled]))
    if labelled_dialogues < FEWEST_DIALOGUES:
        return "too_few_dialogues"
    size = len(dialogues)
    judge, people = scores.judge, scores.people
    by_people = _influences(people, labelled, codes, size)
    by_judge = _influences(judge, ~labelled, codes, size) - _influences(judge, labelled, codes, size)
    if labelled.all():
        power = 0.0
    elif power is None:
        power = _best_power(by_people, by_judge)
    mean = people[labelled].mean()
    if power:
        mean += power * (judge[~labelled].mean() - judge[labelled].mean())
    error, reach = _error(by_people + power * by_judge), _reach(labelled_dialogues)
    if bounds is None:
        return Corrected(float(mean), Interval(low=mean - reach * error, high=mean + reach * error), error)
    low, width = bounds[0], bounds[1] - bounds[0]
    share = float(np.clip((mean - low) / width, 0, 1))
    ends = _score_ends(share, error / width, reach, labelled_dialogues)
    return Corrected(low + width * share, Interval(low=low + width * ends[0], high=low + width * ends[1]), error)


def adjusted_count(scores: LabelledScores) -> Corrected | Uncorrectable:
    """The share of replies that people would pass, from the share that the judge passes and its rates of error.

    (share + specificity - 1) / (sensitivity + specificity - 1): Rogan & Gladen 1978
    (doi:10.1093/oxfordjournals.aje.a112510), called adjusted counting in quantification (Forman 2008,
    doi:10.1007/s10618-008-0097-y). Both rates are estimated on the labelled replies with one right and one wrong verdict
    added to each (Lang & Reiczigel 2014, doi:10.1016/j.prevetmed.2013.09.015). Errors as of the prediction-powered mean.

    Args:
        scores: `judge` 1 where it passes the reply, else 0; `people` 1 or 0, NaN where nobody labelled the reply or raters tie.
    """
    labelled = scores.labelled
    dialogues, codes = np.unique(scores.dialogues, return_inverse=True)
    labelled_dialogues = len(np.unique(codes[labelled]))
    if labelled_dialogues < FEWEST_DIALOGUES:
        return "too_few_dialogues"
    good, bad = labelled & (scores.people == 1), labelled & (scores.people == 0)
    if not good.any() or not bad.any():
        return "one_class"
    sensitivity, specificity = _rate(scores.judge[good]), _rate(1 - scores.judge[bad])
    skill = sensitivity + specificity - 1
    if skill <= 0:
        return "at_chance"
    share = scores.judge.mean()
    mean = (share + specificity - 1) / skill
    influence = _influences(scores.judge, np.ones_like(labelled), codes, len(dialogues))
    extra = []
    for values, rows, rate, weight in (
        (scores.judge, good, sensitivity, -mean),
        (1 - scores.judge, bad, specificity, 1 - mean),
    ):
        size = rows.sum() + 2 * _PRIOR
        influence += weight * np.bincount(codes[rows], values[rows] - rate, len(dialogues)) / size
        extra += [weight * (1 - rate) / size, -weight * rate / size]  # the two added verdicts, each on its own
    error = _error(np.append(influence, extra) / skill)
    reach = _reach(labelled_dialogues) * error
    # Symmetric: with a judge near chance the share lies far outside, where a score interval has no meaning.
    interval = Interval(low=float(np.clip(mean - reach, 0, 1)), high=float(np.clip(mean + reach, 0, 1)))
    return Corrected(float(np.clip(mean, 0, 1)), interval, error)


def _rate(right: FloatArray) -> float:
    return float((right.sum() + _PRIOR) / (len(right) + 2 * _PRIOR))


def _influences(values: FloatArray, rows: npt.NDArray[np.bool_], codes: IntArray, size: int) -> FloatArray:
    """How much each dialogue moves the mean of some rows; shape [dialogues]."""
    if not rows.any():
        return np.zeros(size)
    chosen = values[rows]
    return np.bincount(codes[rows], chosen - chosen.mean(), size) / len(chosen)


def _best_power(by_people: FloatArray, by_judge: FloatArray) -> float:
    spread = float((by_judge**2).sum())
    return float(np.clip(-(by_people * by_judge).sum() / spread, 0, 1)) if spread else 0.0


def _error(influences: FloatArray) -> float:
    clusters = len(influences)
    return float(np.sqrt(clusters / (clusters - 1) * (influences**2).sum()))


def _reach(labelled_dialogues: int) -> float:
    return float(special.stdtrit(labelled_dialogues - 1, (1 + CONFIDENCE) / 2))


def _score_ends(share: float, error: float, reach: float, labelled_dialogues: int) -> tuple[float, float]:
    """Wilson's score interval with as many cases as would give this error if they were independent (Korn & Graubard 1998),
    as for the means of a run: near an end of the scale a symmetric interval is too short."""
    at_an_end = share in (0, 1)
    per_case = reach**2 / labelled_dialogues if at_an_end else reach**2 * error**2 / (share * (1 - share))
    centre = (share + per_case / 2) / (1 + per_case)
    half = float(np.sqrt(per_case * share * (1 - share) + per_case**2 / 4)) / (1 + per_case)
    return max(0.0, centre - half), min(1.0, centre + half)
