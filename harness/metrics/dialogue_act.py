"""Which dialogue act a reply does, told by rules, and the measure that compares it with the act that is due.

The cue phrases of each language live in `harness.metrics.phrasebooks`; the figures are in docs/dialogue-acts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from harness.metrics.metric import Measure, Measurement
from harness.metrics.phrasebooks import PHRASEBOOKS, Phrasebook, phrasebook
from harness.metrics.phrasebooks.phrasebook import Cue
from harness.metrics.questions import Purpose, Question, is_question, questions, things_counted
from harness.metrics.text import normalise, primary_language, sentences
from suites.cases import Case
from suites.dialogue import DialogueAct

CLASSIFIER = "rules-1"
"""Name of the rules; a change that can change an act gives them a new one."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the rules look at."""

    language: str
    book: Phrasebook
    sentences: tuple[str, ...]
    """All sentences, normalised."""
    questions: tuple[Question, ...]

    def says(self, cue: Cue) -> bool:
        return any(cue.search(sentence) for sentence in self.sentences)

    def asks(self, purpose: Purpose) -> bool:
        return any(question.purpose is purpose for question in self.questions)

    def counts(self, sentence: str) -> int:
        return 0 if self.book.offer.search(sentence) else things_counted(sentence, self.language, self.book)


@dataclass(frozen=True, slots=True)
class Rule:
    """If `holds`, the reply does `act`."""

    act: DialogueAct
    reason: str
    holds: Callable[[_Reply], bool]


def _bids_to_review(reply: _Reply) -> bool:
    return reply.says(reply.book.review)


def _ends_in_full_recap(reply: _Reply) -> bool:
    return not reply.asks(Purpose.OPEN) and any(reply.counts(sentence) >= 2 for sentence in reply.sentences[-2:])


def _asks_what_instead(reply: _Reply) -> bool:
    missing = reply.says(reply.book.sold_out) or reply.says(reply.book.declined)
    return missing and any(
        question.purpose is Purpose.OPEN and reply.book.instead.search(question.sentence)
        and not reply.book.choice.search(question.sentence)
        for question in reply.questions
    )


def _says_sold_out(reply: _Reply) -> bool:
    return reply.says(reply.book.sold_out)


def _declines(reply: _Reply) -> bool:
    return reply.says(reply.book.declined)


def _asks_openly(reply: _Reply) -> bool:
    return reply.asks(Purpose.OPEN)


def _asks_to_confirm(reply: _Reply) -> bool:
    return reply.asks(Purpose.CHECK)


def _sums_up(reply: _Reply) -> bool:
    return any(reply.book.recap.search(sentence) or reply.counts(sentence) for sentence in reply.sentences)


def _asks_for_the_order(reply: _Reply) -> bool:
    return reply.asks(Purpose.SERVICE) and not reply.says(reply.book.social)


def _states_a_fact(reply: _Reply) -> bool:
    return any(
        reply.book.fact.search(sentence)
        for sentence in reply.sentences
        if not is_question(sentence, reply.book) and not reply.book.social.search(sentence)
    )


RULES = (
    Rule(DialogueAct.CONFIRM, "bids the customer to look the order over", _bids_to_review),
    Rule(DialogueAct.CONFIRM, "ends in counting up two things or more, asking nothing new", _ends_in_full_recap),
    Rule(DialogueAct.CLARIFY, "says that something is not to be had and asks what instead", _asks_what_instead),
    Rule(DialogueAct.INFORM, "says that something is not to be had now", _says_sold_out),
    Rule(DialogueAct.REFUSE, "says that something is not done or sold here", _declines),
    Rule(DialogueAct.CLARIFY, "asks for something that is not known yet", _asks_openly),
    Rule(DialogueAct.CONFIRM, "asks whether all is right, or whether to go ahead", _asks_to_confirm),
    Rule(DialogueAct.CONFIRM, "sums up or counts what was ordered", _sums_up),
    Rule(DialogueAct.CLARIFY, "asks what it can do, without a greeting", _asks_for_the_order),
    Rule(DialogueAct.INFORM, "states a fact in an unexcited sentence", _states_a_fact),
    Rule(DialogueAct.CHAT, "nothing of all this", lambda reply: True),
)
"""The rules in order: the first that holds decides."""


def classify(text: str, language: str) -> DialogueAct:
    """The main dialogue act of a reply.

    Raises:
        ValueError: There are no rules for `language`.
    """
    return deciding_rule(text, language).act


@lru_cache(maxsize=8192)
def deciding_rule(text: str, language: str) -> Rule:
    """The rule that tells the act of a reply.

    Raises:
        ValueError: There are no rules for `language`.
    """
    book = phrasebook(language)
    if book is None:
        raise ValueError(f"no rules for '{language}'")
    reply = _Reply(language, book, tuple(map(normalise, sentences(text))), questions(text, language))
    return next(rule for rule in RULES if rule.holds(reply))
