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
    primary = primary_language(language)
    numbers, packs = _NUMBERS.get(primary, {}), _PACKS.get(primary, {})
    return tuple(_scan(tokens, numbers, packs))


def _scan(tokens: Tokens, numbers: Mapping[str, int], packs: Mapping[str, int]) -> Iterator[Quantity]:
    words, at = tokens.words, 0
    while at < len(words):
        start, count = at, _number(tokens, at, numbers)
        if count is not None:
            at += 1
            following = _number(tokens, at, numbers) if at < len(words) else None
            if following is not None and _extends(words[start], count, following):
                count = following if count <= 1 else count + following
                at += 1
        elif words[at] == "half" and packs:  # half a dozen
            at += 2 if words[at + 1 : at + 2] == ("a",) else 1
        if at < len(words) and words[at] in packs:
            size = packs[words[at]]
            half = words[start] == "half"
            yield Quantity(start, at + 1, frozenset({size // 2, 1} if half else {size * (count or 1), count or 1}))
            at += 1
        elif count is not None:
            yield Quantity(start, at, frozenset({count}))
        elif at == start:
            at += 1


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
    """Whether a second number word carries on the first: "twenty five", "a couple"."""
    return (count in (20, 30, 40, 50, 100) and 0 < following < 10) or (first in ("a", "an") and following > 1)


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
    previous_end = 0
    for (start, end), owners in _item_spans(tokens.stems, items):
        before = _quantity_before(tokens, start, [q for q in free if q.start >= previous_end])
        shared = before is not None and _is_shared(tokens, before.end, start)
        quantity = before if before and not shared else _quantity_after(tokens, end, free) or before
        readings = quantity.readings if quantity else frozenset({1})
        if quantity is not None:
            free.remove(quantity)
            readings |= {1} if shared and quantity is before else frozenset()
        for owner in owners:
            found[owner].append(Occurrence(start, end, readings, explicit=quantity is not None))
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
    for span in sorted(owners, key=lambda span: (span[0] - span[1], span)):
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return [(span, owners[span]) for span in sorted(kept)]


def _quantity_before(tokens: Tokens, start: int, candidates: Sequence[Quantity]) -> Quantity | None:
    """The nearest quantity that can belong to the item which starts at `start`."""
    for quantity in reversed(candidates):
        if quantity.end > start:
            continue
        is_none = quantity.readings == {0}
        between = range(quantity.end, start + 1)
        far = start - quantity.end > (1 if is_none else MAX_WORDS_BETWEEN)
        apart = any(_STOP.search(tokens.gaps[at]) for at in between)
        if far or apart or (is_none and _is_shared(tokens, quantity.end, start)):
            return None
        return quantity
    return None


def _is_shared(tokens: Tokens, start: int, end: int) -> bool:
    """Whether a comma or a conjunction stands among the words from `start` to `end`."""
    return any("," in gap for gap in tokens.gaps[start : end + 1]) or not _CONJUNCTIONS.isdisjoint(
        tokens.words[start:end]
    )


def _quantity_after(tokens: Tokens, end: int, candidates: Sequence[Quantity]) -> Quantity | None:
    """The quantity that follows the item which ends at `end`, as in "latte x2" and "молоко — два"."""
    if not _LINK.fullmatch(tokens.gaps[end]):
        return None
    return next((quantity for quantity in candidates if quantity.start == end), None)
