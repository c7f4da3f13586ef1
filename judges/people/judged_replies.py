"""What the judge and what people made of the same replies, and the figures of agreement over them.

How one figure is computed is `judges.people.coefficients`; judging the replies is `judges.people.calibration`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import numpy as np

from judges.people.agreement import Figure, figure_of
from judges.people.coefficients import FigureName, IntArray, Level, Pairing, RaterTable
from judges.people.label_line import LabelledReply, Rating
from judges.rubrics.scale import (
    FIRST,
    PASS,
    TIE,
    BinaryScale,
    ChecklistScale,
    NumericScale,
    OrdinalScale,
    Scale,
)

_LABELLED: dict[str, tuple[Level, tuple[FigureName, ...]]] = {
    "binary": ("nominal", ("accuracy", "kappa", "alpha", "ac1")),
    "ordinal": ("ordinal", ("accuracy", "kappa", "weighted_kappa", "alpha", "ac1")),
    "labels": ("nominal", ("accuracy", "kappa", "alpha", "ac1")),
    "pair": ("nominal", ("accuracy", "kappa", "alpha", "ac1")),
}
"""By kind of scale, how far apart two labels are and the figures over them. Scales that are not here have no labels for the
whole: checklists have them for their items only, numbers are no labels."""

ITEM_SCALE: Final = BinaryScale(kind="binary")
"""What each item of a checklist is judged on."""

ITEM_FIGURES: Final[tuple[FigureName, ...]] = ("accuracy", "kappa", "ac1")
"""Of a checklist's figures, those that are over its items, all pooled; the others are over the scores of whole replies."""

_CORRELATIONS: tuple[FigureName, ...] = ("pearson", "spearman", "kendall")
_AMONG_ALL: tuple[FigureName, ...] = ("alpha", "ac1", "fleiss_kappa")
_BETTER_LABEL = {"binary": PASS, "pair": FIRST}
"""On scales with one choice of two, the label that scores more."""


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """What the judge and what people made of one reply."""

    context: str
    """Replies with the same one are drawn together."""
    judge_score: float
    people_score: float
    """Mean over the raters."""
    judge_label: str | None = None
    people_label: str | None = None
    """The label that prevails among the raters, if one does."""
    items: tuple[JudgedReply, ...] = ()
    """Of a checklist: each item, as a reply that was passed or failed."""


def has_labels(scale: Scale) -> bool:
    """Whether a verdict is one of a few labels."""
    return scale.kind in _LABELLED


def figures_with_people(judged: Sequence[JudgedReply], scale: Scale) -> tuple[Figure, ...]:
    """The judge against people: over labels where the scale or its items have them, then over scores."""
    return (*_label_figures(judged, scale), *score_figures(judged, with_alpha=not has_labels(scale)))


def score_figures(judged: Sequence[JudgedReply], *, with_alpha: bool = False) -> list[Figure]:
    """Correlations of the judge's scores with the raters' mean scores, and alpha over them if asked for."""
    names: tuple[FigureName, ...] = ("alpha", *_CORRELATIONS) if with_alpha else _CORRELATIONS
    pairing = _score_pairing(judged)
    return [figure_of(name, pairing) for name in names]


def pairing_for(name: FigureName, judged: Sequence[JudgedReply], scale: Scale) -> Pairing:
    """What a figure of the judge against people compares."""
    if name == "roc_auc":
        return _chosen_pairing(judged, scale)
    if name in _CORRELATIONS or not has_labels(scale):
        return _score_pairing(judged)
    return _label_pairing(judged, scale)


def confusion_with_people(judged: Sequence[JudgedReply], scale: Scale) -> dict[str, dict[str, int]] | None:
    """The label that prevails among the raters to the judge's label to a count, of a checklist over all items; None on scales
    without labels."""
    if isinstance(scale, NumericScale):
        return None
    counts = Counter((right, given) for _, right, given in _label_pairs(_with_labels(judged, scale)))
    return {right: {given: counts[right, given] for given in scale.labels} for right in scale.labels}


def ties_among_people(judged: Sequence[JudgedReply], scale: Scale) -> int | None:
    """How many of the replies, or of a checklist's items, no label prevails on; None on scales without labels."""
    if isinstance(scale, NumericScale):
        return None
    return sum(each.people_label is None for each in _with_labels(judged, scale))


def _with_labels(judged: Sequence[JudgedReply], scale: Scale) -> Sequence[JudgedReply]:
    """What has a label: the replies, or all items of all checklists."""
    return [item for each in judged for item in each.items] if isinstance(scale, ChecklistScale) else judged


def figures_among_people(replies: Sequence[LabelledReply], scale: Scale) -> tuple[Figure, ...]:
    """How far people agree among themselves: the most that can be asked of a judge. Empty where no reply has two ratings.

    Alpha, AC1 and Fleiss' kappa are over all raters together. For the others each rater in turn stands in the judge's place,
    before what the reply's other raters gave: the label that prevails among them, or their mean score. All such pairs are
    taken together.
    """
    if all(len(labelled.ratings) < 2 for labelled in replies):
        return ()
    rows = list(_one_against_others(replies, scale))
    if has_labels(scale):
        by_label = _labels_among_people(replies, scale, _LABELLED[scale.kind][1])
        return (*by_label, *_roc_auc(rows, scale), *score_figures(rows))
    names = scale.items if isinstance(scale, ChecklistScale) else ()
    items = [labelled.of_item(name) for labelled in replies for name in names]
    by_label = _labels_among_people(items, ITEM_SCALE, ITEM_FIGURES) if items else []
    table = _rater_table(replies, lambda rating: rating.score, "interval")
    return (*by_label, figure_of("alpha", table), *score_figures(rows))


def _labels_among_people(replies: Sequence[LabelledReply], scale: Scale, names: Sequence[FigureName]) -> list[Figure]:
    position = _positions(scale)
    table = _rater_table(replies, lambda rating: position[rating.label or ""], _LABELLED[scale.kind][0])
    one = _label_pairing(list(_one_against_others(replies, scale)), scale)
    return [figure_of(name, table if name in _AMONG_ALL else one) for name in (*names, "fleiss_kappa")]


def _label_figures(judged: Sequence[JudgedReply], scale: Scale) -> list[Figure]:
    """Over the judge's labels and those that prevail among the raters; for pass or fail and pairs with the ROC AUC of the
    judge's scores. Over the items of a checklist; none on scales without labels."""
    if isinstance(scale, ChecklistScale):
        of_items = _label_pairing(_with_labels(judged, scale), ITEM_SCALE)
        return [figure_of(name, of_items) for name in ITEM_FIGURES]
    if not has_labels(scale):
        return []
    by_label = _label_pairing(judged, scale)
    return [*(figure_of(name, by_label) for name in _LABELLED[scale.kind][1]), *_roc_auc(judged, scale)]


def _roc_auc(judged: Sequence[JudgedReply], scale: Scale) -> list[Figure]:
    return [figure_of("roc_auc", _chosen_pairing(judged, scale))] if scale.kind in _BETTER_LABEL else []


def _score_pairing(judged: Sequence[JudgedReply]) -> Pairing:
    return _pairing((each.judge_score, each.people_score, each.context) for each in judged)


def _label_pairing(judged: Sequence[JudgedReply], scale: Scale) -> Pairing:
    position = _positions(scale)
    rows = ((position[given], position[right], each.context) for each, right, given in _label_pairs(judged))
    return _pairing(rows, _LABELLED[scale.kind][0])


def _chosen_pairing(judged: Sequence[JudgedReply], scale: Scale) -> Pairing:
    """The judge's scores and whether people chose the better of two labels; replies that are a tie are left out."""
    better = _BETTER_LABEL[scale.kind]
    decided = (each for each in judged if each.people_label not in (TIE, None))
    return _pairing((each.judge_score, float(each.people_label == better), each.context) for each in decided)


def _one_against_others(replies: Sequence[LabelledReply], scale: Scale) -> Iterator[JudgedReply]:
    """Each rating in the judge's place."""
    for labelled in replies:
        for index, rating in enumerate(labelled.ratings):
            others = [*labelled.ratings[:index], *labelled.ratings[index + 1 :]]
            if others:
                mean = fmean(other.score for other in others)
                label = agreed_label(others, scale)
                yield JudgedReply(labelled.case.dialogue_id, rating.score, mean, rating.label, label)


def agreed_label(ratings: Sequence[Rating], scale: Scale) -> str | None:
    """The middle point that the raters gave on an ordinal scale, the label that most of them gave on others.

    None where the two middle points differ, where labels tie, and on scales without labels.
    """
    labels = [rating.label for rating in ratings if rating.label is not None]
    if not labels:
        return None
    if isinstance(scale, OrdinalScale):
        points = sorted(labels, key=int)
        low, high = points[(len(points) - 1) // 2], points[len(points) // 2]
        return low if low == high else None
    (label, count), *others = Counter(labels).most_common(2)
    return None if others and others[0][1] == count else label


def _label_pairs(judged: Sequence[JudgedReply]) -> Iterator[tuple[JudgedReply, str, str]]:
    """(reply, people's label, judge's label) of those that have both."""
    for each in judged:
        if each.people_label is not None and each.judge_label is not None:
            yield each, each.people_label, each.judge_label


def _positions(scale: Scale) -> dict[str, float]:
    return {label: float(index) for index, label in enumerate(scale.labels)}


def _pairing(rows: Iterable[tuple[float, float, str]], level: Level = "interval") -> Pairing:
    """A pairing of rows (judge, people, context)."""
    rows = list(rows)
    return Pairing(
        np.array([judge for judge, _, _ in rows], dtype=np.float64),
        np.array([people for _, people, _ in rows], dtype=np.float64),
        numbered([context for _, _, context in rows]),
        level,
    )


def _rater_table(replies: Sequence[LabelledReply], number: Callable[[Rating], float], level: Level) -> RaterTable:
    raters = max(len(labelled.ratings) for labelled in replies)
    ratings = np.full((len(replies), raters), np.nan)
    for row, labelled in enumerate(replies):
        ratings[row, : len(labelled.ratings)] = [number(rating) for rating in labelled.ratings]
    return RaterTable(ratings, numbered([labelled.case.dialogue_id for labelled in replies]), level)


def numbered(contexts: Sequence[str]) -> IntArray:
    """Each context as a number, in the order of their first appearance."""
    numbers = {context: number for number, context in enumerate(dict.fromkeys(contexts))}
    return np.array([numbers[context] for context in contexts], dtype=np.int64)
