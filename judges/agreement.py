"""How far two series of labels or scores agree: the figures, and how sure they are.

Known here are numbers only; where they come from is `judges.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from suites.dialogue import Record
from suites.userfile import InputError

CONFIDENCE: Final = 0.95
RESAMPLES: Final = 1_000
FEWEST_CONTEXTS: Final = 5
"""With fewer contexts no interval is given: a resample of four has too few different outcomes to bound anything."""

MOST_UNDEFINED: Final = 0.05
"""Share of the resamples in which a figure may be undefined (all replies alike) before no interval is given."""

_SEED = 20_211

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FigureName = Literal["accuracy", "cohen_kappa", "quadratic_kappa", "roc_auc", "pearson", "spearman", "kendall"]

CHANCE: Final[dict[FigureName, float]] = {
    "cohen_kappa": 0.0,
    "quadratic_kappa": 0.0,
    "roc_auc": 0.5,
    "pearson": 0.0,
    "spearman": 0.0,
    "kendall": 0.0,
}
"""The value that a judge comes to who does not look at the reply. Accuracy has none that holds for all labels."""


class Interval(Record):
    """A 95 % interval."""

    low: float
    high: float


class Figure(Record):
    """One figure of agreement. A figure that is not defined is no number, and says why."""

    name: FigureName
    value: float | None
    interval: Interval | None = None
    replies: int
    """How many pairs of values it is over."""
    contexts: int
    """How many different contexts those are from."""
    reason: str | None = None
    """Why there is no value, or no interval."""

    @property
    def beside_chance(self) -> Literal["above", "at", "below", "unknown"]:
        """Where the whole interval lies; `at` if chance is in it, `unknown` if there is no interval."""
        if self.interval is None or self.name not in CHANCE:
            return "unknown"
        chance = CHANCE[self.name]
        return "above" if self.interval.low > chance else "below" if self.interval.high < chance else "at"


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

    def rows(self, rows: IntArray) -> Pairing:
        """Some of the replies; a row may be named several times."""
        return Pairing(self.judge[rows], self.people[rows], self.contexts[rows])


def value_of(name: FigureName, pairing: Pairing) -> float | None:
    """A figure alone; None where it is not defined."""
    return None if _undefined_because(name, pairing) else _STATISTICS[name](pairing.judge, pairing.people)


def figure_of(name: FigureName, pairing: Pairing) -> Figure:
    """A figure with its 95 % interval by the cluster bootstrap.

    Whole contexts are drawn with replacement, since replies to one context are not independent (Davison & Hinkley 1997,
    section 3.8); the ends are percentiles of 1,000 resamples, always the same ones. Resamples in which the figure is not
    defined are left out, and if they are more than 5 % there is no interval.
    """
    contexts = len(np.unique(pairing.contexts))
    size = {"replies": len(pairing.people), "contexts": contexts}
    value = value_of(name, pairing)
    if value is None:
        return Figure(name=name, value=None, reason=_undefined_because(name, pairing), **size)
    if contexts < FEWEST_CONTEXTS:
        reason = f"with fewer than {FEWEST_CONTEXTS} contexts there is no interval"
        return Figure(name=name, value=value, reason=reason, **size)
    values = [value_of(name, pairing.rows(rows)) for rows in _resamples(pairing.contexts)]
    defined = [resampled for resampled in values if resampled is not None]
    if len(defined) < (1 - MOST_UNDEFINED) * len(values):
        reason = "too few of the values differ for an interval"
        return Figure(name=name, value=value, reason=reason, **size)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail]).tolist()
    return Figure(name=name, value=value, interval=Interval(low=low, high=high), **size)


def require_scikit_learn() -> None:
    """See to it that kappa and the ROC AUC can be computed, before anything long begins.

    Raises:
        InputError: scikit-learn is not installed.
    """
    if find_spec("sklearn") is None:
        raise InputError(
            "agreement with people needs scikit-learn; install it with: pip install 'rejoinder[calibrate]'"
        )


def _undefined_because(name: FigureName, pairing: Pairing) -> str | None:
    """Why a figure is not defined; None if it is."""
    if len(pairing.people) < 2:
        return "there are fewer than two replies to compare"
    judge_constant, people_constant = np.ptp(pairing.judge) == 0, np.ptp(pairing.people) == 0
    match name:
        case "accuracy":
            return None
        case "cohen_kappa" | "quadratic_kappa":
            alike = judge_constant and people_constant and pairing.judge[0] == pairing.people[0]
            return "judge and people gave every reply the same label" if alike else None
        case "roc_auc":
            return "people gave every reply the same label" if people_constant else None
    if people_constant:
        return "people gave every reply the same score"
    return "the judge gave every reply the same score" if judge_constant else None


def _resamples(contexts: IntArray) -> Iterator[IntArray]:
    """The rows of each resample: those of as many contexts as there are, drawn with replacement."""
    order = np.argsort(contexts, kind="stable")
    _, starts = np.unique(contexts[order], return_index=True)
    rows_of = np.split(order, starts[1:])
    generator = np.random.default_rng(_SEED)
    for _ in range(RESAMPLES):
        yield np.concatenate([rows_of[context] for context in generator.integers(0, len(rows_of), len(rows_of))])


def _accuracy(judge: FloatArray, people: FloatArray) -> float:
    return float(np.mean(judge == people))


def _cohen_kappa(judge: FloatArray, people: FloatArray) -> float:
    from sklearn.metrics import cohen_kappa_score  # noqa: PLC0415 - heavy, and an extra

    return float(cohen_kappa_score(people, judge))


def _quadratic_kappa(judge: FloatArray, people: FloatArray) -> float:
    """Kappa whose disagreements weigh as the square of their distance; points that nobody gave keep their place."""
    from sklearn.metrics import cohen_kappa_score  # noqa: PLC0415 - heavy, and an extra

    given = np.concatenate([judge, people])
    points = np.arange(given.min(), given.max() + 1)
    return float(cohen_kappa_score(people, judge, labels=points, weights="quadratic"))


def _roc_auc(judge: FloatArray, people: FloatArray) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - heavy, and an extra

    return float(roc_auc_score(people, judge))


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


_STATISTICS: Final[dict[FigureName, Callable[[FloatArray, FloatArray], float]]] = {
    "accuracy": _accuracy,
    "cohen_kappa": _cohen_kappa,
    "quadratic_kappa": _quadratic_kappa,
    "roc_auc": _roc_auc,
    "pearson": _pearson,
    "spearman": _spearman,
    "kendall": _kendall,
}
