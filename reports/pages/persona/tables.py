"""The tables of the persona section with every number printed; how they are written is the business of each format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reports.estimates import Difference
from reports.pages.figures import MARKS, Figures
from reports.pages.persona.sentences import author_name, person_name
from reports.pages.text import one_line
from reports.pages.wording.persona_words import PersonaWords
from reports.persona.findings import Cell, Compared, Estimate, Imitator, PersonaFindings, PersonStyle
from reports.records import MeasureOfRun
from reports.statistics.clusters import Interval

_NOTHING: Final = "–"
_DECIMALS: Final = 3
_HEAT_STEPS: Final = 4
_LOWEST: Final = "★"
_NEAREST: Final = "≈"


@dataclass(frozen=True, slots=True)
class TableCell:
    """One printed cell."""

    text: str
    heat: int = 0
    """How dark, 0 to 4; for the matrix alone."""
    interval: str = ""
    """Of the figure in `text`, where it has a line of its own."""

    @property
    def line(self) -> str:
        """All of it on one line."""
        return f"{self.text} {self.interval}".strip()


@dataclass(frozen=True, slots=True)
class PersonaTable:
    """One table of the section."""

    title: str
    hint: str
    heads: Sequence[str]
    rows: Sequence[Sequence[TableCell]]
    numbers: int
    """How many columns, counted from the last, are set to the right."""
    is_matrix: bool = False


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Tables of one imitator that are read beside each other: its lift, and at what price."""

    title: str
    tables: Sequence[PersonaTable]


@dataclass(frozen=True, slots=True)
class _Printer:
    """What every table needs."""

    findings: PersonaFindings
    measures: Sequence[MeasureOfRun]
    words: PersonaWords
    figures: Figures

    @property
    def generic(self) -> str:
        return one_line(self.findings.generic)

    def title_of(self, measure: str) -> str:
        """A measure's title: the run's own, or of those of style and nearness."""
        known = {one.name: one_line(one.title) for one in self.measures}
        return known.get(measure) or self.words.measures.get(measure, one_line(measure))

    def compared(self, one: Compared | None, decimals: int = _DECIMALS) -> str:
        """A difference with its interval and mark."""
        if one is None:
            return _NOTHING
        parts = [self.figures.signed(one.value, decimals), self._interval(one.interval, decimals, signed=True)]
        return " ".join(filter(None, [*parts, MARKS[one.relation]]))

    def cell(self, one: Compared | Difference | None, decimals: int = _DECIMALS) -> TableCell:
        """A difference with its mark, the interval below it."""
        value = one.difference if isinstance(one, Difference) else one.value if one else None
        if one is None or value is None:
            return TableCell(_NOTHING)
        text = f"{self.figures.signed(value, decimals)} {MARKS[one.relation]}".rstrip()
        return TableCell(text, interval=self._interval(one.interval, decimals, signed=True))

    def estimate(self, one: Estimate | None, decimals: int = _DECIMALS) -> str:
        """A mean with its interval."""
        if one is None:
            return _NOTHING
        return (
            f"{self.figures.value(one.value, decimals)} {self._interval(one.interval, decimals, signed=False)}".strip()
        )

    def _interval(self, interval: Interval | None, decimals: int, *, signed: bool) -> str:
        return "" if interval is None else self.figures.interval(interval, decimals, signed=signed)


def persona_tables(
    findings: PersonaFindings, measures: Sequence[MeasureOfRun], words: PersonaWords, figures: Figures
) -> list[PersonaTable]:
    """All tables that have rows, but those of lift and price.

    Args:
        findings: What was found.
        measures: Of the run, for their titles.
        words: The reports' language.
        figures: Prints its numbers.
    """
    printer = _Printer(findings, measures, words, figures)
    tables = [_matrix(printer), _gains(printer), _authorship(printer), _taken(printer)]
    tables += [_style(style, printer) for style in findings.styles]
    tables.append(_persons(printer))
    return [table for table in tables if table.rows]


def lift_and_price(
    findings: PersonaFindings, measures: Sequence[MeasureOfRun], words: PersonaWords, figures: Figures
) -> list[SideBySide]:
    """Of each imitator the lift and the price, as far as either was measured.

    Args:
        findings: What was found.
        measures: Of the run, for their titles and order.
        words: The reports' language.
        figures: Prints its numbers.
    """
    printer = _Printer(findings, measures, words, figures)
    found = []
    for one in findings.imitators:
        title = words.imitates.format(candidate=one_line(one.candidate), person=person_name(one.person, words))
        tables = [table for table in (_lift(one, printer), _price(one, printer)) if table.rows]
        found.append(SideBySide(title, tables))
    return [one for one in found if one.tables]


def _lift(imitator: Imitator, printer: _Printer) -> PersonaTable:
    controls = (imitator.prompt_only, imitator.other_card)
    rows = []
    for lift in printer.findings.lifts:
        if lift.candidate == imitator.candidate:
            beyond = {control.control: control.beyond for control in lift.controls}
            cells = [printer.cell(beyond.get(name)) for name in controls if name is not None]
            rows.append([TableCell(printer.title_of(lift.measure)), printer.cell(lift.lift), *cells])
    measure, lift_head, *beyond_heads = printer.words.lift_heads
    heads = [head for head, name in zip(beyond_heads, controls, strict=True) if name is not None]
    return PersonaTable(printer.words.lift_title, "", [measure, lift_head, *heads], rows, 1 + len(heads))


def _price(imitator: Imitator, printer: _Printer) -> PersonaTable:
    words, rows = printer.words, []
    (price,) = (one for one in printer.findings.prices if one.candidate == imitator.candidate)
    contexts, outside = ({one.measure: one for one in found} for found in (price.contexts, price.outside))
    for measure in (one.name for one in printer.measures if one.name in contexts.keys() | outside.keys()):
        decimals = _decimals(measure, printer)
        cells = [printer.cell(found.get(measure), decimals) for found in (contexts, outside)]
        rows.append([TableCell(printer.title_of(measure)), *cells])
    *heads, outside_head = words.price_heads
    outside_head = outside_head.format(suite=one_line(price.outside_suite or words.outside_missing))
    return PersonaTable(words.price_title, "", [*heads, outside_head], rows, 2)


def _matrix(printer: _Printer) -> PersonaTable:
    words, matrix = printer.words, printer.findings.matrix
    if matrix is None:
        return PersonaTable(words.matrix_title, "", (), (), 0)
    cells = {(cell.candidate, cell.person): cell for cell in matrix.cells}
    columns = {person: [cell.perplexity for cell in matrix.cells if cell.person == person] for person in matrix.persons}
    rows = [
        [
            TableCell(one_line(name)),
            *(_matrix_cell(cells.get((name, person)), columns[person], printer) for person in matrix.persons),
        ]
        for name in matrix.candidates
    ]
    heads = [words.matrix_corner, *(person_name(person, words) for person in matrix.persons)]
    hint = words.matrix_hint.format(generic=printer.generic)
    return PersonaTable(words.matrix_title, hint, heads, rows, len(matrix.persons), is_matrix=True)


def _matrix_cell(cell: Cell | None, column: Sequence[float], printer: _Printer) -> TableCell:
    if cell is None:
        return TableCell(_NOTHING)
    decimals = 2 if cell.perplexity < 100 else 0
    parts = [
        printer.estimate(Estimate(value=cell.perplexity, interval=cell.interval, dialogues=cell.dialogues), decimals)
    ]
    if cell.against_generic is not None:
        parts.append(MARKS[cell.against_generic.relation])
    if cell.is_lowest:
        parts.append(_LOWEST)
    low, high = min(column), max(column)
    heat = round(_HEAT_STEPS * (high - cell.perplexity) / (high - low)) if high > low else 0
    return TableCell(" ".join(filter(None, parts)), heat)


def _gains(printer: _Printer) -> PersonaTable:
    words, matrix = printer.words, printer.findings.matrix
    rows = []
    for gain in matrix.gains if matrix else ():
        lead = f"{printer.compared(gain.lead)} ({one_line(gain.runner_up)})" if gain.runner_up else _NOTHING
        cells = [printer.compared(gain.own), printer.estimate(gain.others), printer.compared(gain.personal), lead]
        rows.append(_cells(one_line(gain.candidate), one_line(gain.person), *cells))
    return PersonaTable(words.gain_title, words.gain_hint.format(generic=printer.generic), words.gain_heads, rows, 4)


def _authorship(printer: _Printer) -> PersonaTable:
    words, authorship, figures = printer.words, printer.findings.authorship, printer.figures
    rows = [
        _cells(
            author_name(one.candidate, one.person, words),
            one_line(one.person),
            printer.estimate(one.own),
            printer.estimate(one.likeness),
            printer.estimate(one.lead),
        )
        for one in authorship.rows
    ]
    hint = words.authorship_hint
    if authorship.accuracy is not None and authorship.chance is not None and authorship.calibration_error is not None:
        accuracy = words.accuracy.format(
            accuracy=printer.estimate(authorship.accuracy),
            chance=figures.value(authorship.chance, _DECIMALS),
            calibration=figures.value(authorship.calibration_error, _DECIMALS),
        )
        hint = f"{hint} {accuracy}"
    return PersonaTable(words.authorship_title, hint, words.authorship_heads, rows, 3)


def _taken(printer: _Printer) -> PersonaTable:
    words = printer.words
    rows = [
        _cells(
            one_line(one.judge),
            one_line(one.candidate),
            one_line(one.person),
            printer.figures.count(one.pairs),
            printer.estimate(one.share),
            printer.compared(one.beyond_generic),
        )
        for one in printer.findings.taken_for_real
    ]
    heads = [head.format(generic=printer.generic) for head in words.taken_heads]
    return PersonaTable(words.taken_title, words.taken_hint, heads, rows, 3)


def _style(style: PersonStyle, printer: _Printer) -> PersonaTable:
    words = printer.words
    candidates = [gap.candidate for gap in style.gaps if gap.candidate is not None]
    heads = ["", words.style_training, words.style_person, *map(one_line, candidates)]
    rows = [*_style_rows(style, candidates, printer), *_gap_rows(style, candidates, printer)]
    title = words.style_title.format(person=one_line(style.person))
    return PersonaTable(title, words.style_hint, heads, rows, len(heads) - 1)


def _style_rows(style: PersonStyle, candidates: Sequence[str], printer: _Printer) -> Iterator[list[TableCell]]:
    for row in style.rows:
        figures = [row.candidates.get(name) for name in candidates]
        gaps = [figure.gap for figure in figures if figure is not None and figure.gap is not None]
        nearest = min(gaps) if gaps and min(gaps) < max(gaps) else None
        texts = [
            _NOTHING
            if figure is None
            else printer.estimate(figure.mean, 2) + (f" {_NEAREST}" if figure.gap == nearest is not None else "")
            for figure in figures
        ]
        real = printer.estimate(row.held_out.mean, 2) if row.held_out else _NOTHING
        yield _cells(printer.words.measures[row.measure], printer.estimate(row.training, 2), real, *texts)


def _gap_rows(style: PersonStyle, candidates: Sequence[str], printer: _Printer) -> Iterator[list[TableCell]]:
    gaps = {gap.candidate: gap for gap in style.gaps}
    if not gaps:
        return
    real = printer.estimate(gaps[None].gap, 2) if None in gaps else _NOTHING
    yield _cells(printer.words.style_gap, "", real, *(printer.estimate(gaps[name].gap, 2) for name in candidates))
    nearer = (printer.compared(gaps[name].nearer, 2) for name in candidates)
    yield _cells(printer.words.style_nearer.format(generic=printer.generic), "", "", *nearer)


def _persons(printer: _Printer) -> PersonaTable:
    words, count = printer.words, printer.figures.count
    rows = [
        _cells(
            person_name(person.name, words),
            count(person.training_replies),
            count(person.training_dialogues),
            count(person.held_out_replies),
            count(person.held_out_dialogues),
        )
        for person in printer.findings.persons
    ]
    return PersonaTable(words.persons_title, words.persons_hint, words.persons_heads, rows, 4)


def _cells(*texts: str) -> list[TableCell]:
    return [TableCell(text) for text in texts]


def _decimals(measure: str, printer: _Printer) -> int:
    return next((one.decimals for one in printer.measures if one.name == measure), _DECIMALS)
