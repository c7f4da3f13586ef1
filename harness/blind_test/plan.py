"""Which questions a rater gets, in which order, and which reply stands first: drawn from the test's secret, so that a sitting
that was left goes on as it was.

A rater sees each case once, since the person's reply would be known the second time. Of a dialogue a rater gets one case unless
more were asked for; then earlier turns come first, since later contexts hold the person's replies to the earlier ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, Literal

from harness.blind_test.contests import Contest
from harness.blind_test.folder import REAL, Secret
from harness.blind_test.pairs import BlindPair

FEWEST_CHECKED: Final = 8
"""Shorter tests have no attention checks."""
QUESTIONS_A_CHECK: Final = 10

Kind = Literal["pair", "check"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as one rater sees it."""

    id: str
    """Says nothing to who does not know the secret."""
    kind: Kind
    pair: BlindPair
    shown: tuple[str, str]
    """Whose reply stands first, and whose second; of a check, `REAL` stands for the one that is to be chosen."""
    texts: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a test is."""

    questions: int = 40
    """At most, without attention checks."""
    per_dialogue: int = 1


@dataclass(frozen=True, slots=True)
class CheckTexts:
    """The two replies of an attention check."""

    choose: str
    leave: str


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the questions of each rater."""

    pairs: Sequence[BlindPair]
    secret: Secret
    extent: Extent
    checks: CheckTexts

    def questions(self, rater: str) -> list[Question]:
        """A rater's questions, in order; always the same ones."""
        asked = [self._of_pair(rater, pair) for pair in self._chosen(rater)]
        return list(self._with_checks(rater, asked))

    def _chosen(self, rater: str) -> list[BlindPair]:
        """One contest a case, evenly spread, of few cases a dialogue; no dialogue for the second time before all were shown."""
        by_dialogue: defaultdict[str, defaultdict[str, dict[Contest, BlindPair]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        for pair in self.pairs:
            by_dialogue[pair.case.dialogue_id][pair.case.id][pair.contest] = pair
        contests = sorted({pair.contest for pair in self.pairs})
        turn = (self.secret.number("contest", rater) + 1) % max(1, len(contests))
        in_turn = {contest: place for place, contest in enumerate(contests[turn:] + contests[:turn])}
        asked: Counter[Contest] = Counter()
        chosen: list[list[BlindPair]] = []
        for dialogue in sorted(by_dialogue, key=lambda name: self.secret.code("dialogue", rater, name)):
            cases = sorted(by_dialogue[dialogue], key=lambda name: self.secret.code("case", rater, name))
            own = []
            for case in cases[: self.extent.per_dialogue]:
                there = by_dialogue[dialogue][case]
                contest = min(there, key=lambda one: (asked[one], in_turn[one]))
                asked[contest] += 1
                own.append(there[contest])
            chosen.append(sorted(own, key=lambda pair: pair.case.turn))
        rounds = zip_longest(*chosen)
        return [pair for round in rounds for pair in round if pair is not None][: self.extent.questions]

    def _of_pair(self, rater: str, pair: BlindPair) -> Question:
        return self._question(rater, "pair", pair, _Two(pair.contest, pair.texts))

    def _with_checks(self, rater: str, asked: Sequence[Question]) -> Iterator[Question]:
        """The questions, with a check at a random place among every ten or so, never first."""
        count = max(2, len(asked) // QUESTIONS_A_CHECK) if len(asked) >= FEWEST_CHECKED else 0
        places = {self._check_place(rater, len(asked), number, count) for number in range(count)}
        both = _Two(("(check)", REAL), (self.checks.leave, self.checks.choose))
        for place, question in enumerate(asked):
            if place in places:
                borrowed = asked[self.secret.number("check context", rater, str(place)) % len(asked)].pair
                yield self._question(f"{rater} {place}", "check", borrowed, both)
            yield question

    def _check_place(self, rater: str, questions: int, number: int, checks: int) -> int:
        """Before which question a check stands: somewhere in its share of the test."""
        first, end = max(1, questions * number // checks), questions * (number + 1) // checks
        return first + self.secret.number("check", rater, str(number)) % (end - first)

    def _question(self, drawn_for: str, kind: Kind, pair: BlindPair, both: _Two) -> Question:
        """A question with its sides drawn."""
        names = (kind, drawn_for, pair.id, *both.authors)
        shown = both.turned() if self.secret.number("side", *names) % 2 else both
        return Question(self.secret.code("question", *names), kind, pair, shown.authors, shown.texts)


@dataclass(frozen=True, slots=True)
class _Two:
    """Two replies and whose they are."""

    authors: tuple[str, str]
    texts: tuple[str, str]

    def turned(self) -> _Two:
        return _Two(self.authors[::-1], self.texts[::-1])
