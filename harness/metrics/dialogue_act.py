"""Which dialogue act a reply does, told by rules, and the measure that compares it with the act that is due.

The cue phrases of each language live in `harness.metrics.phrasebooks`; the figures are in docs/dialogue-acts.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness.metrics.metric import Measure, Measurement
from harness.metrics.phrasebooks import phrasebook
from harness.metrics.phrasebooks.phrasebook import Cue, Phrasebook
from harness.metrics.questions import Purpose, Question, is_question, questions, things_counted
from harness.metrics.reasons import ActReasons, reasons_in
from harness.metrics.signature import signature
from harness.metrics.text import TEXTS_KEPT, primary_language, sentences
from suites.cases import Case
from suites.dialogue import DialogueAct
from suites.words import normalise

CLASSIFIER = "rules-1"
"""Name of the rules; a change that can change an act gives them a new one."""

NO_ACT = "none"
"""The label of an empty reply."""


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
    reason: Callable[[ActReasons], str]
    """Takes its own sentence from those of a language."""
    holds: Callable[[_Reply], bool]


def _ends_in_full_recap(reply: _Reply) -> bool:
    return not reply.asks(Purpose.OPEN) and any(reply.counts(sentence) >= 2 for sentence in reply.sentences[-2:])


def _asks_what_instead(reply: _Reply) -> bool:
    book = reply.book
    unavailable = any(reply.says(cue) for cue in (book.sold_out, book.declined, book.lacking))
    return unavailable and any(book.what_instead.search(question.sentence) for question in reply.questions)


def _sums_up(reply: _Reply) -> bool:
    return any(reply.book.recap.search(sentence) or reply.counts(sentence) for sentence in reply.sentences)


def _only_offers_service(reply: _Reply) -> bool:
    return reply.asks(Purpose.SERVICE) and len(reply.sentences) == 1 and not reply.says(reply.book.social)


def _states_a_fact(reply: _Reply) -> bool:
    return any(
        reply.book.fact.search(sentence)
        for sentence in reply.sentences
        if not is_question(sentence, reply.book) and not reply.book.social.search(sentence)
    )


CLARIFY, CONFIRM, INFORM, REFUSE, CHAT = DialogueAct

RULES = (
    Rule(CONFIRM, lambda reasons: reasons.bids_to_review, lambda reply: reply.says(reply.book.review)),
    Rule(CONFIRM, lambda reasons: reasons.ends_in_full_recap, _ends_in_full_recap),
    Rule(CLARIFY, lambda reasons: reasons.asks_what_instead, _asks_what_instead),
    Rule(INFORM, lambda reasons: reasons.sold_out, lambda reply: reply.says(reply.book.sold_out)),
    Rule(REFUSE, lambda reasons: reasons.not_done_here, lambda reply: reply.says(reply.book.declined)),
    Rule(INFORM, lambda reasons: reasons.lacking, lambda reply: reply.says(reply.book.lacking)),
    Rule(REFUSE, lambda reasons: reasons.regrets, lambda reply: reply.says(reply.book.regret) and not _sums_up(reply)),
    Rule(CLARIFY, lambda reasons: reasons.asks_for_the_unknown, lambda reply: reply.asks(Purpose.OPEN)),
    Rule(CONFIRM, lambda reasons: reasons.asks_whether_right, lambda reply: reply.asks(Purpose.CHECK)),
    Rule(CONFIRM, lambda reasons: reasons.sums_up, _sums_up),
    Rule(CLARIFY, lambda reasons: reasons.only_offers_service, _only_offers_service),
    Rule(INFORM, lambda reasons: reasons.proposes, lambda reply: reply.asks(Purpose.PROPOSAL)),
    Rule(CLARIFY, lambda reasons: reasons.asks_yes_or_no, lambda reply: reply.asks(Purpose.WHETHER)),
    Rule(INFORM, lambda reasons: reasons.states_a_fact, _states_a_fact),
    Rule(CHAT, lambda reasons: reasons.does_none_of_this, lambda reply: True),
)
"""The rules in order: the first that holds decides."""


def classify(text: str, language: str) -> DialogueAct:
    """The main dialogue act of a reply.

    Raises:
        ValueError: There are no rules for `language`.
    """
    return deciding_rule(text, language).act


@lru_cache(maxsize=TEXTS_KEPT)
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


class DialogueActMetric:
    """The measure `act`: 1 where the reply does the act that is due, else 0. Its label is the act done."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._reasons = reasons_in(language)
        self._measure = Measure(
            name="act",
            title="Dialogue act",
            description="1 if the reply does what is due (clarify, confirm, inform, refuse or chat), else 0; told by rules.",
            kind="act",
            scale=(0, 1),
            higher_is_better=True,
            signature=signature("act", f"classifier:{CLASSIFIER}", f"lang:{primary_language(language)}"),
        )
        self.measures: Sequence[Measure] = (self._measure,)

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """Compare the act of `reply` with the due one; skipped where none is stated or the language has no rules."""
        name, due = self._measure.name, case.expectation.act
        if due is None:
            return (Measurement(measure=name, status="skipped", reason=self._reasons.no_act_due),)
        if phrasebook(self._language) is None:
            reason = self._reasons.no_rules.format(language=self._language)
            return (Measurement(measure=name, status="skipped", reason=reason),)
        if not reply.strip():
            return (Measurement(measure=name, value=0.0, label=NO_ACT, reason=self._reasons.empty_reply),)
        rule = deciding_rule(reply, self._language)
        reason = rule.reason(self._reasons.acts)
        return (Measurement(measure=name, value=float(rule.act == due), label=rule.act.value, reason=reason),)
