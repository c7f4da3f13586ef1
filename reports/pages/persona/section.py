"""The persona section of a report, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.pages.figures import Figures
from reports.pages.persona.sentences import in_short, note_sentences
from reports.pages.persona.tables import PersonaTable, persona_tables

if TYPE_CHECKING:
    from reports.analysis import Analysis


@dataclass(frozen=True, slots=True)
class PersonaSection:
    """What the section says, every number printed."""

    in_short: Sequence[str]
    notes: Sequence[str]
    tables: Sequence[PersonaTable]


def persona_section(analysis: Analysis) -> PersonaSection | None:
    """The section; None where the run's spec has no persona section."""
    findings, words = analysis.persona, analysis.words.persona
    if findings is None:
        return None
    figures = Figures(analysis.words.language)
    return PersonaSection(
        in_short(findings, words),
        note_sentences(findings, words, figures),
        persona_tables(findings, analysis.tables.measures, words, figures),
    )
