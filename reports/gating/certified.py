"""The gate rule that demands a certificate: `{measure: correctness, certified: {kappa: 0.4}}`.

It passes only if the lower end of every demanded figure's interval is at least what is demanded, as non-inferiority
does: a judge with a good figure by luck, on few labels, is not certified for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from scipy import special

from reports.certificates import AgreementFigure, RunCertificate, changes_in_words, printed
from reports.gating.policy import GateRule
from reports.pages.figures import Figures
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.statistics.clusters import CONFIDENCE, Interval
from reports.statistics.power import more_dialogues

_Outcome = Literal["pass", "fail", "inconclusive"]

_QUANTILE: Final = float(special.ndtri((1 + CONFIDENCE) / 2))
_MOST_REPLIES: Final = 1_000_000  # more than these is said as "no number"

_OVER_ITEMS: Final = ("accuracy", "kappa", "ac1")
"""Figures that the certificate of a checklist gives over its items."""


class CertifiedOutcome(NamedTuple):
    """What became of the rule."""

    outcome: _Outcome
    reason: str
    """One sentence."""
    labels_needed: int | None = None
    """Where intervals straddle what is demanded: labelled replies in all that would decide it in four of five calibrations, were
    the figures the truth; None where no number would."""


def certified_outcome(rule: GateRule, title: str, certificate: RunCertificate | None, words: Words) -> CertifiedOutcome:
    """The outcome, and the sentence that says why.

    A judge without a certificate that counts was not held against people by this rubric: that is inconclusive, as
    everything that was not measured is.

    Args:
        rule: With `certified`.
        title: Of the measure.
        certificate: Of the judge that takes the measure, if it has one.
        words: The language of the sentence.
    """
    own, measure = words.judges, one_line(title)
    if certificate is None:
        return CertifiedOutcome("inconclusive", own.gate_uncertified.format(measure=measure))
    if not certificate.counts:
        changes = changes_in_words(certificate, words)
        return CertifiedOutcome("inconclusive", own.gate_no_longer.format(measure=measure, changes=changes))
    assert rule.certified is not None
    sides, told, needed = [], [], []
    for name, least in rule.certified.items():
        figure = certificate.figure(name)
        if figure is None or figure.interval is None:
            sentence = own.gate_no_interval if figure else _no_figure(certificate, name, words)
            return CertifiedOutcome("inconclusive", sentence.format(measure=measure, figure=own.figures[name]))
        side = _side(figure.interval, least)
        sides.append(side)
        if side == "inconclusive":
            needed.append(_replies_needed(figure, figure.interval, least, certificate.certificate.replies))
        told.append(f"{own.figures[name]} {printed(figure, words)}")
    outcome: _Outcome = "fail" if "fail" in sides else "inconclusive" if "inconclusive" in sides else "pass"
    sentence = {"pass": own.gate_pass, "fail": own.gate_fail, "inconclusive": own.gate_unclear}[outcome]
    labels = _most(needed) if outcome == "inconclusive" else None
    way_out = own.gate_labels.format(replies=Figures(words.language).count(labels)) if labels else own.gate_no_labels
    reason = sentence.format(measure=measure, figures=words.list_separator.join(told), way_out=way_out)
    return CertifiedOutcome(outcome, reason, labels)


def _no_figure(certificate: RunCertificate, name: str, words: Words) -> str:
    """The sentence on a figure that a certificate lacks: checklists have those over labels where their items are labelled."""
    over_items = certificate.certificate.scale == "checklist" and name in _OVER_ITEMS
    return words.judges.gate_no_item_figure if over_items else words.judges.gate_no_figure


def _replies_needed(figure: AgreementFigure, interval: Interval, least: float, replies: int) -> int | None:
    """How many labelled replies in all would put an interval on the side where its figure is; None where no number would."""
    if figure.value is None:
        return None
    half = figure.value - interval.low if figure.value > least else interval.high - figure.value
    more = more_dialogues(figure.value - least, half / _QUANTILE, replies)
    return replies + more if more is not None and more < _MOST_REPLIES else None


def _most(counts: Sequence[int | None]) -> int | None:
    """What decides all; None where one of them nothing decides."""
    known = [count for count in counts if count is not None]
    return max(known) if len(known) == len(counts) else None


def _side(interval: Interval, least: float) -> _Outcome:
    """Where an interval lies beside what is demanded."""
    if interval.low >= least:
        return "pass"
    return "fail" if interval.high < least else "inconclusive"


def certified_rule_name(rule: GateRule, words: Words) -> str:
    """The rule in short: `correctness certified, Cohen's kappa at least 0.4`."""
    demands = (
        words.gating.rule_at_least.format(measure=words.judges.figures[name], bound=f"{least:g}")
        for name, least in (rule.certified or {}).items()
    )
    return words.judges.rule.format(measure=rule.measure, demands=words.list_separator.join(demands))
