"""The cards of a suite's persons: those of its header, and those that dialogues bear themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from suites.dialogue import Dialogue, Persona, SuiteHeader
from suites.loading import Half, Suite
from suites.userfile import InputError

_HALVES: Final[tuple[Half, ...]] = ("train", "held_out")


class PersonCards:
    """The cards of all persons by name, gathered dialogue by dialogue: one name, one card."""

    def __init__(self, header: SuiteHeader) -> None:
        self._cards = dict(header.personas)
        self._places = dict.fromkeys(header.personas, "the suite's header")

    @property
    def cards(self) -> Mapping[str, Persona]:
        """Those found so far, the header's first."""
        return self._cards

    def take(self, dialogue: Dialogue, file: Path, line: int) -> InputError | None:
        """Take in a dialogue; what is wrong if it bears another card of a person who has one already."""
        card = dialogue.persona
        if not isinstance(card, Persona):
            return None
        known = self._cards.setdefault(card.name, card)
        place = self._places.setdefault(card.name, f"{file}:{line}")
        if known == card:
            return None
        problem = f"is another card of '{card.name}' than in {place}; make the two the same, or give one another name"
        return InputError(problem, file=file, line=line, field="persona")


def known_personas(suite: Suite) -> Mapping[str, Persona]:
    """All persons of a suite by the name that candidates call them: as the header does, or as their dialogues' cards do.

    Reads both halves.

    Raises:
        InputError: A line cannot be read, or a person has two cards.
    """
    found = PersonCards(suite.header)
    for half in _HALVES:
        if half == "train" and suite.header.train is None:
            continue
        file = suite.file_of(half)
        for line, dialogue in suite.dialogues_or_errors(half):
            if isinstance(dialogue, list):
                raise dialogue[0]
            if (error := found.take(dialogue, file, line)) is not None:
                raise error
    return found.cards
