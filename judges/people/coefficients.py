"""The figures of agreement themselves: series of labels or scores in, one number out.

Established libraries compute them wherever there is one that is well kept. Intervals are `judges.people.agreement`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FigureName = Literal[
    "accuracy",
    "kappa",
    "weighted_kappa",
    "fleiss_kappa",
    "alpha",
    "ac1",
    "roc_auc",
    "pearson",
    "spearman",
    "kendall",
]

Level = Literal["nominal", "ordinal", "interval"]
"""What the distance of two values means, as Krippendorff's alpha asks: none, their order, their difference."""

CHANCE: Final[Mapping[FigureName, float]] = {
    "kappa": 0.0,
    "weighted_kappa": 0.0,
    "fleiss_kappa": 0.0,
    "alpha": 0.0,
    "ac1": 0.0,
    "roc_auc": 0.5,
    "pearson": 0.0,
    "spearman": 0.0,
    "kendall": 0.0,
}
"""The value that a judge comes to who does not look at the reply. Accuracy has none that holds for all labels."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """What the judge and what people gave to the same replies; three arrays of shape [replies].

    For the agreement of people among themselves one rater stands in the judge's place.
    """

    judge: FloatArray
    """Scores, or positions of labels on the scale."""
    people: FloatArray
    """Scores, or positions of labels on the scale; for `roc_auc` 1 and 0."""
    contexts: IntArray
    """The context of each reply, any whole numbers."""
    level: Level = "interval"

    def rows(self, rows: IntArray) -> Pairing:
        """Some of the replies; a row may be named several times."""
        return Pairing(self.judge[rows], self.people[rows], self.contexts[rows], self.level)

    @property
    def ratings(self) -> FloatArray:
        """Both as two raters; shape [replies, 2]."""
        return np.column_stack([self.judge, self.people])


@dataclass(frozen=True, slots=True)
class RaterTable:
    """What any number of raters gave to the same replies."""

    ratings: FloatArray
    """Scores, or positions of labels on the scale; NaN where a rater gave none; shape [replies, raters]. Which column a
    rating stands in does not matter."""
    contexts: IntArray
    """The context of each reply; shape [replies]."""
    level: Level = "interval"

    def rows(self, rows: IntArray) -> RaterTable:
        """Some of the replies; a row may be named several times."""
        return RaterTable(self.ratings[rows], self.contexts[rows], self.level)


Ratings = Pairing | RaterTable


def value_of(name: FigureName, ratings: Ratings) -> float | None:
    """A figure; None where it is not defined."""
    return None if undefined_because(name, ratings) else _compute(name, ratings)


def resampled_value_of(name: FigureName, ratings: Ratings) -> float | None:
    """The same by a faster form where there is one: a bootstrap asks for thousands."""
    if name != "roc_auc" or undefined_because(name, ratings):
        return value_of(name, ratings)
    assert isinstance(ratings, Pairing)
    return _roc_auc_by_ranks(ratings.judge, ratings.people)


def undefined_because(name: FigureName, ratings: Ratings) -> str | None:
    """Why a figure is not defined; None if it is."""
    if len(ratings.contexts) < 2:
        return "there are fewer than two replies to compare"
    if isinstance(ratings, RaterTable):
        return _undefined_among_raters(name, ratings)
    return None if name == "accuracy" else _undefined_of_two(name, ratings)


def _undefined_of_two(name: FigureName, ratings: Pairing) -> str | None:
    judge_constant, people_constant = np.ptp(ratings.judge) == 0, np.ptp(ratings.people) == 0
    what = "score" if ratings.level == "interval" else "label"
    if name in ("kappa", "weighted_kappa", "alpha", "ac1"):
        alike = judge_constant and people_constant and ratings.judge[0] == ratings.people[0]
        return f"judge and people gave every reply the same {what}" if alike else None
    if people_constant:
        return f"people gave every reply the same {'label' if name == 'roc_auc' else 'score'}"
    return "the judge gave every reply the same score" if judge_constant and name != "roc_auc" else None


def _undefined_among_raters(name: FigureName, table: RaterTable) -> str | None:
    counts = np.isfinite(table.ratings).sum(axis=1)
    compared = table.ratings[counts >= 2]
    if len(compared) < 2:
        return "fewer than two replies have two ratings"
    if np.nanmin(compared) == np.nanmax(compared):
        return "people gave every reply the same rating"
    if name == "fleiss_kappa" and np.ptp(counts):
        return "not every reply has the same number of ratings"
    return None


def _compute(name: FigureName, ratings: Ratings) -> float:
    if name in _AMONG_RATERS:
        return _AMONG_RATERS[name](ratings.ratings, ratings.level)
    assert isinstance(ratings, Pairing)
    return _OF_TWO[name](ratings.judge, ratings.people)


def _accuracy(judge: FloatArray, people: FloatArray) -> float:
    return float(np.mean(judge == people))


def _kappa(judge: FloatArray, people: FloatArray) -> float:
    return _cohens_kappa(judge, people, None)


def _weighted_kappa(judge: FloatArray, people: FloatArray) -> float:
    """Kappa whose disagreements weigh as the square of their distance; points that nobody gave keep their place."""
    return _cohens_kappa(judge, people, "quadratic")


def _cohens_kappa(judge: FloatArray, people: FloatArray, weights: str | None) -> float:
    from statsmodels.stats.inter_rater import cohens_kappa  # noqa: PLC0415 - heavy, and an extra

    first = int(min(judge.min(), people.min()))
    size = int(max(judge.max(), people.max())) - first + 1
    table = np.zeros((size, size))
    np.add.at(table, (people.astype(np.int64) - first, judge.astype(np.int64) - first), 1)
    return float(cohens_kappa(table, wt=weights, return_results=False))


def _roc_auc(judge: FloatArray, people: FloatArray) -> float:
    """The share of pairs of replies with unlike labels that the judge's scores put in people's order; ties count half."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - heavy, and an extra

    return float(roc_auc_score(people == people.max(), judge))


def _roc_auc_by_ranks(judge: FloatArray, people: FloatArray) -> float:
    """The same as the Mann-Whitney U over the number of pairs (Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747):
    many times as fast as scikit-learn."""
    from scipy.stats import rankdata  # noqa: PLC0415 - heavy

    passed = people == people.max()
    count = int(passed.sum())
    above = rankdata(judge)[passed].sum() - count * (count + 1) / 2
    return float(above / (count * (len(people) - count)))


def _pearson(judge: FloatArray, people: FloatArray) -> float:
    from scipy.stats import pearsonr  # noqa: PLC0415 - heavy

    return float(pearsonr(judge, people).statistic)


def _spearman(judge: FloatArray, people: FloatArray) -> float:
    from scipy.stats import spearmanr  # noqa: PLC0415 - heavy

    return float(spearmanr(judge, people).statistic)


def _kendall(judge: FloatArray, people: FloatArray) -> float:
    """Tau-b, which allows for ties."""
    from scipy.stats import kendalltau  # noqa: PLC0415 - heavy

    return float(kendalltau(judge, people).statistic)


def _alpha(ratings: FloatArray, level: Level) -> float:
    """Krippendorff's alpha (Krippendorff 2018, Content Analysis, chapter 12)."""
    if level == "interval":
        return _interval_alpha(ratings)
    import krippendorff  # noqa: PLC0415 - an extra

    values = np.unique(ratings[np.isfinite(ratings)])
    counts = (ratings[:, :, np.newaxis] == values).sum(axis=1)
    domain = values if level == "nominal" else np.arange(len(values))
    return float(krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level))


def _interval_alpha(ratings: FloatArray) -> float:
    """The same for distances that are squared differences, from variances.

    Scores are all different, and `krippendorff` builds a table of every value against every other for each reply: with 1,000
    replies it asks for 30 GB.
    """
    counts = np.isfinite(ratings).sum(axis=1)
    compared, counts = ratings[counts >= 2], counts[counts >= 2]
    pooled = compared[np.isfinite(compared)]
    within = np.nanvar(compared, axis=1, ddof=1)
    return float(1 - (counts * within).sum() / len(pooled) / pooled.var(ddof=1))


def _ac1(ratings: FloatArray, level: Level) -> float:
    """Gwet's AC1 for any number of raters, some of whose ratings may be missing.

    Gwet 2008 (doi:10.1348/000711006X126600), formulas 15 and 16; with missing ratings as in his Handbook of Inter-Rater
    Reliability (4th edition 2014), chapter 5. Of the labels, those count that were given at least once.
    """
    labels = np.unique(ratings[np.isfinite(ratings)])
    counts = (ratings[:, :, np.newaxis] == labels).sum(axis=1).astype(np.float64)
    totals = counts.sum(axis=1)
    counts, totals = counts[totals > 0], totals[totals > 0]
    several = totals >= 2
    pairs = (counts * (counts - 1)).sum(axis=1)[several] / (totals * (totals - 1))[several]
    prevalence = (counts / totals[:, np.newaxis]).mean(axis=0)
    by_chance = (prevalence * (1 - prevalence)).sum() / (len(labels) - 1)
    return float((pairs.mean() - by_chance) / (1 - by_chance))


def _fleiss_kappa(ratings: FloatArray, level: Level) -> float:
    """Fleiss' kappa, for the same number of ratings of every reply."""
    from statsmodels.stats.inter_rater import fleiss_kappa  # noqa: PLC0415 - heavy, and an extra

    labels = np.unique(ratings[np.isfinite(ratings)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(fleiss_kappa((ratings[:, :, np.newaxis] == labels).sum(axis=1)))


_OF_TWO: Final[Mapping[FigureName, Callable[[FloatArray, FloatArray], float]]] = {
    "accuracy": _accuracy,
    "kappa": _kappa,
    "weighted_kappa": _weighted_kappa,
    "roc_auc": _roc_auc,
    "pearson": _pearson,
    "spearman": _spearman,
    "kendall": _kendall,
}

_AMONG_RATERS: Final[Mapping[FigureName, Callable[[FloatArray, Level], float]]] = {
    "alpha": _alpha,
    "ac1": _ac1,
    "fleiss_kappa": _fleiss_kappa,
}
