"""The questions of a reply: what each one is for, and which part of it says what it asks for."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from harness.metrics.phrasebooks import Phrasebook, phrasebook
from harness.metrics.quantities import quantities
from harness.metrics.text import normalise, sentences, tokenize

_CLAUSE_END = re.compile(r"[,;:]\s+|\s[-–—]+\s")
_NO_END_MARK = re.compile(r"\w[\"'»”’)]*$")
_ARTICLES = frozenset({"a", "an", "another", "single", "both", "no", "without", "без"})


class Purpose(Enum):
    """What a question is for."""

    OPEN = auto()
    """Asks for something that is not known yet."""
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

    "A large latte, thanks: which milk would you like for it?" asks for "which milk would you like".
    """


@lru_cache(maxsize=8192)
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
    """The purpose of a question; where several cues are found, the clause that asks decides."""
    clauses = _CLAUSE_END.split(sentence)
    last = clauses[-1]
    asks_what = book.question_word.search(last) or book.choice.search(last)
    if not asks_what and (book.is_it_right.search(last) or book.go_ahead.search(last) or book.review.search(last)):
        return Purpose.CHECK
    for purpose, cue in ((Purpose.SERVICE, book.service), (Purpose.MORE, book.more)):
        if cue.search(sentence) and not book.instead.search(sentence):
            if not book.question_word.search(cue.sub(" ", sentence)):
                return purpose
    if book.question_word.search(sentence) or book.choice.search(sentence):
        return Purpose.OPEN
    if any(book.yes_no_opening.match(clause) for clause in clauses):
        return Purpose.OPEN
    if book.recap.search(sentence) or things_counted(sentence, language, book):
        return Purpose.CHECK
    return Purpose.OPEN


def _asked_part(sentence: str, book: Phrasebook) -> str:
    clauses = _CLAUSE_END.split(sentence)
    for first, clause in enumerate(clauses):
        if book.question_word.search(clause) or book.choice.search(clause) or book.yes_no_opening.match(clause):
            return ", ".join(_without_topic(clause, book) for clause in clauses[first:])
    return clauses[-1]


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
    """How many things a normalised sentence counts: "two lattes and one bagel" counts two, "in five minutes" none."""
    tokens = tokenize(sentence, language)
    counted = 0
    for quantity in quantities(tokens, language):
        if tokens.words[quantity.start] in _ARTICLES and quantity.end - quantity.start == 1:
            continue
        if quantity.end == len(tokens.words) or tokens.gaps[quantity.end].strip():
            continue
        counted += not book.not_counted.fullmatch(tokens.words[quantity.end])
    return counted
