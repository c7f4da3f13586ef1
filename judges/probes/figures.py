"""What a probe finds, as a figure with an interval. Known here are verdicts before and after a change, not what was changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from judges.people.agreement import CONFIDENCE, FEWEST_CONTEXTS, Interval, bootstrap
from judges.verdict import ItemVerdict, Verdict
from suites.dialogue import Record

Weakness = Literal["position", "length", "self_preference", "self_consistency", "format", "language", "anchoring"]
"""In the order of reports."""

Quantity = Literal["changed", "shift", "first_place"]
"""`changed`: share of the verdicts that become another label, 0 to 1; of a checklist, of its items'; of a comparison, of its
answers in both orders.
`shift`: mean change of the score as a share of the scale, -1 to 1; above 0 where the change earns a better score.
`first_place`: how much more probable an answer or a reply is for being named first instead of last, -1 to 1; a judge that
always takes the first has 1."""

RANGES: Final[dict[Quantity, tuple[float, float]]] = {
    "changed": (0.0, 1.0),
    "shift": (-1.0, 1.0),
    "first_place": (-1.0, 1.0),
}


class ProbeFigure(Record):
    """One figure of one weakness. What could not be measured is no number, and says why."""

    weakness: Weakness
    change: str
    """What was changed between the two verdicts: `padded`, `in markdown`."""
    quantity: Quantity
    value: float | None
    interval: Interval | None = None
    replies: int = 0
    """How many replies have both verdicts."""
    contexts: int = 0
    """How many contexts, or dialogues, those are from: the clusters of the interval."""
    without_verdict: int = 0
    """Replies that lack one of the two verdicts, and are left out."""
    reason: str | None = None
    """Why there is no value, or no interval."""

    @property
    def is_found(self) -> bool:
        """Whether the whole interval is on one side of 0."""
        return self.interval is not None and (self.interval.low > 0 or self.interval.high < 0)


def unmeasured(weakness: Weakness, change: str, quantity: Quantity, reason: str) -> ProbeFigure:
    """A figure that this rubric does not allow."""
    return ProbeFigure(weakness=weakness, change=change, quantity=quantity, value=None, reason=reason)


def in_order(figures: Sequence[ProbeFigure]) -> list[ProbeFigure]:
    """By weakness, as reports show them; those of one weakness as they come."""
    order = get_args(Weakness)
    return sorted(figures, key=lambda figure: order.index(figure.weakness))


@dataclass(frozen=True, slots=True)
class Judged:
    """One reply judged before and after a change."""

    context: str
    before: Verdict
    after: Verdict


def figure_of(
    weakness: Weakness, change: str, quantity: Quantity, judged: Sequence[Judged], value: Callable[[Judged], float]
) -> ProbeFigure:
    """The mean of a value over the replies that have both verdicts, with its 95 % interval.

    Args:
        weakness: What the figure is of.
        change: What was changed.
        quantity: What the value is.
        judged: All replies.
        value: Of one reply, in the quantity's range.
    """
    both = [each for each in judged if each.before.status == each.after.status == "ok"]
    values = np.array([value(each) for each in both], dtype=np.float64)
    lost = len(judged) - len(both)
    return mean_figure(
        ProbeFigure(weakness=weakness, change=change, quantity=quantity, value=None, without_verdict=lost),
        values,
        [each.context for each in both],
    )


def mean_figure(figure: ProbeFigure, values: np.typing.NDArray[np.float64], contexts: Sequence[str]) -> ProbeFigure:
    """`figure` with the mean of `values`, shape [replies], and its interval; whole contexts are drawn for it."""
    if not len(values):
        reason = "no reply has both verdicts" if figure.without_verdict else "there is no such reply"
        return figure.model_copy(update={"reason": reason})
    numbers = {context: number for number, context in enumerate(dict.fromkeys(contexts))}
    clusters = np.array([numbers[context] for context in contexts], dtype=np.int64)
    if np.ptp(values) == 0 and len(numbers) >= FEWEST_CONTEXTS:
        figure = figure.model_copy(
            update={"interval": interval_of_one_value(float(values[0]), len(numbers), RANGES[figure.quantity])}
        )
    else:
        interval, lacking = bootstrap(clusters, lambda rows: float(values[rows].mean()))
        figure = figure.model_copy(update={"interval": interval, "reason": lacking})
    size = {"replies": len(values), "contexts": len(numbers)}
    return figure.model_copy(update={"value": float(values.mean()), **size})


def interval_of_one_value(value: float, contexts: int, bounds: tuple[float, float]) -> Interval:
    """The interval of a mean whose values are all the same, of which a bootstrap would say that it is certain.

    By Clopper and Pearson (1934), where none of n contexts is different, up to 1 - (0.05 / 2)^(1/n) of all may be; those
    may lie anywhere in `bounds`.
    """
    different = 1 - ((1 - CONFIDENCE) / 2) ** (1 / contexts)
    low, high = bounds
    return Interval(low=value - different * (value - low), high=value + different * (high - value))


def changed(judged: Judged) -> float:
    """The share of the verdict's labels that are others after the change: 0 or 1, for a checklist in between."""
    before, after = _answers(judged.before), _answers(judged.after)
    return float(np.mean([one.label != other.label for one, other in zip(before, after, strict=True)]))


def shift_on(bounds: tuple[float, float]) -> Callable[[Judged], float]:
    """The change of a verdict's score on a scale with these ends, as a share of the scale."""
    low, high = bounds

    def shift(judged: Judged) -> float:
        assert judged.before.score is not None and judged.after.score is not None
        return (judged.after.score - judged.before.score) / (high - low)

    return shift


def first_place_among(labels: Sequence[str]) -> Callable[[Judged], float]:
    """How much more probable the answers at the ends of a list are for being named first instead of last.

    Args:
        labels: As they are listed before the change; after it they are listed from the last to the first.
    """
    first, last = labels[0], labels[-1]

    def gain(straight: Verdict | ItemVerdict, turned: Verdict | ItemVerdict) -> float:
        of_first = _probability(straight, first) - _probability(turned, first)
        of_last = _probability(turned, last) - _probability(straight, last)
        return (of_first + of_last) / 2

    def mean_gain(judged: Judged) -> float:
        return float(
            np.mean(
                [gain(one, other) for one, other in zip(_answers(judged.before), _answers(judged.after), strict=True)]
            )
        )

    return mean_gain


def _answers(verdict: Verdict) -> Sequence[Verdict | ItemVerdict]:
    """What was answered: one answer, or one an item of a checklist."""
    return verdict.items or (verdict,)


def _probability(answer: Verdict | ItemVerdict, label: str) -> float:
    """Of a label; 1 or 0 where the readout gives labels only."""
    return answer.probabilities.get(label, 0.0) if answer.probabilities else float(answer.label == label)
