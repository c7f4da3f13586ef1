"""One candidate's figures as Markdown for a model card: against the baseline where there is one."""

from __future__ import annotations

from reports.analysis import Analysis
from reports.pages.figures import MARKS, Figures
from reports.pages.markdown import markdown_table, plain
from reports.pages.verdict import dialogues_replayed, with_leak
from reports.records import MeasureOfRun


def model_table(analysis: Analysis, candidate: str) -> str:
    """A heading, a sentence on the suite, the table, and how to read it."""
    words, tables = analysis.words, analysis.tables
    suite = tables.manifest.suite
    baseline = analysis.comparison.baseline
    names = list(dict.fromkeys((baseline, candidate)))
    heads = [f"{name} ({words.baseline})" if name == baseline and len(names) > 1 else name for name in names]
    rows = [[measure.title, *(_figure(measure, name, analysis) for name in names)] for measure in tables.measures]
    sentence = words.suite_in_short.format(
        suite=suite.name,
        version=suite.version,
        cases=Figures(words.language).count(len(tables.cases)),
        dialogues=dialogues_replayed(tables, words),
    )
    figures = markdown_table([words.measure, *heads], rows, numbers=len(heads))
    marked = with_leak(sentence, tables.manifest, words)
    return "\n\n".join([f"## {plain(suite.name)}", plain(marked), figures, plain(analysis.legend)])


def _figure(measure: MeasureOfRun, candidate: str, analysis: Analysis) -> str:
    figures = Figures(analysis.words.language)
    mean = analysis.comparison.means[measure.name, candidate]
    if mean.mean is None:
        return analysis.words.not_measured
    difference = analysis.comparison.differences.get((measure.name, candidate))
    half_width = f"±{figures.value(mean.interval.half_width, measure.decimals)}" if mean.interval else ""
    mark = MARKS[difference.relation] if difference else ""
    return " ".join(filter(None, [figures.value(mean.mean, measure.decimals), half_width, mark]))
