"""The report as Markdown, for pull requests and chats: the verdict, the gate and the figures, without the cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reports.adapters import adapter_rows
from reports.analysis import Analysis
from reports.certificates import judge_rows
from reports.drawn_answers import drawn_answers_of
from reports.gating.gate import GateResult
from reports.gating.rule_names import rule_name
from reports.kinship import kinship_warnings
from reports.pages.corrected_text import corrected_rows
from reports.pages.difference_rows import corpus_cell, difference_rows, tells_dialogues
from reports.pages.figures import MARKS, Figures
from reports.pages.persona.section import persona_section
from reports.pages.persona.tables import PersonaTable
from reports.pages.preference_text import preference_tables
from reports.pages.text import one_line
from reports.pages.unmeasured_text import unmeasured_rows
from reports.pages.verdict import dialogues_replayed
from reports.pages.wording import Words
from reports.records import Measure, MeasureOfRun
from reports.repeatability import repeatability
from reports.suspicions import suspicions_of

_MOST_UNMEASURED = 10
_MEANINGFUL = re.compile(r"([\\`*_{}\[\]<>#|~!&@$])")


def markdown_report(analysis: Analysis) -> str:
    """The whole document, GitHub-flavoured."""
    words, manifest = analysis.words, analysis.tables.manifest
    blocks = [f"# {plain(analysis.verdict)}"]
    if analysis.gate:
        blocks += [plain(analysis.standing), f"## {words.gate}", gate_table(analysis.gate, words)]
    blocks += [
        f"## {words.measures}",
        measure_table(analysis),
        plain(analysis.legend),
    ]
    judges = judge_rows(manifest, analysis.tables.measures, words, drawn_answers_of(analysis.tables))
    blocks += [f"⚠ {plain(row.warning)}" for row in judges if row.warning]
    blocks += [f"⚠ {plain(warning)}" for warning in kinship_warnings(manifest, words)]
    if suspected := suspicions_of(analysis.tables).sentence(words):
        blocks.append(f"⚠ {plain(suspected)}")
    blocks += _persona_blocks(analysis)
    if analysis.comparison.differences:
        title = words.differences_title.format(baseline=manifest.baseline)
        blocks += [f"## {plain(title)}", _difference_table(analysis), plain(words.all_differences_hint)]
    blocks += _preference_blocks(analysis)
    if judges:
        table = markdown_table(words.judges.heads, (row.cells for row in judges))
        blocks += [f"## {words.judges.title}", plain(words.judges.hint), table]
    blocks += _unmeasured_blocks(analysis)
    if corrected := corrected_rows(analysis.corrected, analysis.tables.measures, words):
        table = markdown_table(words.judges.corrected_heads, corrected)
        blocks += [f"## {words.judges.corrected_title}", plain(words.judges.corrected_hint), table]
    if adapters := adapter_rows(manifest, words):
        table = markdown_table(words.adapter_heads, (row.cells for row in adapters))
        blocks += [f"## {words.adapters}", plain(words.adapters_hint), table]
    figures = Figures(words.language)
    suite = words.suite_in_short.format(
        suite=manifest.suite.name,
        version=manifest.suite.version,
        cases=figures.count(len(analysis.tables.cases)),
        dialogues=dialogues_replayed(analysis.tables, words),
    )
    finished = manifest.finished or words.still_running
    blocks += [
        f"## {words.provenance}",
        "\n".join(
            [
                f"- {plain(suite)}",
                f"- {words.when}: {plain(manifest.started)} – {plain(finished)}",
                f"- {words.hardware}: {plain(manifest.hardware)}",
                *(f"- {words.repeatability}: {plain(sentence)}" for sentence in repeatability(manifest, words)),
                *([f"- {words.command}: {plain(manifest.command_line)}"] if manifest.command else []),
                f"- {words.signature}: {plain(manifest.signature)}",
            ]
        ),
    ]
    return "\n\n".join(blocks) + "\n"


def plain(text: str) -> str:
    """Text on one line that Markdown shows as it is, whoever wrote it."""
    return _MEANINGFUL.sub(r"\\\1", one_line(text))


def gate_table(gate: GateResult, words: Words) -> str:
    """Every rule and candidate with its outcome and reason."""
    heads = [words.candidate, words.rule, words.outcome, words.reason]
    rows = (
        [outcome.candidate, rule_name(outcome.rule, words), words.outcomes[outcome.outcome], outcome.reason]
        for outcome in gate.outcomes
    )
    return markdown_table(heads, rows)


def measure_table(analysis: Analysis) -> str:
    """Every measure of every candidate, with marks for a real difference from the baseline."""
    baseline, words = analysis.comparison.baseline, analysis.words
    heads = [f"{name} ({words.baseline})" if name == baseline else name for name in analysis.tables.candidates]
    rows: list[list[str]] = []
    for measure in analysis.tables.measures:
        rows.append([measure.title, *(_mean(measure, name, analysis) for name in analysis.tables.candidates)])
        if measure.corpus:
            rows.append(_corpus_row(measure, analysis))
    return markdown_table([words.measure, *heads], rows, numbers=len(heads))


def _mean(measure: Measure, candidate: str, analysis: Analysis) -> str:
    figures, words = Figures(analysis.words.language), analysis.words
    mean = analysis.comparison.means[measure.name, candidate]
    if mean.mean is None:
        return words.does_not_apply if mean.coverage is None else words.not_measured
    parts = [figures.value(mean.mean, measure.decimals)]
    if mean.interval is not None:
        parts.append(f"±{figures.value(mean.interval.half_width, measure.decimals)}")
    difference = analysis.comparison.differences.get((measure.name, candidate))
    if difference is not None:
        parts.append(MARKS[difference.relation])
    if mean.passing is not None and tells_dialogues(measure, analysis.comparison):
        parts.append(f"({words.dialogues_pass.format(share=figures.percent(mean.passing.share))})")
    if mean.coverage is not None and mean.coverage < 1:
        parts.append(f"({words.measured_share.format(share=figures.percent(mean.coverage))})")
    return " ".join(parts)


def _corpus_row(measure: MeasureOfRun, analysis: Analysis) -> list[str]:
    figures, names = Figures(analysis.words.language), analysis.tables.candidates
    cells = (corpus_cell(measure, name, analysis.comparison, figures) for name in names)
    return [f"{measure.title}, {analysis.words.corpus_row}", *cells]


def _difference_table(analysis: Analysis) -> str:
    words = analysis.words
    rows = difference_rows(analysis.tables, analysis.comparison, words)
    heads = [words.measure, words.candidate, *words.difference_heads]
    return markdown_table(
        heads, ([row.measure, row.candidate, *row.figures] for row in rows), numbers=len(words.difference_heads)
    )


def _persona_blocks(analysis: Analysis) -> list[str]:
    section = persona_section(analysis)
    if section is None:
        return []
    blocks = [f"## {analysis.words.persona.title}", *map(plain, section.in_short), plain(analysis.words.persona.hint)]
    blocks += [f"⚠ {plain(sentence)}" for sentence in section.notes]
    if section.beside:
        blocks += [f"### {analysis.words.persona.beside_title}", *map(plain, section.beside_hints)]
    for beside in section.beside:
        blocks.append(f"#### {plain(beside.title)}")
        blocks += [f"**{plain(table.title)}**\n\n{_persona_table(table)}" for table in beside.tables]
    for table in section.tables:
        blocks += [f"### {plain(table.title)}", plain(table.hint), _persona_table(table)]
    return blocks


def _persona_table(table: PersonaTable) -> str:
    return markdown_table(table.heads, ([cell.line for cell in row] for row in table.rows), numbers=table.numbers)


def _unmeasured_blocks(analysis: Analysis) -> list[str]:
    words = analysis.words
    rows = unmeasured_rows(analysis.unmeasured, analysis.tables.measures, words)
    if not rows:
        return []
    blocks = [f"## {words.unmeasured}", markdown_table(words.unmeasured_heads, rows[:_MOST_UNMEASURED])]
    left_out = len(rows) - _MOST_UNMEASURED
    return [*blocks, plain(words.unmeasured_more.format(count=left_out))] if left_out > 0 else blocks


def _preference_blocks(analysis: Analysis) -> list[str]:
    words = analysis.words
    tables = preference_tables(analysis.preferences, words)
    blocks = [f"## {words.preferences}", plain(words.preferences_hint)] if tables else []
    for table in tables:
        blocks += [f"### {plain(table.title)}", plain(table.description)]
        blocks.append(markdown_table(words.preference_heads, table.rates, numbers=7))
        if table.ranking:
            blocks += [
                f"#### {words.ranking}",
                plain(words.ranking_hint),
                markdown_table(words.ranking_heads, table.ranking),
            ]
    return blocks


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """A table whose last `numbers` columns are set to the right."""
    rules = ["---"] * (len(heads) - numbers) + ["---:"] * numbers
    lines = [map(plain, heads), rules, *(map(plain, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
