"""The gate rule that demands a certificate: `{measure: correctness, certified: {kappa: 0.4}}`.

It passes only if the lower end of every demanded figure's interval is at least what is demanded, as non-inferiority
does: a judge with a good figure by luck, on few labels, is not certified for it.
"""

from __future__ import annotations

from typing import Final, Literal

from reports.certificates import RunCertificate, changes_in_words, printed
from reports.gating.policy import GateRule
from reports.pages.text import one_line
from reports.pages.wording import Words
from reports.statistics.clusters import Interval

_Outcome = Literal["pass", "fail", "inconclusive"]

_OVER_ITEMS: Final = ("accuracy", "kappa", "ac1")
"""Figures that the certificate of a checklist gives over its items."""


def certified_outcome(
    rule: GateRule, title: str, certificate: RunCertificate | None, words: Words
) -> tuple[_Outcome, str]:
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
        return "inconclusive", own.gate_uncertified.format(measure=measure)
    if not certificate.counts:
        return "inconclusive", own.gate_no_longer.format(measure=measure, changes=changes_in_words(certificate, words))
    assert rule.certified is not None
    sides, told = [], []
    for name, least in rule.certified.items():
        figure = certificate.figure(name)
        if figure is None or figure.interval is None:
            sentence = own.gate_no_interval if figure else _no_figure(certificate, name, words)
            return "inconclusive", sentence.format(measure=measure, figure=own.figures[name])
        sides.append(_side(figure.interval, least))
        told.append(f"{own.figures[name]} {printed(figure, words)}")
    outcome: _Outcome = "fail" if "fail" in sides else "inconclusive" if "inconclusive" in sides else "pass"
    sentence = {"pass": own.gate_pass, "fail": own.gate_fail, "inconclusive": own.gate_unclear}[outcome]
    return outcome, sentence.format(measure=measure, figures=words.list_separator.join(told))


def _no_figure(certificate: RunCertificate, name: str, words: Words) -> str:
    """The sentence on a figure that a certificate lacks: checklists have those over labels where their items are labelled."""
    over_items = certificate.certificate.scale == "checklist" and name in _OVER_ITEMS
    return words.judges.gate_no_item_figure if over_items else words.judges.gate_no_figure


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
