"""The summary of a run on the screen. It says the same without colour."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from reports.adapters import adapter_rows
from reports.certificates import judge_rows
from reports.comparison import Comparison, compare_run
from reports.corrected import corrected_means
from reports.drawn_answers import drawn_answers_of
from reports.estimates import Difference, Mean
from reports.kinship import kinship_warnings
from reports.pages.corrected_text import corrected_lines
from reports.pages.difference_rows import corpus_cell, correction_sentence, tells_dialogues
from reports.pages.figures import MARKS, Figures
from reports.pages.persona.sentences import in_short, note_sentences
from reports.pages.preference_text import preference_lines
from reports.pages.text import one_line
from reports.pages.verdict import comparison_sentence, dialogues_replayed, stopping_sentence
from reports.pages.wording import ENGLISH
from reports.persona.analysis import persona_findings
from reports.preferences import preferences_of
from reports.reasons import commonest_reasons
from reports.records import Measure
from reports.scores import Scores, scores_of
from reports.suspicions import suspicions_of
from reports.tables import RunTables

_STYLES = {"better": "green", "worse": "red", "different": "yellow", "unclear": ""}
_FIGURES = Figures("en")
_TITLE_WIDTH = 28
_FIGURE_WIDTH = len("0.123")
_LONGEST_REASON = 300
_SHARE_DECIMALS = 3


def print_summary(tables: RunTables, console: Console) -> None:
    """Print the verdict and a table of measures by candidate.

    Raises:
        ReportError: The tables contradict each other.
    """
    scores = scores_of(tables)
    comparison = compare_run(tables, scores)
    console.print(Text(one_line(comparison_sentence(tables, comparison, ENGLISH)), style="bold"))
    for line in (_what_was_run(tables), *_merged_runs(tables)):
        console.print(Text(line, style="dim"))
    if stopped := stopping_sentence(tables, ENGLISH):
        console.print(Text(one_line(stopped)))
    for table in _tables(tables, comparison, console):
        console.print(table)
    for line in (*_reasons(tables, comparison), *_suspicions(tables), *_kin(tables), *_adapters(tables)):
        console.print(Text(line))
    for row in judge_rows(tables.manifest, tables.measures, ENGLISH, drawn_answers_of(tables)):
        console.print(Text(row.in_short))
        if row.warning:
            console.print(Text(f"⚠ {row.warning}", style="bold"))
    for line in corrected_lines(corrected_means(tables), tables.measures):
        console.print(Text(line))
    for line in (*preference_lines(preferences_of(tables), ENGLISH), *_persona(tables, scores)):
        console.print(Text(line))
    for line in _legend(comparison, tables.measures):
        console.print(Text(line, style="dim"))


def _what_was_run(tables: RunTables) -> str:
    suite = tables.manifest.suite
    return ENGLISH.suite_in_short.format(
        suite=one_line(suite.name),
        version=one_line(suite.version),
        cases=_FIGURES.count(len(tables.cases)),
        dialogues=dialogues_replayed(tables, ENGLISH),
    )


def _persona(tables: RunTables, scores: Scores) -> list[str]:
    """How near each imitator comes to its person, and what limits that; of one run only, not of several compared."""
    findings = None if tables.merged else persona_findings(tables, scores)
    if findings is None:
        return []
    return [*in_short(findings, ENGLISH.persona), *note_sentences(findings, ENGLISH.persona, _FIGURES)]


def _merged_runs(tables: RunTables) -> list[str]:
    """When and on what each run was made, where several are compared."""
    lines = []
    for origin in tables.merged:
        engine = origin.manifest.spec.get("engine") or {}
        facts = (origin.manifest.started, engine.get("kind"), engine.get("model"), origin.manifest.hardware)
        lines.append(one_line(f"{origin.folder}: {', '.join(str(fact) for fact in facts if fact)}"))
    return lines


def _tables(tables: RunTables, comparison: Comparison, console: Console) -> list[Table]:
    """One table, or several where the screen is too narrow for all candidates side by side."""
    names, unbounded = tables.candidates, console.options.update_width(10_000)
    for side_by_side in range(len(names), 0, -1):
        parts = [names[start : start + side_by_side] for start in range(0, len(names), side_by_side)]
        made = [_table(tables, comparison, part) for part in parts]
        if all(Measurement.get(console, unbounded, table).maximum <= console.width for table in made):
            break
    return made


def _table(tables: RunTables, comparison: Comparison, candidates: Sequence[str]) -> Table:
    table = Table(header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(ENGLISH.measure, max_width=_TITLE_WIDTH, overflow="fold")
    for name in candidates:
        table.add_column(_head(name, comparison.baseline))
    for measure in tables.measures:
        cells = (
            _cell(measure, comparison.means[measure.name, name], comparison.differences.get((measure.name, name)))
            for name in candidates
        )
        table.add_row(Text(_title(measure)), *cells)
        if measure.corpus:
            cells = (Text(corpus_cell(measure, name, comparison, _FIGURES), style="dim") for name in candidates)
            table.add_row(Text(f"  {ENGLISH.corpus_row}", style="dim"), *cells)
        if tells_dialogues(measure, comparison):
            cells = (_passing(comparison.means[measure.name, name]) for name in candidates)
            table.add_row(Text(f"  {ENGLISH.whole_dialogues}", style="dim"), *cells)
    return table


def _head(name: str, baseline: str) -> Text:
    head = Text(one_line(name))
    if name == baseline:
        head.append(f"\n{ENGLISH.baseline}", style="dim")
    return head


def _title(measure: Measure) -> str:
    arrow = {-1: " ↓", 0: "", 1: ""}[measure.direction]
    return one_line(measure.title) + arrow


def _cell(measure: Measure, mean: Mean, difference: Difference | None) -> Text:
    if mean.mean is None:
        applies = mean.coverage is not None
        return Text(ENGLISH.not_measured if applies else ENGLISH.does_not_apply, style="dim")
    cell = Text(_aligned(measure, mean.mean))
    half_width = f"±{_FIGURES.value(mean.interval.half_width, measure.decimals)}" if mean.interval else ""
    cell.append(f" {half_width:<{_FIGURE_WIDTH + 1}}", style="dim")
    relation = difference.relation if difference else "unclear"
    cell.append(f" {MARKS[relation] or ' '}", style=_STYLES[relation])
    if mean.coverage is not None and mean.coverage < 1:
        cell.append(f" {_whole_percent(mean.coverage)}", style="dim")
    return cell


def _passing(mean: Mean) -> Text:
    """The share of dialogues in which all target turns pass."""
    passing = mean.passing
    if passing is None:
        return Text("")
    half_width = f" ±{_FIGURES.value(passing.interval.half_width, _SHARE_DECIMALS)}" if passing.interval else ""
    return Text(f"{_FIGURES.value(passing.share, _SHARE_DECIMALS):>{_FIGURE_WIDTH}}{half_width}", style="dim")


def _aligned(measure: Measure, figure: float) -> str:
    """A figure with space before it, so that figures of all measures end below each other."""
    return f"{_FIGURES.value(figure, measure.decimals):>{_FIGURE_WIDTH}}"


def _whole_percent(share: float) -> str:
    """Short, and never 100 % where something is missing."""
    return f"{int(100 * share)}%"


def _reasons(tables: RunTables, comparison: Comparison) -> list[str]:
    """Why measures were not taken for some candidate, a line a reason."""
    unmeasured = {
        name for (name, _), mean in comparison.means.items() if mean.mean is None and mean.coverage is not None
    }
    reasons = commonest_reasons(tables, unmeasured)
    titles: dict[str, list[str]] = {}
    for measure in tables.measures:
        if measure.name in reasons:
            titles.setdefault(reasons[measure.name], []).append(one_line(measure.title))
    return [
        ENGLISH.not_measured_because.format(measures=", ".join(own), reason=_shortened(reason))
        for reason, own in titles.items()
    ]


def _suspicions(tables: RunTables) -> list[str]:
    """A line where replies are suspected of trying to move their judge."""
    return list(filter(None, [suspicions_of(tables).sentence(ENGLISH)]))


def _kin(tables: RunTables) -> list[str]:
    """A line for each judge that judges its own family."""
    return [f"warning: {line}" for line in kinship_warnings(tables.manifest, ENGLISH)]


def _shortened(reason: str) -> str:
    line = one_line(reason)
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"


def _adapters(tables: RunTables) -> list[str]:
    """A line on each adapter that was proven at work, or why it could not be."""
    lines = []
    for row in adapter_rows(tables.manifest, ENGLISH):
        short = ENGLISH.adapter_in_short.format(
            candidate=row.candidate, from_base=row.from_base or "–", from_peft=row.from_peft or "–"
        )
        lines.append(short if row.from_peft else f"{short[:-1]} ({row.remark}).")
    return lines


def _legend(comparison: Comparison, measures: Sequence[Measure]) -> list[str]:
    lines = [ENGLISH.legend_interval]
    if comparison.differences:
        lines.append(ENGLISH.legend_marks.format(baseline=one_line(comparison.baseline)))
    if corrected := correction_sentence(comparison, ENGLISH):
        lines.append(corrected)
    if any(difference.relation == "different" for difference in comparison.differences.values()):
        lines.append(ENGLISH.legend_different)
    if any(measure.direction < 0 for measure in measures):
        lines.append(f"↓ {ENGLISH.lower_is_better}.")
    if any(mean.coverage is not None and mean.coverage < 1 for mean in comparison.means.values()):
        lines.append(ENGLISH.legend_coverage)
    return lines
