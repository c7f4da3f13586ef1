"""The questions of a reply: what each one is for, and which part of it says what it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from harness.metrics.phrasebooks import phrasebook
from harness.metrics.phrasebooks.phrasebook import Cue, Phrasebook
from harness.metrics.quantities import Quantity, quantities
from harness.metrics.text import TEXTS_KEPT, Tokens, sentences, tokenize
from suites.words import normalise

_CLAUSE_END = re.compile(r"[,;:]\s+|\s[-–—]+\s")
_NO_END_MARK = re.compile(r"\w[\"'»”’)]*$")
_ARTICLE_OPENING = re.compile(r"(?:[\w ]+[,:!] )?an? \w")
_NOT_NUMBERS = frozenset({"a", "an", "another", "single", "both", "no", "without", "без"})
"""Words that count an item beside it, but do not by themselves show that something is being counted up."""


class Purpose(Enum):
    """What a question is for."""

    OPEN = auto()
    """Asks for something that is not known yet: which, how many, this or that, would you like it so."""
    WHETHER = auto()
    """Any other question that yes or no answers."""
    PROPOSAL = auto()
    """Proposes one thing."""
    CHECK = auto()
    """Asks whether what was agreed is right, or whether to carry it out."""
    MORE = auto()
    """Asks whether there is anything else."""
    SERVICE = auto()
    """Offers service in general."""


class Question(NamedTuple):
    """One question sentence, normalised."""

    sentence: str
    purpose: Purpose
    asks_for: str
    """The part that says what is asked for: from the first clause that asks, without what the question is about.
    Empty where nothing is asked for, but something is repeated ("An iced latte?").

    "A large latte, thanks: which milk would you like for it?" asks for "which milk would you like".
    """


@lru_cache(maxsize=TEXTS_KEPT)
def questions(text: str, language: str) -> tuple[Question, ...]:
    """The questions of `text`, in order.

    A sentence is a question if it holds a question mark, or if it opens with a question word and has no end mark at
    all ("what size"). In languages without a phrasebook only the mark counts, and every question is `OPEN`.
    """
    book = phrasebook(language)
    found = []
    for sentence in map(normalise, sentences(text)):
        if book is None:
            if "?" in sentence:
                found.append(Question(sentence, Purpose.OPEN, sentence))
        elif is_question(sentence, book):
            found.append(Question(sentence, _purpose(sentence, language, book), _asked_part(sentence, book)))
    return tuple(found)


def is_question(sentence: str, book: Phrasebook) -> bool:
    """Whether a normalised sentence is a question."""
    unmarked = _NO_END_MARK.search(sentence) and book.question_word.match(sentence)
    return "?" in sentence or bool(unmarked)


def _purpose(sentence: str, language: str, book: Phrasebook) -> Purpose:
    last_clause = _CLAUSE_END.split(sentence)[-1]
    for cue in (book.is_it_right, book.go_ahead, book.review):
        if _asks_only(cue, sentence, book) or _asks_only(cue, last_clause, book):
            return Purpose.CHECK
    if not book.what_instead.search(book.more.sub(" ", sentence)):
        for purpose, cue in (
            (Purpose.MORE, book.more),
            (Purpose.SERVICE, book.service),
            (Purpose.PROPOSAL, book.proposal),
        ):
            if _asks_only(cue, sentence, book):
                return purpose
    if book.question_word.search(sentence) or book.choice.search(sentence):
        return Purpose.OPEN
    inverted = any(_is_inverted(clause, book) for clause in _CLAUSE_END.split(sentence))
    if not inverted and (book.recap.search(sentence) or things_counted(sentence, language, book)):
        return Purpose.CHECK
    return Purpose.OPEN if book.wish.search(sentence) else Purpose.WHETHER


def _asks_only(cue: Cue, part: str, book: Phrasebook) -> bool:
    """Whether `part` holds the cue and, beyond it, neither a question word nor a choice ("what else" has its own)."""
    rest, found = cue.subn(" ", part)
    return bool(found and not book.question_word.search(rest) and not book.choice.search(rest))


def _asked_part(sentence: str, book: Phrasebook) -> str:
    clauses = _CLAUSE_END.split(sentence)
    for first, clause in enumerate(clauses):
        if any(cue.search(clause) for cue in (book.question_word, book.choice, book.wish)) or _is_inverted(
            clause, book
        ):
            return ", ".join(_without_topic(clause, book) for clause in clauses[first:])
    return ""


def _is_inverted(clause: str, book: Phrasebook) -> bool:
    return bool(book.yes_no_opening.match(clause))


def _without_topic(clause: str, book: Phrasebook) -> str:
    """The clause up to what its question is about: "which milk would you like" of "... for your latte".

    Only a question word with a noun of its own ("which milk") leaves the rest to the topic; after a bare one
    ("what would you like for milk") the rest says what is asked for.
    """
    asking = book.question_word.search(clause)
    if asking is None or book.yes_no_opening.match(clause, asking.end() + 1):
        return clause
    topic = book.about_something.search(clause, asking.end())
    return clause[: topic.start()] if topic else clause


def things_counted(sentence: str, language: str, book: Phrasebook) -> int:
    """How many times a normalised sentence counts things: "two lattes and one bagel" does twice, "at two" never.

    An article counts where it opens the sentence and the sentence asserts nothing ("Okay, a large iced tea.").
    """
    tokens = tokenize(sentence, language)
    found = quantities(tokens, language)
    bare = bool(_ARTICLE_OPENING.match(sentence)) and not book.yes_no_opening.search(sentence)
    counted = {quantity.end for quantity in found if _counts_things(tokens, quantity, book, articles_count=bare)}
    if book.measure is None:
        return len(counted)
    counted_by_number = {quantity.end for quantity in found}
    return len(counted | {at for at in _measures(tokens, book.measure, book) if at not in counted_by_number})


def _counts_things(tokens: Tokens, quantity: Quantity, book: Phrasebook, *, articles_count: bool) -> bool:
    word = tokens.words[quantity.start]
    if quantity.end - quantity.start == 1 and word in _NOT_NUMBERS and not (articles_count and word in ("a", "an")):
        return False
    if quantity.end == len(tokens.words) or tokens.gaps[quantity.end].strip():
        return False
    return _is_in_place(tokens, quantity.start, book) and not book.not_counted.fullmatch(tokens.words[quantity.end])


def _measures(tokens: Tokens, measure: Cue, book: Phrasebook) -> Iterator[int]:
    """The positions of measure words that count by themselves."""
    for at, word in enumerate(tokens.words):
        if measure.fullmatch(word) and _is_in_place(tokens, at, book):
            yield at


def _is_in_place(tokens: Tokens, at: int, book: Phrasebook) -> bool:
    """Whether no preposition or pronoun right before this word takes it out of the count ("in one box")."""
    return at == 0 or bool(tokens.gaps[at].strip()) or not book.not_counting.fullmatch(tokens.words[at - 1])
