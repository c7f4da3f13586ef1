"""The persona section of a report, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.pages.figures import Figures
from reports.pages.persona.sentences import in_short, note_sentences
from reports.pages.persona.tables import PersonaTable, SideBySide, lift_and_price, persona_tables
from reports.pages.text import one_line

if TYPE_CHECKING:
    from reports.analysis import Analysis


@dataclass(frozen=True, slots=True)
class PersonaSection:
    """What the section says, every number printed."""

    in_short: Sequence[str]
    notes: Sequence[str]
    beside_hints: Sequence[str]
    """How to read what follows."""
    beside: Sequence[SideBySide]
    """Lift and price of each imitator."""
    tables: Sequence[PersonaTable]


def persona_section(analysis: Analysis) -> PersonaSection | None:
    """The section; None where the run's spec has no persona section."""
    findings, words = analysis.persona, analysis.words.persona
    if findings is None:
        return None
    figures, measures, generic = Figures(analysis.words.language), analysis.tables.measures, one_line(findings.generic)
    return PersonaSection(
        in_short(findings, words),
        note_sentences(findings, words, figures),
        [hint.format(generic=generic) for hint in (words.lift_hint, words.price_hint)],
        lift_and_price(findings, measures, words, figures),
        persona_tables(findings, measures, words, figures),
    )
