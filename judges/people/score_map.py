"""What a judge's raw score is worth on the human scale: the reliability curve, and a fitted map with its error.

The map is fitted here and applied by whoever reads the certificate; the gate goes by the raw score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np

from judges.people.coefficients import FloatArray, IntArray
from judges.people.judged_replies import JudgedReply, numbered
from suites.dialogue import Record

MAX_BINS: Final = 10
FEWEST_A_BIN: Final = 10
FOLDS: Final = 5
_LOGISTIC_POINTS: Final = 21

MapKind = Literal["isotonic", "logistic"]
Fitted = Callable[[FloatArray], FloatArray]


class ReliabilityPoint(Record):
    """Replies to which the judge gave about the same score."""

    judge: float
    """Their mean score by the judge."""
    people: float
    """Their mean score by people."""
    replies: int


class ScoreMap(Record):
    """A non-decreasing isotonic, or a logistic, map from the judge's raw score to people's mean score.

    All errors are root mean squared, on the rubric's scale, on replies to contexts that the map was not fitted on.
    """

    kind: MapKind
    """The one with the smaller error."""
    points: tuple[tuple[float, float], ...]
    """(raw score, score on the human scale); straight lines between them, flat beyond them."""
    error: float
    """Cross-validated."""
    errors: dict[MapKind, float]
    """Cross-validated, of both kinds."""
    raw_error: float
    """Of the raw score, taken for the human one."""
    constant_error: float
    """Cross-validated, of a map that gives every reply people's mean: a judge that helps is below it."""
    folds: int


def reliability_curve(judged: Sequence[JudgedReply]) -> tuple[ReliabilityPoint, ...]:
    """People's mean score by the judge's, in up to 10 groups of about equal size; equal scores stay together."""
    judge, people, _ = _arrays(judged)
    bins = max(1, min(MAX_BINS, len(judge) // FEWEST_A_BIN))
    edges = np.unique(np.quantile(judge, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
    group = np.searchsorted(edges, judge, side="left")
    return tuple(
        ReliabilityPoint(
            judge=judge[group == g].mean(), people=people[group == g].mean(), replies=int((group == g).sum())
        )
        for g in np.unique(group)
    )


def fit_score_map(judged: Sequence[JudgedReply], bounds: tuple[float, float]) -> ScoreMap | None:
    """Fit both kinds and keep the one with the smaller error, by 5-fold cross-validation over whole contexts.

    Isotonic regression: Zadrozny & Elkan 2002 (doi:10.1145/775047.775151); logistic: Platt 1999, on people's mean as a share
    of the scale.

    Args:
        judged: The replies.
        bounds: Lowest and highest score of the scale.

    Returns:
        None with fewer than 5 contexts, or where judge or people gave every reply the same score.
    """
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415 - heavy, and an extra

    judge, people, contexts = _arrays(judged)
    if len(np.unique(contexts)) < FOLDS or np.ptp(judge) == 0 or np.ptp(people) == 0:
        return None
    splits = list(GroupKFold(FOLDS, shuffle=True, random_state=0).split(judge, groups=contexts))
    fits: dict[MapKind, Callable[[FloatArray, FloatArray], Fitted]] = {
        "isotonic": _isotonic,
        "logistic": lambda x, y: _logistic(x, y, bounds),
    }

    def error_of(fit: Callable[[FloatArray, FloatArray], Fitted]) -> float:
        guesses = np.empty_like(people)
        for train, test in splits:
            guesses[test] = fit(judge[train], people[train])(judge[test])
        return _rms(guesses - people)

    errors = {kind: error_of(fit) for kind, fit in fits.items()}
    kind = min(errors, key=lambda each: errors[each])
    points = _points(fits[kind](judge, people), judge, kind)
    return ScoreMap(
        kind=kind,
        points=points,
        error=errors[kind],
        errors=errors,
        raw_error=_rms(judge - people),
        constant_error=error_of(lambda x, y: lambda scores: np.full_like(scores, y.mean())),
        folds=FOLDS,
    )


def _isotonic(judge: FloatArray, people: FloatArray) -> Fitted:
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - heavy, and an extra

    fitted: Fitted = IsotonicRegression(out_of_bounds="clip").fit(judge, people).predict
    return fitted


def _logistic(judge: FloatArray, people: FloatArray, bounds: tuple[float, float]) -> Fitted:
    """Each reply counts as a pass and as a fail, weighted by people's mean as a share of the scale."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy, and an extra

    low, high = bounds
    share = np.clip((people - low) / (high - low), 0, 1)
    centre, spread = judge.mean(), judge.std() or 1.0
    column = ((judge - centre) / spread)[:, np.newaxis]
    weights = np.concatenate([share, 1 - share])
    passed = np.repeat([1, 0], len(judge))[weights > 0]
    if np.ptp(passed) == 0:
        return lambda scores: np.full_like(scores, people.mean())
    model = LogisticRegression(C=100.0).fit(np.concatenate([column] * 2)[weights > 0], passed, weights[weights > 0])

    def mapped(scores: FloatArray) -> FloatArray:
        shares: FloatArray = model.predict_proba(((scores - centre) / spread)[:, np.newaxis])[:, 1]
        return low + (high - low) * shares

    return mapped


def _points(fitted: Fitted, judge: FloatArray, kind: MapKind) -> tuple[tuple[float, float], ...]:
    """The fewest points that draw an isotonic map; a logistic curve at equal steps."""
    raw = np.unique(judge) if kind == "isotonic" else np.linspace(judge.min(), judge.max(), _LOGISTIC_POINTS)
    human = fitted(raw)
    if kind == "isotonic":
        turns = np.flatnonzero(np.diff(human)) if len(raw) > 1 else np.array([], dtype=np.int64)
        kept = np.unique(np.concatenate([[0, len(raw) - 1], turns, turns + 1]))
        raw, human = raw[kept], human[kept]
    return tuple(zip(raw.tolist(), human.tolist(), strict=True))


def _arrays(judged: Sequence[JudgedReply]) -> tuple[FloatArray, FloatArray, IntArray]:
    return (
        np.array([each.judge_score for each in judged]),
        np.array([each.people_score for each in judged]),
        numbered([each.context for each in judged]),
    )


def _rms(differences: FloatArray) -> float:
    return float(np.sqrt(np.mean(differences**2)))
