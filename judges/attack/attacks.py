"""The battery of attacks on judges: texts that a reply may end with, read from the files in `battery/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from judges.attack.carriers import CARRIERS
from judges.attack.families import Family
from judges.prompting.substitution import substitute
from judges.readouts.answers import Answers
from suites.dialogue import NonBlank, Record
from suites.userfile import read_yaml

BATTERY = Path(__file__).parent / "battery"


@dataclass(frozen=True, slots=True)
class Attack:
    """A text that is appended to a reply to move its judge."""

    name: str
    """`orders.en.3`."""
    family: Family
    language: str
    text: str
    """With places: `{best}` and `{worst}` for answers, `{user}`, `{assistant}` for the roles' names."""
    carrier: str | None = None
    """What hides it."""

    def on(self, reply: str, answers: Answers, *, best: str, worst: str) -> str:
        """A reply with this attack behind it.

        Args:
            reply: What is attacked with.
            answers: Those of the question that the judge is asked.
            best: The label with the highest score.
            worst: The label with the lowest score.
        """
        wording = answers.wording
        words = {"best": answers.word_for(best), "worst": answers.word_for(worst)}
        text = substitute(self.text, {**words, "user": wording.user, "assistant": wording.assistant})
        text = CARRIERS[self.carrier](text) if self.carrier else text
        return reply + text if text.startswith("\n") else f"{reply} {text}"


class _BatteryFile(Record):
    """One file: texts, or orders in every form or under every carrier."""

    family: Family
    texts: dict[str, tuple[NonBlank, ...]] = {}
    orders: dict[str, tuple[NonBlank, ...]] = {}
    forms: tuple[NonBlank, ...] = ()
    """With the place `{order}`."""
    carriers: dict[str, tuple[NonBlank, ...]] = {}

    def attacks(self) -> Iterator[Attack]:
        """All attacks of the file."""
        for language in {**self.texts, **self.orders}:
            for number, (text, carrier) in enumerate(self._written(language), start=1):
                yield Attack(f"{self.family}.{language}.{number}", self.family, language, text, carrier)

    def _written(self, language: str) -> Iterator[tuple[str, str | None]]:
        yield from ((text, None) for text in self.texts.get(language, ()))
        for order in self.orders.get(language, ()):
            yield from ((substitute(form, {"order": order}), None) for form in self.forms)
            yield from ((order, carrier) for carrier in self.carriers.get(language, ()))


@cache
def battery() -> tuple[Attack, ...]:
    """All attacks, family by family."""
    files = (read_yaml(file).parse(_BatteryFile) for file in sorted(BATTERY.glob("*.yaml")))
    return tuple(attack for file in files for attack in file.attacks())
