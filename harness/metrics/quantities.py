"""How many of what: quantities in English and Russian text, and which of them belongs to which item.

Other languages get digits only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.metrics.text import Tokens, primary_language

MAX_WORDS_BETWEEN = 4
"""Size, milk and wrapping may stand between a quantity and its item: "two large iced oat lattes"."""

_ENGLISH = {
    **{"a": 1, "an": 1, "another": 1, "single": 1, "couple": 2, "pair": 2, "both": 2, "no": 0, "without": 0, "zero": 0},
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17},
    **{"eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100},
}
_RUSSIAN = {
    form: number
    for number, forms in {
        0: "без ноль",
        1: "один одна одно одну одного одной одному одним одни",
        2: "два две двух двум двумя двое двоих оба обе обеих пара пару пары парой парочка парочку",
        3: "три трех трем тремя трое троих",
        4: "четыре четырех четырем четырьмя четверо",
        5: "пять пяти пятью пятеро",
        6: "шесть шести шестью шестеро полдюжины",
        7: "семь семи семью семеро",
        8: "восемь восьми восемью",
        9: "девять девяти девятью",
        10: "десять десяти десятью",
        11: "одиннадцать одиннадцати",
        12: "двенадцать двенадцати",
        13: "тринадцать тринадцати",
        14: "четырнадцать четырнадцати",
        15: "пятнадцать пятнадцати",
        16: "шестнадцать шестнадцати",
        17: "семнадцать семнадцати",
        18: "восемнадцать восемнадцати",
        19: "девятнадцать девятнадцати",
        20: "двадцать двадцати",
        30: "тридцать тридцати",
        40: "сорок сорока",
        50: "пятьдесят пятидесяти",
        100: "сто ста",
    }.items()
    for form in forms.split()
}
_NUMBERS: dict[str, dict[str, int]] = {"en": _ENGLISH, "ru": _RUSSIAN}

_PACKS = {
    "en": {"dozen": 12, "dozens": 12},
    "ru": {
        **dict.fromkeys(("десяток", "десятка", "десятку", "десятки", "десятков", "десятком", "десяточек"), 10),
        **dict.fromkeys(("дюжина", "дюжину", "дюжины", "дюжиной"), 12),
        **dict.fromkeys(("пяток", "пятка"), 5),
    },
}
"""Words for a pack of so many. "A dozen eggs" may be meant as 12 eggs or as 1 pack, so it reads as both."""

_DIGITS = re.compile(r"(?:[xх])?(\d{1,4})(?:[xх]|шт|кг|pcs)?$")
_GLUED_BEFORE = re.compile(r"(?:[.,:/⁄-]|[#№+])$")
_GLUED_AFTER = re.compile(r"\s?%|[.,:/⁄-]$")
_STOP = re.compile(r"[.!?…;:(]|\s[-–—]+\s|\n")
"""No quantity belongs to an item beyond one of these."""
_LINK = re.compile(r"\s*[-–—:(×*]?\s*")
_CONJUNCTIONS = frozenset({"and", "plus", "и", "плюс"})
_EACH = ("по",)
"""Before a quantity: it holds for each item of an enumeration ("по два огурца и помидора")."""
_AND_RUSSIAN = ("и",)

Phrases = Sequence[tuple[str, ...]]
"""The wordings of one item, each as word stems."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of things that a text speaks of."""

    start: int
    """Position of its first word."""
    end: int
    """Position after its last word."""
    readings: frozenset[int]
    """What it can mean; more than one where it is ambiguous (a dozen: 12, or 1 pack)."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An item as it stands in a text."""

    start: int
    end: int
    readings: frozenset[int]
    """How many of it the text can mean."""
    explicit: bool
    """Whether the text says how many; a bare item counts as one."""


def quantities(tokens: Tokens, language: str) -> tuple[Quantity, ...]:
    """All quantities of a text, in order. Percentages, decimals, times and ranges ("2.5", "17:30") are none."""
    return tuple(_scan(tokens, primary_language(language)))


def _scan(tokens: Tokens, language: str) -> Iterator[Quantity]:
    numbers, packs = _NUMBERS.get(language, {}), _PACKS.get(language, {})
    at = 0
    while at < len(tokens.words):
        quantity = _half_pack(tokens, at, packs) or _quantity_at(tokens, at, numbers, packs)
        if quantity is not None:
            yield quantity
        at = quantity.end if quantity else at + 1


def _half_pack(tokens: Tokens, at: int, packs: Mapping[str, int]) -> Quantity | None:
    """ "Half a dozen", "half dozen"."""
    if tokens.words[at] != "half":
        return None
    pack = at + (2 if tokens.words[at + 1 : at + 2] == ("a",) else 1)
    size = packs.get(tokens.words[pack]) if pack < len(tokens.words) else None
    return Quantity(at, pack + 1, frozenset({size // 2, 1})) if size else None


def _quantity_at(tokens: Tokens, at: int, numbers: Mapping[str, int], packs: Mapping[str, int]) -> Quantity | None:
    """The quantity that starts at this position, if one does: a number, a pack, or so many packs."""
    end, count = at, _number(tokens, at, numbers)
    if count is not None:
        end += 1
        following = _number(tokens, end, numbers) if end < len(tokens.words) else None
        if following is not None and tokens.gaps[end] in (" ", "-") and _extends(tokens.words[at], count, following):
            count = following if count == 1 else count + following
            end += 1
    if end < len(tokens.words) and tokens.words[end] in packs:
        packs_counted = 1 if count is None else count
        size = packs[tokens.words[end]]
        return Quantity(at, end + 1, frozenset({packs_counted * size, packs_counted}))
    return None if count is None else Quantity(at, end, frozenset({count}))


def _number(tokens: Tokens, at: int, numbers: Mapping[str, int]) -> int | None:
    """The number that the word at this position stands for by itself."""
    word = tokens.words[at]
    if word in numbers:
        return numbers[word]
    digits = _DIGITS.fullmatch(word)
    if not digits or _GLUED_AFTER.match(tokens.gaps[at + 1]) or _GLUED_BEFORE.search(tokens.gaps[at]):
        return None
    return int(digits.group(1))


def _extends(first: str, count: int, following: int) -> bool:
    """Whether a second number carries on the first: "twenty-five", "a couple", "a single"."""
    return (count in (20, 30, 40, 50, 100) and 0 < following < 10) or (first in ("a", "an") and following > 0)


def occurrences(tokens: Tokens, items: Sequence[Phrases], language: str) -> list[list[Occurrence]]:
    """Where each item stands in a text, and how many of it there are.

    A quantity belongs to the next item after it, if at most four words and no other item stand between; "latte x2",
    "молоко: два" and "молока два" give it after the item. Where a comma or an "and" stands between a quantity and an
    item ("two mochas and bagels"), the item may share the quantity or be one by itself: both readings are kept.

    Args:
        tokens: The text.
        items: The items. Where two overlap ("tea", "iced tea"), the longer one is meant.
        language: BCP 47 tag.

    Returns:
        The occurrences of each item, in the order of `items`.
    """
    found: list[list[Occurrence]] = [[] for _ in items]
    free = list(quantities(tokens, language))
    of_each: Quantity | None = None
    previous_end = 0
    for (start, end), owners in _item_spans(tokens.stems, items):
        quantity, certain = _quantity_of(tokens, start, end, [q for q in free if q.start >= previous_end])
        if quantity is not None:
            free.remove(quantity)
            of_each = quantity if tokens.words[quantity.start - 1 : quantity.start] == _EACH else None
        elif tokens.words[previous_end:start] != _AND_RUSSIAN:
            of_each = None
        said = quantity or of_each
        readings = said.readings if said else frozenset({1})
        if not certain:
            readings |= {1}
        for owner in owners:
            found[owner].append(Occurrence(start, end, readings, explicit=said is not None))
        previous_end = end
    return found


def _item_spans(stems: tuple[str, ...], items: Sequence[Phrases]) -> list[tuple[tuple[int, int], list[int]]]:
    """The spans of all items with the numbers of the items they name, in order; overlaps go to the longer span."""
    owners: dict[tuple[int, int], list[int]] = {}
    for number, phrases in enumerate(items):
        for phrase in filter(None, dict.fromkeys(phrases)):
            for start in range(len(stems) - len(phrase) + 1):
                if stems[start : start + len(phrase)] == phrase:
                    owners.setdefault((start, start + len(phrase)), []).append(number)
    kept: list[tuple[int, int]] = []
    taken: set[int] = set()
    for span in sorted(owners, key=lambda span: (span[0] - span[1], span)):
        if taken.isdisjoint(range(*span)):
            kept.append(span)
            taken.update(range(*span))
    return [(span, owners[span]) for span in sorted(kept)]


def _quantity_of(tokens: Tokens, start: int, end: int, free: Sequence[Quantity]) -> tuple[Quantity | None, bool]:
    """The quantity of the item from `start` to `end`, and whether it is certain that it belongs to the item."""
    before = _quantity_before(tokens, start, free)
    if before is not None and not _is_shared(tokens, before.end, start):
        return before, True
    after = _quantity_after(tokens, end, free)
    return (after, True) if after else (before, before is None)


def _quantity_before(tokens: Tokens, start: int, free: Sequence[Quantity]) -> Quantity | None:
    """The nearest quantity that can belong to an item which starts at `start`."""
    quantity = next((quantity for quantity in reversed(free) if quantity.end <= start), None)
    if quantity is None or any(_STOP.search(gap) for gap in tokens.gaps[quantity.end : start + 1]):
        return None
    words_between = start - quantity.end
    if quantity.readings == {0}:  # "no croissant"; but "no, I mean the croissant" says nothing of how many
        return quantity if words_between <= 1 and not _is_shared(tokens, quantity.end, start) else None
    return quantity if words_between <= MAX_WORDS_BETWEEN else None


def _is_shared(tokens: Tokens, start: int, end: int) -> bool:
    """Whether a comma or a conjunction stands among the words from `start` to `end`."""
    return any("," in gap for gap in tokens.gaps[start : end + 1]) or not _CONJUNCTIONS.isdisjoint(
        tokens.words[start:end]
    )


def _quantity_after(tokens: Tokens, end: int, free: Sequence[Quantity]) -> Quantity | None:
    """The quantity that follows an item which ends at `end`, as in "latte x2" and "молоко — два"."""
    if not _LINK.fullmatch(tokens.gaps[end]):
        return None
    return next((quantity for quantity in free if quantity.start == end), None)
