"""Setting a run's blind test up and serving it until it is stopped: what `rejoinder blind RUN` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.blind_test.contests import Wanted, contests_of
from harness.blind_test.folder import BlindFolder
from harness.blind_test.page_words import page_words_for
from harness.blind_test.pairs import Material, read_material
from harness.blind_test.plan import Extent, Planner
from harness.blind_test.server import About, BlindServer, PageTexts
from harness.blind_test.sittings import Sittings
from harness.run_folder import RunFolder
from harness.run_log import RunLogError
from reports.blind.accuracy import CHANCE, TOLD_APART
from reports.statistics.power import answers_needed
from suites.dialogue import Persona
from suites.userfile import InputError, read_text


@dataclass(frozen=True, slots=True)
class BlindTest:
    """What is shown to raters, and where."""

    run: Path
    extent: Extent
    wanted: Wanted
    language: str | None = None
    """Of the page; the suite's if not given."""
    about: Path | None = None
    """A text on the person, for the raters, in place of the card."""
    host: str = "127.0.0.1"
    port: int = 8421
    """0 takes any that is free."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A test that can be taken once its server runs."""

    server: BlindServer
    material: Material
    sittings: Sittings


@contextmanager
def serving(test: BlindTest) -> Iterator[Serving]:
    """Set the test up; answers are open for appending, and closed at the end.

    Raises:
        InputError: The run, a candidate or the text on the person is wrong, there is nothing to tell apart, the address
            cannot be had, or another process serves the test or the folder cannot be written.
        ReportError: The run's tables are missing or torn.
    """
    folder, blind = RunFolder(test.run), BlindFolder(test.run)
    material = read_material(folder, contests_of(folder, test.wanted))
    if not material.pairs:
        raise InputError(f"offers no pair of replies to tell apart; left out: {material.told_left_out}", file=test.run)
    about = _about(material, test.about)
    language = test.language or material.language
    secret = blind.secret()
    planner = Planner(material.pairs, secret, test.extent, page_words_for(language).checks)
    texts = PageTexts(language, answers_needed(TOLD_APART, CHANCE), test.wanted.against is not None, about)
    try:
        with blind.answering():
            sittings = Sittings(planner, blind.answers)
            with BlindServer((test.host, test.port), secret.token, sittings, texts) as server:
                yield Serving(server, material, sittings)
    except RunLogError as error:
        raise InputError(str(error)) from error


def _about(material: Material, file: Path | None) -> Mapping[str | None, About]:
    """What raters are told of each person: the text in `file`, else their cards.

    Raises:
        InputError: The file cannot be read, or there are several persons whom one text cannot describe.
    """
    persons = dict.fromkeys(pair.person for pair in material.pairs)
    if file is not None:
        if len(persons) > 1:
            names = ", ".join(f"'{person}'" for person in persons if person)
            problem = f"is one text, but this test is about several persons ({names}); name one of them with --person"
            raise InputError(problem, file=file, field="--about")
        return dict.fromkeys(persons, About("", read_text(file).strip()))
    cards = {pair.person: pair.case.persona for pair in material.pairs}
    return {
        person: About(card.name if len(persons) > 1 else "", card_for_raters(card))
        for person, card in cards.items()
        if card is not None
    }


def card_for_raters(card: Persona) -> str:
    """A card as raters read it, without the samples of speech: one of them may be the reply that is sought."""
    return "\n".join((f"{card.name}: {card.description}", *(f"• {trait}" for trait in (*card.facts, *card.manner))))
