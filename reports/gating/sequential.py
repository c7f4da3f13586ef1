"""Judging rules while a run goes on: after which dialogues to look, and what is decided then, with the error of all looks.

Group sequential tests: the error is spent over the looks (`reports.statistics.spending`), so that stopping at any of them errs
no more often than a single test at the end would. Dialogues have to come in random order. Numbers in, numbers out; where the
numbers come from is in `reports.gating.looks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from reports.gating.decisions import BLOCK_LEVEL
from reports.statistics.clusters import (
    CONFIDENCE,
    FEWEST_DIALOGUES,
    ClusterSums,
    FloatArray,
    IntArray,
    Interval,
)
from reports.statistics.intervals import Scale
from reports.statistics.lines import Placement, place_differences, place_means, with_rare_differences
from reports.statistics.spending import spending_tails

PASS_LEVEL: Final = (1 - CONFIDENCE) / 2
"""How often a policy may pass that should not, over all looks."""

MOST_LOOKS: Final = 20
FEWEST_AT_A_LOOK: Final = 20
"""Dialogues: with fewer no look is taken, since the errors of so few are not known well enough for so small tails."""

_UNSEEN: Final = {1: (1 / 2, 1 / 4), -1: (1 / 5, 0.0)}
"""By outcome, how much of what may not have been seen is allowed for: the share of its square that is added to the square of the
margin, and the share that is added to the distance."""

_HALVINGS: Final = 50

BoolArray = npt.NDArray[np.bool_]

Tails = Callable[[tuple[float, ...], float], tuple[float, ...]]
"""From the shares of the data at all looks and an error to the one-sided tail that a test may have at each look."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a mean, or a mean difference, is on the good side of a line."""

    line: float
    good_side: int
    """1 where the rule passes above the line, -1 where below."""
    ends: Scale
    """Lowest and highest value that a case can have; where the measure has no bounds, that one had so far."""
    has_bounds: bool = True
    is_difference: bool = False
    yes_no_span: float | None = None
    """Of the scale of a yes/no measure whose differences these are; else None."""
    asks_for_better: bool = False
    """Whether the line of a difference lies on the good side of 0."""


def looks_at(dialogues: int) -> tuple[int, ...]:
    """After how many dialogues the rules are judged: every twentieth part of the run from 20 dialogues on, and at its end."""
    parts = {-(-dialogues * part // MOST_LOOKS) for part in range(1, MOST_LOOKS + 1)}
    return tuple(sorted(part for part in parts if part >= min(FEWEST_AT_A_LOOK, dialogues)))


class SequentialTest:
    """The rules of a policy and what is decided of them; for simulations, of many policies with the same rules at once.

    The levels are those of `reports.gating.decisions`: a rule passes at 2.5 %, whatever the others, and the rules that have not
    failed share 5 % for failing. With several looks each level is the sum over the looks (Holm's procedure with group
    sequential tests: Maurer & Bretz 2013, doi:10.1080/19466315.2013.807748). What is decided stays so.

    Before the last look, a mean has to lie further beyond its line than Student's margin h: values that were too rare to be seen
    may have moved it by u = s log(1/t) / n, with the distance s from the line to the far end of the scale, the look's tail t and
    the number of dialogues n. It has to lie beyond by sqrt(h² + u²/2) + u/4 to pass: nearly u where nothing varied, as the exact
    limit is for what was never seen in n dialogues, and nearly the exact Poisson limits where it was seen a few times. To fail it
    has to lie beyond by sqrt(h² + u²/5). What this gains and costs is simulated in `benchmarks.sequential_gate`.
    """

    def __init__(self, rules: int, dialogues: int, *, policies: int = 1, tails: Tails = spending_tails) -> None:
        """Make ready.

        Args:
            rules: How many a policy has.
            dialogues: How many there are to the end of the run.
            policies: How many to test at once.
            tails: How an error becomes the looks' tails.
        """
        self.looks = looks_at(dialogues)
        shape = (policies, rules)
        self.outcomes: IntArray = np.zeros(shape, np.int64)
        """1 where a rule passed, -1 where it failed, 0 where it is open; shape [policies, rules]."""
        self.decided_after: IntArray = np.zeros(shape, np.int64)
        """Dialogues that were there when a rule was decided, 0 where it is open; shape [policies, rules]."""
        self._tails = tails
        self._shares = tuple(look / dialogues for look in self.looks)

    @property
    def decided(self) -> bool:
        """Whether every rule is."""
        return bool(self.outcomes.all())

    def look(
        self, number: int, questions: Sequence[Question], groups: ClusterSums, passable: BoolArray | None = None
    ) -> None:
        """Decide what can be decided at a look.

        Args:
            number: Which look, from 0; each once and in order.
            questions: One a rule.
            groups: The first `looks[number]` dialogues; a column a rule, the policies one after another.
            passable: Whether a rule may pass now; shape [columns]. All may if not given.
        """
        questioned = self._questioned(questions, groups, number)
        open_ = np.flatnonzero(self.outcomes == 0)
        passes = questioned.shown(1, self._tails_of(number, 1), open_)
        self._decide(number, open_[passes if passable is None else passes & passable[open_]], 1)
        failing = True
        while failing:  # each failure leaves a larger share of the error to the rules that have not failed
            open_ = np.flatnonzero(self.outcomes == 0)
            fails = open_[questioned.shown(-1, self._tails_of(number, -1), open_)]
            self._decide(number, fails, -1)
            failing = bool(len(fails))

    def intervals(self, number: int, questions: Sequence[Question], groups: ClusterSums) -> list[Interval | None]:
        """What is known of each mean at a look, in its own units; a rule whose interval leaves out its line is decided.

        The end on the bad side is the one that passing goes by, the other the one that failing does. None with fewer than 5
        dialogues.

        Args:
            number: Which look, after it was taken.
            questions: As for `look`.
            groups: As for `look`.
        """
        questioned = self._questioned(questions, groups, number)
        lows, highs = np.sort([questioned.ends(side, self._tails_of(number, side)) for side in (1, -1)], axis=0)
        return [
            Interval(low=low, high=high) if dialogues >= FEWEST_DIALOGUES else None
            for low, high, dialogues in zip(lows.tolist(), highs.tolist(), groups.dialogues, strict=True)
        ]

    def _questioned(self, questions: Sequence[Question], groups: ClusterSums, number: int) -> _Questioned:
        asked = list(questions) * self.outcomes.shape[0]
        return _Questioned(asked, groups, is_last=number == len(self.looks) - 1)

    def _decide(self, number: int, columns: IntArray, outcome: int) -> None:
        self.outcomes.flat[columns] = outcome
        self.decided_after.flat[columns] = self.looks[number]

    def _tails_of(self, number: int, outcome: int) -> FloatArray:
        """The tail that passing (1) or failing (-1) goes by at a look, for each column."""
        if outcome > 0:
            return np.full(self.outcomes.size, self._tails(self._shares, PASS_LEVEL)[number])
        sharing = np.maximum(1, (self.outcomes >= 0).sum(axis=1))
        levels = {n: min(PASS_LEVEL, BLOCK_LEVEL / n) for n in np.unique(sharing).tolist()}
        by_sharing = {n: self._tails(self._shares, level)[number] for n, level in levels.items()}
        return np.repeat([by_sharing[n] for n in sharing.tolist()], self.outcomes.shape[1])


class _Questioned:
    """Questions and the dialogues of one look, one a column; `outcome` is what would be decided: 1 to pass, -1 to fail."""

    def __init__(self, questions: Sequence[Question], groups: ClusterSums, *, is_last: bool) -> None:
        self._questions = questions
        self._groups = groups
        self._is_last = is_last
        self._lines, self._sides, self._lows, self._highs = np.array(
            [(q.line, q.good_side, *q.ends) for q in questions], np.float64
        ).T

    def shown(self, outcome: int, tails: FloatArray, columns: IntArray, lines: FloatArray | None = None) -> BoolArray:
        """Whether means are shown to lie on the good or the bad side of lines; shape [columns asked for].

        Args:
            outcome: What would be decided.
            tails: The one-sided errors allowed; shape [all columns].
            columns: The columns to ask for.
            lines: For these columns; the questions' own if not given.
        """
        tested, sides, allowed = self._lines[columns], outcome * self._sides[columns], tails[columns]
        if lines is not None:
            tested = lines
        if not self._is_last:
            far_ends = np.where(sides > 0, self._lows[columns], self._highs[columns])
            reach = np.maximum(sides * (tested - far_ends), 0)
            unseen = -reach * np.log(allowed) / np.maximum(self._groups.dialogues[columns], 1)
            tested = _brought_nearer(tested, self._groups.means[columns], sides, unseen, _UNSEEN[outcome])
        p_values = np.empty(len(columns))
        kinds = [self._kind(column, outcome) for column in columns.tolist()]
        for kind in set(kinds):
            own = np.array([one == kind for one in kinds])
            p_values[own] = self._place(kind, columns[own], tested[own]).p_values(-sides[own])
        shown: BoolArray = p_values <= allowed
        return shown

    def ends(self, outcome: int, tails: FloatArray) -> FloatArray:
        """The last lines that means are shown to lie beyond; the end of the scale where there is none. Shape [columns]."""
        columns = np.arange(len(self._lines))
        forward = outcome * self._sides > 0
        near, far = np.where(forward, (self._lows, self._highs), (self._highs, self._lows))
        shown, open_ = near - (far - near), far + (far - near)
        for _ in range(_HALVINGS):
            middle = (shown + open_) / 2
            beyond = self.shown(outcome, tails, columns, middle)
            shown, open_ = np.where(beyond, middle, shown), np.where(beyond, open_, middle)
        ends: FloatArray = np.clip(shown, self._lows, self._highs)
        return ends

    def _kind(self, column: int, outcome: int) -> _Kind:
        question = self._questions[column]
        if not question.is_difference:
            return _Kind(False, question.ends if question.has_bounds else None)
        careful = self._is_last and (outcome > 0 or question.asks_for_better)
        return _Kind(True, None, question.yes_no_span if careful else None)

    def _place(self, kind: _Kind, columns: IntArray, lines: FloatArray) -> Placement:
        """Where columns of one kind lie beside lines; as `reports.gating.evidence` has it once nothing more is to come."""
        own = self._groups.of_columns(columns)
        if not kind.is_difference:
            return place_means(own, [kind.scale] * len(columns), lines)
        return place_differences(with_rare_differences(own, kind.rare_span) if kind.rare_span else own, lines)


def _brought_nearer(
    lines: FloatArray, means: FloatArray, sides: FloatArray, unseen: FloatArray, allowed_for: tuple[float, float]
) -> FloatArray:
    """Lines so near to the means that a mean is beyond one by Student's margin where it is beyond the given line by that and by
    what may not have been seen; NaN where no margin would be left. All shapes [columns]."""
    squared, added = allowed_for
    distances = np.maximum(sides * (means - lines) - added * unseen, 0)
    left = np.sqrt(np.maximum(distances**2 - squared * unseen**2, 0))
    return np.where(left > 0, means - sides * left, np.nan)


class _Kind(NamedTuple):
    """What placements go by."""

    is_difference: bool
    scale: Scale | None
    rare_span: float | None = None
