"""Checks of a reply against what its case expects: phrases, order lines, and what may and may not be asked.

Nothing here looks at the references. Phrases match by adjacent word stems (`harness.metrics.text.contains`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from harness.metrics.metric import Measure, Measurement
from harness.metrics.quantities import Occurrence, occurrences
from harness.metrics.questions import Purpose, questions
from harness.metrics.reasons import Reasons, reasons_in
from harness.metrics.signature import signature
from harness.metrics.text import TEXTS_KEPT, contains, primary_language, stems, tokenize
from reports.failures.kinds import NOT_NAMED, WRONG_QUANTITY
from suites.cases import Case
from suites.dialogue import Mention, OrderLine

_CHECKS = {
    "check.mentions": ("Mentions", "Share of the phrases that a good reply has to contain which this one contains."),
    "check.avoids": ("Avoids", "1 if the reply contains nothing that would be wrong here, else 0."),
    "check.order": ("Order lines", "Share of the order's lines that the reply names with the right quantity."),
    "check.asks_missing": ("Asks what is missing", "1 if a question asks for something still missing, else 0."),
    "check.no_amnesia": ("No amnesia", "1 if no question asks for what the customer has said already, else 0."),
}
"""Title and description of each measure."""


class Result(NamedTuple):
    """What a check finds."""

    value: float
    reason: str | None
    """Where the value is below 1."""
    label: str | None = None
    """What kind of fault it is, where a check knows several."""


class ExpectationChecks:
    """The measures `check.*`, one for each field of an expectation; skipped where that field is empty."""

    def __init__(self, language: str) -> None:
        self._language = language
        self.measures: Sequence[Measure] = tuple(
            Measure(
                name=name,
                title=title,
                description=description,
                kind="check",
                scale=(0, 1),
                higher_is_better=True,
                signature=signature(name, f"lang:{primary_language(language)}", "match:stems"),
            )
            for name, (title, description) in _CHECKS.items()
        )

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """Check `reply` against what its case expects."""
        due = case.expectation
        checks: tuple[tuple[Callable[[Any, str, str], Result], Sequence[Any]], ...] = (
            (_mentions, due.must_mention),
            (_avoids, due.must_not_mention),
            (_order, due.order),
            (_asks_missing, due.missing),
            (_no_amnesia, due.said_already),
        )
        return [
            self._measurement(name, check, expected, reply)
            for name, (check, expected) in zip(_CHECKS, checks, strict=True)
        ]

    def _measurement(
        self, name: str, check: Callable[[Any, str, str], Result], expected: Sequence[Any], reply: str
    ) -> Measurement:
        if not expected:
            return Measurement(measure=name, status="skipped", reason=reasons_in(self._language).nothing_expected)
        found = check(expected, reply, self._language)
        return Measurement(measure=name, value=found.value, reason=found.reason, label=found.label)


def _mentions(wanted: Sequence[Mention], reply: str, language: str) -> Result:
    lacking = [_spelled(mention) for mention in wanted if _found(mention, reply, language) is None]
    if not lacking:
        return Result(1.0, None)
    reason = reasons_in(language).does_not_mention.format(phrases="; ".join(lacking))
    return Result(1 - len(lacking) / len(wanted), reason)


def _avoids(unwanted: Sequence[Mention], reply: str, language: str) -> Result:
    found = [phrase for mention in unwanted if (phrase := _found(mention, reply, language)) is not None]
    if not found:
        return Result(1.0, None)
    return Result(0.0, reasons_in(language).mentions.format(phrases="; ".join(found)))


def _order(lines: Sequence[OrderLine], reply: str, language: str) -> Result:
    """The share of right lines.

    A line is right if one mention of its item has its quantity, or all mentions together have ("a hot latte and an
    iced latte" for two lattes). A bare item counts as one, unless another mention says how many.
    """
    items = tuple(_stemmed(line.item, language) for line in lines)
    found = occurrences(tokenize(reply, language), items, language)
    wrong = [
        (line, seen)
        for line, seen in zip(lines, found, strict=True)
        if not _is_right(line, _telling(seen), sum(other.quantity for other in lines if other.item == line.item))
    ]
    if not wrong:
        return Result(1.0, None)
    reasons = reasons_in(language)
    told = "; ".join(
        reasons.order_line.format(quantity=line.quantity, item=_spelled(line.item), read=_read(seen, reasons))
        for line, seen in wrong
    )
    label = WRONG_QUANTITY if all(seen for _, seen in wrong) else NOT_NAMED
    return Result(1 - len(wrong) / len(lines), reasons.wrong_order.format(lines=told), label)


def _telling(seen: Sequence[Occurrence]) -> Sequence[Occurrence]:
    """The mentions that say how many, or all where none does."""
    return [occurrence for occurrence in seen if occurrence.explicit] or seen


def _is_right(line: OrderLine, seen: Sequence[Occurrence], quantity_of_all_lines: int) -> bool:
    if not seen:
        return False
    if any(line.quantity in occurrence.readings for occurrence in seen):
        return True
    totals = {0}
    for occurrence in seen:
        totals = {total + reading for total in totals for reading in occurrence.readings}
    return not totals.isdisjoint({line.quantity, quantity_of_all_lines})


def _read(seen: Sequence[Occurrence], reasons: Reasons) -> str:
    if not seen:
        return reasons.not_named
    quantities = ", ".join("/".join(map(str, sorted(occurrence.readings))) for occurrence in seen)
    return reasons.read_as.format(quantities=quantities)


def _asks_missing(missing: Sequence[Mention], reply: str, language: str) -> Result:
    """1 if a question names what is missing; one that puts up a guess ("A small one?") asks for it too."""
    asked = questions(reply, language)
    if not asked:
        return Result(0.0, reasons_in(language).asks_nothing)
    if any(_found(mention, question.sentence, language) is not None for mention in missing for question in asked):
        return Result(1.0, None)
    return Result(0.0, reasons_in(language).does_not_ask.format(phrases="; ".join(map(_spelled, missing))))


def _no_amnesia(said: Sequence[Mention], reply: str, language: str) -> Result:
    """1 unless a question asks for what was said.

    A question asks for a phrase if it is put to learn something and the phrase stands in the part that asks. A question
    that checks ("Oat milk, right?"), proposes or offers more is not put to learn; "A latte with oat milk, what size?"
    and "What size for the oat milk latte?" ask for the size only.
    """
    asking = [
        question.asks_for
        for question in questions(reply, language)
        if question.purpose in (Purpose.OPEN, Purpose.WHETHER)
    ]
    again = [
        phrase
        for mention in said
        if (phrase := next(filter(None, (_found(mention, part, language) for part in asking)), None)) is not None
    ]
    if not again:
        return Result(1.0, None)
    return Result(0.0, reasons_in(language).asks_again.format(phrases="; ".join(again)))


def _phrases(mention: Mention) -> tuple[str, ...]:
    return (mention,) if isinstance(mention, str) else mention


def _spelled(mention: Mention) -> str:
    return " / ".join(_phrases(mention))


def _found(mention: Mention, text: str, language: str) -> str | None:
    """The first of the mention's phrases that `text` contains."""
    return next((phrase for phrase in _phrases(mention) if contains(text, phrase, language)), None)


@lru_cache(maxsize=TEXTS_KEPT)
def _stemmed(mention: Mention, language: str) -> tuple[tuple[str, ...], ...]:
    return tuple(stems(phrase, language) for phrase in _phrases(mention))
