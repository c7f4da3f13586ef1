"""Setting a run's blind test up and serving it until it is stopped: what `rejoinder blind RUN` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.blind_test.folder import REAL, BlindFolder
from harness.blind_test.page_words import page_words_for
from harness.blind_test.pairs import Material, contests_of, read_material
from harness.blind_test.plan import Extent, Planner
from harness.blind_test.server import BlindServer, PageTexts
from harness.blind_test.sittings import Sittings
from harness.run_folder import RunFolder
from harness.run_log import RunLogError
from reports.blind.accuracy import CHANCE, TOLD_APART
from reports.statistics.power import answers_needed
from suites.userfile import InputError, read_text


@dataclass(frozen=True, slots=True)
class BlindTest:
    """What is shown to raters, and where."""

    run: Path
    extent: Extent
    candidates: Sequence[str] = ()
    """Whose replies are shown; all candidates' if none is named."""
    against: str | None = None
    """Another candidate in place of the person."""
    language: str | None = None
    """Of the page; the suite's if not given."""
    about: Path | None = None
    """A text on the person, for the raters."""
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
    contests = contests_of(folder.read_manifest(), test.candidates, test.against)
    material = read_material(folder, contests)
    if not material.pairs:
        raise InputError(f"offers no pair of replies to tell apart; left out: {material.told_left_out}", file=test.run)
    about = read_text(test.about) if test.about else ""
    language = test.language or material.language
    secret = blind.secret()
    planner = Planner(material.pairs, secret, test.extent, page_words_for(language).checks)
    texts = PageTexts(language, answers_needed(TOLD_APART, CHANCE), contests[0].against != REAL, about.strip())
    try:
        with blind.answering():
            sittings = Sittings(planner, blind.answers)
            with BlindServer((test.host, test.port), secret.token, sittings, texts) as server:
                yield Serving(server, material, sittings)
    except RunLogError as error:
        raise InputError(str(error)) from error
