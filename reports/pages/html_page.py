"""What the HTML page says, part by part, as plain values for the templates: every number is already printed.

Names and descriptions are made visible here and escaped by the templates. Cases are in `reports.pages.case_data`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from reports.adapters import adapter_rows
from reports.analysis import Analysis
from reports.certificates import judge_rows
from reports.confusion import Confusion
from reports.drawn_answers import drawn_answers_of
from reports.estimates import Difference, Mean
from reports.gating.gate import RuleOutcome
from reports.gating.rule_names import rule_name
from reports.kinship import kinship_warnings
from reports.pages.charts import Chart, forest_plot, shared_limits
from reports.pages.corrected_text import corrected_rows
from reports.pages.difference_rows import corpus_cell, difference_rows, tells_dialogues
from reports.pages.failure_text import failure_views
from reports.pages.figures import MARKS, Figures
from reports.pages.persona.section import persona_section
from reports.pages.pictures import pictures_of
from reports.pages.preference_text import preference_tables
from reports.pages.text import one_line, visible
from reports.pages.unmeasured_text import unmeasured_rows
from reports.pages.verdict import dialogues_replayed
from reports.pages.wording import Words
from reports.records import Manifest, Measure
from reports.repeatability import repeatability

View = dict[str, Any]
"""Named values for a template."""

_SIGNS = {"pass": "✓", "fail": "✗", "inconclusive": "?"}
_HEAT_STEPS = 4
_THIN_COVERAGE = 0.9  # below it, coverage catches the eye


@dataclass(frozen=True, slots=True)
class _Printer:
    """What every part needs: the analysis, its words and its number format."""

    analysis: Analysis
    words: Words
    figures: Figures


def page_of(analysis: Analysis) -> View:
    """All parts of the page but the cases."""
    printer = _Printer(analysis, analysis.words, Figures(analysis.words.language))
    manifest = analysis.tables.manifest
    words = analysis.words
    left_out = analysis.slices.left_out
    judges = judge_rows(manifest, analysis.tables.measures, words, drawn_answers_of(analysis.tables))
    return {
        "title": f"{one_line(manifest.suite.name)} · {one_line(manifest.run)}",
        "run": one_line(manifest.run),
        "verdict": one_line(analysis.verdict),
        "lead": one_line(analysis.standing) if analysis.gate else "",
        "facts": _facts(printer),
        "candidates": [
            {"name": one_line(name), "is_baseline": name == manifest.baseline} for name in analysis.tables.candidates
        ],
        "measures_hint": analysis.legend,
        "kin": kinship_warnings(manifest, words),
        "suspected": analysis.suspicions.sentence(words),
        "judges": judges,
        "unmeasured": unmeasured_rows(analysis.unmeasured, analysis.tables.measures, words),
        "corrected": corrected_rows(analysis.corrected, analysis.tables.measures, words),
        "measure_groups": _measure_groups(printer),
        "gate": [_gate_row(outcome, words) for outcome in analysis.gate.outcomes] if analysis.gate else [],
        "differences_title": words.differences_title.format(baseline=one_line(manifest.baseline)),
        "differences_heads": words.difference_heads,
        "differences": [
            {**asdict(row), "measure": one_line(row.measure), "candidate": one_line(row.candidate)}
            for row in difference_rows(analysis.tables, analysis.comparison, words)
        ],
        "charts": _charts(analysis),
        "pictures": pictures_of(analysis),
        "has_slices": bool(analysis.slices.slices),
        "slices_left_out": words.slices_left_out.format(count=left_out) if left_out else "",
        "confusions": [_matrix(confusion, printer) for confusion in analysis.confusions],
        "tells_failures": any(measure.kind in ("act", "check", "judge") for measure in analysis.tables.measures),
        "failures": failure_views(analysis),
        "failures_left_out": _failures_left_out(printer),
        "preferences": preference_tables(analysis.preferences, words),
        "persona": persona_section(analysis),
        "glossary": [_glossary_entry(i, measure, printer) for i, measure in enumerate(analysis.tables.measures)],
        "adapters": [row.cells for row in adapter_rows(manifest, words)],
        "provenance": _provenance(manifest, words),
        "spec": visible(json.dumps(manifest.spec, ensure_ascii=False, indent=2)),
    }


def slices_payload(analysis: Analysis) -> View | None:
    """The slices for the page's script: a row a slice, the whole suite first, its figures by measure and candidate."""
    if not analysis.slices.slices:
        return None
    comparison, tables = analysis.comparison, analysis.tables
    rows = [
        {
            "kind": part.kind,
            "name": one_line(part.name),
            "cases": part.cases,
            "few": part.dialogues if part.is_small else None,
            "figures": _slice_figures(analysis, part.means, part.differences),
        }
        for part in analysis.slices.slices
    ]
    whole = {
        "kind": None,
        "name": analysis.words.script.all_cases,
        "cases": len(tables.cases),
        "few": None,
        "figures": _slice_figures(analysis, comparison.means, comparison.differences),
    }
    kinds = [measure.kind for measure in tables.measures]
    return {
        "candidates": [one_line(name) for name in tables.candidates],
        "measures": [{"title": one_line(m.title), "decimals": m.decimals} for m in tables.measures],
        "start": next((i for kind in ("judge", "act", "check") for i, k in enumerate(kinds) if k == kind), 0),
        "slices": [whole, *rows],
    }


def _slice_figures(
    analysis: Analysis, means: dict[tuple[str, str], Mean], differences: dict[tuple[str, str], Difference]
) -> list[list[Any]]:
    """[mean, interval, difference, relation] or null, by measure and candidate."""

    def figures(measure: Measure, candidate: str) -> list[Any] | None:
        mean = means[measure.name, candidate]
        if mean.mean is None:
            return None
        difference = differences.get((measure.name, candidate))
        return [
            round(mean.mean, 4),
            None if mean.interval is None else [round(mean.interval.low, 4), round(mean.interval.high, 4)],
            None if difference is None or difference.difference is None else round(difference.difference, 4),
            None if difference is None else difference.relation,
        ]

    return [[figures(m, name) for name in analysis.tables.candidates] for m in analysis.tables.measures]


def _facts(printer: _Printer) -> list[View]:
    manifest, words, figures = printer.analysis.tables.manifest, printer.words, printer.figures
    cases = printer.analysis.tables.cases
    dialogues = dialogues_replayed(printer.analysis.tables, words)
    names = [
        f"{one_line(name)} ({words.baseline})" if name == manifest.baseline else one_line(name)
        for name in manifest.candidates
    ]
    return [
        _fact(words.candidates, *names),
        _fact(words.suite, one_line(manifest.suite.name), f"{words.version}: {one_line(manifest.suite.version)}"),
        _fact(words.cases, f"{figures.count(len(cases))}", f"{words.dialogues}: {dialogues}"),
        _fact(words.when, *_when(manifest, words)),
        _fact(words.hardware, one_line(manifest.hardware)),
    ]


def _fact(label: str, *lines: str) -> View:
    return {"label": label, "lines": [line for line in lines if line]}


def _when(manifest: Manifest, words: Words) -> list[str]:
    started = _time(manifest.started)
    return [started, f"– {_time(manifest.finished)}" if manifest.finished else words.still_running]


def _time(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return one_line(text)
    zone = moment.tzname() or ""
    return f"{moment:%Y-%m-%d %H:%M} {zone}".strip()


def _measure_groups(printer: _Printer) -> list[View]:
    measures = printer.analysis.tables.measures
    groups = []
    for kind, title in printer.words.kinds.items():
        rows = [_measure_row(i, m, printer) for i, m in enumerate(measures) if m.kind == kind]
        if rows:
            groups.append({"title": title, "rows": rows})
    return groups


def _measure_row(number: int, measure: Measure, printer: _Printer) -> View:
    return {
        "number": number,
        "title": one_line(measure.title),
        "explanation": f"{one_line(measure.description)}\n{one_line(measure.signature)}",
        "lower_is_better": measure.direction < 0,
        "cells": [_cell(measure, name, printer) for name in printer.analysis.tables.candidates],
    }


def _cell(measure: Measure, candidate: str, printer: _Printer) -> View:
    words, figures, comparison = printer.words, printer.figures, printer.analysis.comparison
    mean = comparison.means[measure.name, candidate]
    difference = comparison.differences.get((measure.name, candidate))
    relation = difference.relation if difference else "unclear"
    interval = mean.interval
    return {
        "mean": "" if mean.mean is None else figures.value(mean.mean, measure.decimals),
        "missing": words.does_not_apply if mean.coverage is None else words.not_measured,
        "half_width": figures.value(interval.half_width, measure.decimals) if interval else "",
        "interval": f"{words.interval} {_interval(mean, measure, figures)}",
        "relation": relation,
        "relation_word": words.relations[relation],
        "mark": MARKS[relation],
        "difference": ""
        if difference is None or difference.difference is None
        else figures.signed(difference.difference, measure.decimals),
        "corpus": corpus_cell(measure, candidate, comparison, figures),
        "passing": ""
        if mean.passing is None or not tells_dialogues(measure, comparison)
        else words.dialogues_pass.format(share=figures.percent(mean.passing.share)),
        "is_thin": mean.coverage is not None and mean.coverage < _THIN_COVERAGE,
        "coverage": ""
        if mean.coverage is None or mean.coverage == 1
        else words.measured_share.format(share=figures.percent(mean.coverage)),
    }


def _interval(estimate: Mean | Difference, measure: Measure, figures: Figures) -> str:
    interval = estimate.interval
    if interval is None:
        return "–"
    return figures.interval(interval, measure.decimals, signed=isinstance(estimate, Difference))


def _gate_row(outcome: RuleOutcome, words: Words) -> View:
    return {
        "candidate": one_line(outcome.candidate),
        "rule": one_line(rule_name(outcome.rule, words)),
        "outcome": outcome.outcome,
        "outcome_word": words.outcomes[outcome.outcome],
        "sign": _SIGNS[outcome.outcome],
        "reason": one_line(outcome.reason),
    }


def _charts(analysis: Analysis) -> list[View]:
    measures = analysis.tables.measures
    limits = shared_limits(analysis.comparison, measures)
    others = [name for name in analysis.tables.candidates if name != analysis.comparison.baseline]
    drawn = [forest_plot(name, analysis.comparison, measures, analysis.words, limits) for name in others]
    return [_chart(chart) for chart in drawn if chart is not None]


def _chart(chart: Chart) -> View:
    return {
        "candidate": one_line(chart.candidate),
        "description": chart.description,
        "svg": Markup(chart.svg),  # drawn here; the drawing library escapes the names in it
    }


def _failures_left_out(printer: _Printer) -> str:
    left_out = printer.analysis.failures.left_out
    return printer.words.failures.left_out.format(count=printer.figures.count(left_out)) if left_out else ""


def _matrix(confusion: Confusion, printer: _Printer) -> View:
    words, figures = printer.words, printer.figures
    right, measured = confusion.right()
    unmeasured = int(confusion.counts[:, -1].sum())
    columns = confusion.counts if unmeasured else confusion.counts[:, :-1]
    share = figures.percent(right / measured) if measured else "–"
    return {
        "candidate": one_line(confusion.candidate),
        "right": words.acts_right.format(share=share),
        "done": [*map(one_line, confusion.done), *([words.act_unmeasured] if unmeasured else [])],
        "rows": [
            {"due": one_line(act), "cells": _matrix_cells(columns[i].tolist(), i, figures)}
            for i, act in enumerate(confusion.due)
        ],
    }


def _matrix_cells(counts: Sequence[int], right: int, figures: Figures) -> list[View]:
    total = max(1, sum(counts))
    return [
        {"count": figures.count(n), "is_right": column == right, "heat": -(-n * _HEAT_STEPS // total)}
        for column, n in enumerate(counts)
    ]


def _glossary_entry(number: int, measure: Measure, printer: _Printer) -> View:
    scale = ""
    if measure.scale is not None:
        low, high = (f"{end:g}" for end in measure.scale)
        scale = printer.words.scale.format(low=low, high=high)
    if measure.direction < 0:
        scale = f"{scale} ({printer.words.lower_is_better})".strip()
    return {
        "number": number,
        "name": one_line(measure.name),
        "title": one_line(measure.title),
        "description": one_line(measure.description),
        "scale": scale,
        "signature": one_line(measure.signature),
    }


def _provenance(manifest: Manifest, words: Words) -> list[View]:
    facts = [
        _fact(words.run_status, words.run_statuses[manifest.status]),
        _fact(words.command, one_line(manifest.command_line)),
        _fact(words.signature, one_line(manifest.signature)),
        _fact(words.suite_hash, one_line(manifest.suite.hash)),
        _fact(words.git_commit, one_line(manifest.git_commit or "")),
        _fact(words.seeds, ", ".join(map(str, manifest.seeds))),
        _fact(words.repeatability, *repeatability(manifest, words)),
        _fact(words.versions, *(one_line(f"{name} {version}") for name, version in manifest.versions.items())),
    ]
    for name, settings in manifest.candidates.items():
        label = words.candidate_settings.format(candidate=one_line(name))
        facts.append(_fact(label, visible(json.dumps(settings, ensure_ascii=False))))
    return [fact for fact in facts if fact["lines"]]
