"""How far the answers that the judges of a run drew agree with each other: read from its folder, and said in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from reports.pages.figures import Figures
from reports.pages.wording import Words
from reports.records import Record
from reports.tables import RunTables, read_json_file

DRAWN_FILE: Final = "drawn_answers.json"


class DrawnAnswers(Record):
    """The answers that were drawn for one measure."""

    drawn: int
    unread: int
    """Could not be read."""
    questions: int
    """Those with a verdict, which the agreement is over: one a verdict, or one an item of a checklist or an order of a pair."""
    agreement: float | None
    """Mean share of a question's answers that give its verdict's label, 0 to 1; None without any such question."""

    def with_more(self, other: DrawnAnswers) -> DrawnAnswers:
        """Of two runs together."""
        questions = self.questions + other.questions
        agreeing = sum((each.agreement or 0.0) * each.questions for each in (self, other))
        return DrawnAnswers(
            drawn=self.drawn + other.drawn,
            unread=self.unread + other.unread,
            questions=questions,
            agreement=agreeing / questions if questions else None,
        )

    def sentence(self, words: Words) -> str:
        """Without its full stop."""
        own, figures = words.judges, Figures(words.language)
        unread = own.drawn_unread.format(unread=figures.count(self.unread), drawn=figures.count(self.drawn))
        if self.agreement is None:
            return unread
        return words.list_separator.join(
            [own.drawn_agreement.format(agreement=figures.percent(self.agreement)), unread]
        )


def drawn_answers_of(tables: RunTables) -> Mapping[str, DrawnAnswers]:
    """By measure, what was drawn for it; nothing for judges that draw no answers.

    Raises:
        ReportError: The file is torn, or not what this version of Rejoinder writes.
    """
    found: dict[str, DrawnAnswers] = {}
    for origin in tables.origins:
        file = origin.folder / DRAWN_FILE
        if not file.is_file():
            continue
        for measure, drawn in read_json_file(file, TypeAdapter(dict[str, DrawnAnswers])).items():
            found[measure] = found[measure].with_more(drawn) if measure in found else drawn
    return found
