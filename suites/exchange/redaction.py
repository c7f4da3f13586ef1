"""Placeholders for what tells who somebody is: names, phone numbers, e-mail addresses, handles and card numbers.

The same value gets the same placeholder throughout one dialogue, and in each dialogue they are numbered anew. What is found
is found by its form; nobody should publish a file because of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from suites.dialogue import Dialogue, Message
from suites.exchange.names import WORD, NameFinder, by_form
from suites.tool_calls import with_strings_changed
from suites.words import normalise

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w@/.])@\w{3,}")
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_MAYBE_PHONE = re.compile(r"\d(?:\D{0,3}\d){6}")
_PLACEHOLDER = r"\[(?:NAME|PHONE|EMAIL|CARD)_\d+\]"
_SAME_NAME = re.compile(r"(\[NAME_\d+\])(?:\s+\1)+")

_REGIONS = {"ru": "RU", "en": "US", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "pt": "BR", "uk": "UA", "pl": "PL"}
"""Country whose phone numbers are known without their country code, by language."""


def is_card_number(digits: str) -> bool:
    """Whether the last of 13 to 19 digits is their check digit (Luhn, ISO/IEC 7812-1 annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


class Redactor:
    """Replaces what tells who somebody is in the dialogues of one import, and counts it."""

    def __init__(self, language: str, names: Iterable[str] = (), others: Iterable[str] = ()) -> None:
        """Prepare to redact dialogues.

        Args:
            language: BCP 47 tag of the dialogues' language.
            names: Further names, found in small letters too.
            others: Names of people who speak in any of the dialogues, found where they are capitalised.
        """
        self._region = _REGIONS.get(language.partition("-")[0])
        self._names = tuple(names)
        self._others = by_form(others)
        self.counts: Counter[str] = Counter()
        """Replaced so far, by kind: NAME, PHONE, EMAIL, CARD."""

    def redacted(self, dialogue: Dialogue, participants: Iterable[str]) -> Dialogue:
        """The dialogue with placeholders in its turns, references, facts and the arguments of its tool calls.

        Args:
            dialogue: The dialogue; its id is the caller's business.
            participants: Names of those who speak in it.
        """
        placeholders = _Placeholders(NameFinder((*participants, *self._names), self._others), self._region, self.counts)
        turns = tuple(_redacted_turn(turn, placeholders) for turn in dialogue.messages)
        facts = tuple(placeholders.put_into(fact) for fact in dialogue.facts)
        return dialogue.model_copy(update={"messages": turns, "facts": facts})


def _redacted_turn(turn: Message, placeholders: _Placeholders) -> Message:
    changes: dict[str, object] = {"content": placeholders.put_into(turn.content)}
    if turn.name:
        changes["name"] = placeholders.of("NAME", normalise(turn.name))
    if turn.tool_calls:
        changes["tool_calls"] = with_strings_changed(turn.tool_calls, placeholders.put_into)
    if turn.target and turn.target.references:
        references = tuple(placeholders.put_into(reference) for reference in turn.target.references)
        changes["target"] = turn.target.model_copy(update={"references": references})
    return turn.model_copy(update=changes)


class _Placeholders:
    """The placeholders of one dialogue."""

    def __init__(self, names: NameFinder, region: str | None, counts: Counter[str]) -> None:
        self._names = names
        self._region = region
        self._counts = counts
        self._numbers: dict[str, dict[str, int]] = {}

    def of(self, kind: str, value: str) -> str:
        """The placeholder of a value, the same one each time."""
        self._counts[kind] += 1
        numbers = self._numbers.setdefault(kind, {})
        return f"[{kind}_{numbers.setdefault(value, len(numbers) + 1)}]"

    def put_into(self, text: str) -> str:
        """`text` with placeholders."""
        text = _EMAIL.sub(lambda found: self.of("EMAIL", found[0].casefold()), text)
        text = _HANDLE.sub(lambda found: self.of("NAME", found[0].casefold()), text)
        text = _CARD.sub(lambda found: self._card(found[0]), text)
        text = self._without_phones(text)
        parts = re.split(f"({_PLACEHOLDER})", text)
        text = "".join(part if number % 2 else WORD.sub(self._name, part) for number, part in enumerate(parts))
        return _SAME_NAME.sub(r"\1", text)

    def _card(self, text: str) -> str:
        digits = re.sub(r"\D", "", text)
        return self.of("CARD", digits) if is_card_number(digits) else text

    def _name(self, word: re.Match[str]) -> str:
        person = self._names.person(word[0])
        return self.of("NAME", person) if person else word[0]

    def _without_phones(self, text: str) -> str:
        if not _MAYBE_PHONE.search(text):
            return text
        from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number  # noqa: PLC0415

        pieces, end = [], 0
        for match in PhoneNumberMatcher(text, self._region):
            number = format_number(match.number, PhoneNumberFormat.E164)
            pieces += [text[end : match.start], self.of("PHONE", number)]
            end = match.end
        return "".join([*pieces, text[end:]])
