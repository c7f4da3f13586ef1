"""A certificate as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.command_line.confusion_text import confusion_lines
from judges.agreement import CHANCE, Figure, FigureName
from judges.certificate import Certificate
from reports.text import one_line

_TITLES: Mapping[FigureName, str] = {
    "accuracy": "accuracy",
    "cohen_kappa": "Cohen's kappa",
    "quadratic_kappa": "Cohen's kappa, quadratic weights",
    "roc_auc": "ROC AUC",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "kendall": "Kendall's tau",
}

_PEOPLE = "one rater and the others' mean, rho"


def certificate_lines(certificate: Certificate) -> Iterator[str]:
    """What was measured, the figures, and what they say of the judge in one sentence."""
    yield from _subject_lines(certificate)
    yield ""
    yield _row("judge and people", "value", "95 % interval", "chance", "pairs")
    for figure in certificate.figures:
        yield from _figure_lines(_TITLES[figure.name], figure)
    if certificate.people:
        yield "people among themselves"
        yield from _figure_lines(_PEOPLE, certificate.people)
    if certificate.confusion:
        yield ""
        yield from _confusion_lines(certificate.confusion)
    yield ""
    yield conclusion(certificate)


def conclusion(certificate: Certificate) -> str:
    """Whether the judge agrees with people better than chance, in one sentence; in another, what it gave no verdict on."""
    return f"{_finding(certificate.decisive)}{_gap(certificate)}"


def _finding(figure: Figure) -> str:
    if figure.value is None or figure.interval is None:
        return f"Whether this judge agrees with people better than chance cannot be said: {figure.reason}."
    measured = (
        f"{_TITLES[figure.name]} is {figure.value:.3f} (95 % interval {_interval(figure)}), and chance is "
        f"{CHANCE[figure.name]:g}."
    )
    match figure.beside_chance:
        case "above":
            return f"This judge agrees with people better than chance: {measured}"
        case "below":
            return f"This judge contradicts people, so its verdicts cannot be trusted: {measured}"
        case _:
            return f"This judge cannot be told from chance, so its verdicts cannot be trusted: {measured}"


def _gap(certificate: Certificate) -> str:
    lost = certificate.replies - certificate.verdicts
    return f" That leaves out {lost} of {certificate.replies} replies, on which it gave no verdict." if lost else ""


def _subject_lines(certificate: Certificate) -> Iterator[str]:
    """Who was asked what, and held against which labels."""
    rubric = f"{certificate.rubric} v{certificate.rubric_version}:{certificate.rubric_hash[:8]}"
    yield f"rubric    {rubric}, {certificate.language}"
    yield f"judge     {one_line(certificate.judge)}, {certificate.readout}"
    yield (
        f"labels    {one_line(certificate.labels_file)}: {_count(certificate.ratings, 'rating')} of "
        f"{_count(certificate.replies, 'reply', 'replies')} to {_count(certificate.contexts, 'context')}"
    )
    yield f"verdicts  {certificate.verdicts} of {certificate.replies} ({certificate.coverage:.1%})"
    for lost in certificate.without_verdict:
        yield f"          {lost.replies} {lost.status}, the first one: {one_line(lost.reason)}"
    if certificate.ties:
        yield f"ties      no label prevails among the raters of {_count(certificate.ties, 'reply', 'replies')}"


def _figure_lines(title: str, figure: Figure) -> Iterator[str]:
    value = "none" if figure.value is None else f"{figure.value:.3f}"
    chance = f"{CHANCE[figure.name]:g}" if figure.name in CHANCE else ""
    yield _row(f"  {title}", value, _interval(figure), chance, str(figure.replies))
    if figure.reason:
        yield f"    {figure.reason}"


def _row(title: str, value: str, interval: str, chance: str, pairs: str) -> str:
    return f"{title:<40}{value:<8}{interval:<19}{chance:<8}{pairs}".rstrip()


def _interval(figure: Figure) -> str:
    return f"{figure.interval.low:.3f} to {figure.interval.high:.3f}" if figure.interval else "none"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _confusion_lines(confusion: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    counts = {(people, judge): count for people, row in confusion.items() for judge, count in row.items()}
    return confusion_lines(counts, list(confusion), list(confusion), "people \\ judge")
