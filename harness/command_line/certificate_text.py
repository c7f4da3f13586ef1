"""A certificate as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.command_line.confusion_text import confusion_lines
from judges.agreement import CHANCE, Figure, FigureName
from judges.certificate import Certificate

_TITLES: Mapping[FigureName, str] = {
    "accuracy": "accuracy",
    "cohen_kappa": "Cohen's kappa",
    "quadratic_kappa": "Cohen's kappa, quadratic weights",
    "roc_auc": "ROC AUC",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "kendall": "Kendall's tau",
}

_PEOPLE = "one rater and the other raters' mean, Spearman's rho"


def certificate_lines(certificate: Certificate) -> Iterator[str]:
    """What was measured, the figures, and what they say of the judge in one sentence."""
    yield from _subject_lines(certificate)
    yield ""
    yield _row("judge and people", "value", "95 % interval", "chance", "pairs")
    for figure in certificate.figures:
        yield _figure_line(_TITLES[figure.name], figure)
    if certificate.people:
        yield _row("people among themselves", "", "", "", "")
        yield _figure_line(_PEOPLE, certificate.people)
    if certificate.confusion:
        yield ""
        yield from _confusion_lines(certificate.confusion)
    yield ""
    yield conclusion(certificate)


def conclusion(certificate: Certificate) -> str:
    """One sentence that says whether the judge agrees with people better than chance."""
    figure = certificate.decisive
    if figure.value is None or figure.interval is None:
        return f"Whether this judge agrees with people cannot be said: {figure.reason}."
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


def _subject_lines(certificate: Certificate) -> Iterator[str]:
    """Who was asked what, and held against which labels."""
    given = certificate.replies - sum(lost.replies for lost in certificate.without_verdict)
    yield f"rubric    {certificate.rubric} v{certificate.rubric_version}:{certificate.rubric_hash[:8]}, {certificate.language}"
    yield f"judge     {certificate.judge}, {certificate.readout}"
    yield (
        f"labels    {certificate.labels_file}: {certificate.ratings} ratings of {certificate.replies} replies to "
        f"{certificate.contexts} contexts"
    )
    yield f"verdicts  {given} of {certificate.replies} replies ({certificate.coverage:.1%})"
    for lost in certificate.without_verdict:
        yield f"          {lost.replies} {lost.status}, the first one: {lost.reason}"
    if certificate.ties:
        yield f"ties      {certificate.ties} replies on which no label prevails among the raters"


def _figure_line(title: str, figure: Figure) -> str:
    chance = f"{CHANCE[figure.name]:g}" if figure.name in CHANCE else ""
    if figure.value is None:
        return f"  {title:<52}none: {figure.reason}"
    interval = _interval(figure) if figure.interval else f"none: {figure.reason}"
    return _row(f"  {title}", f"{figure.value:.3f}", interval, chance, str(figure.replies))


def _row(title: str, value: str, interval: str, chance: str, pairs: str) -> str:
    return f"{title:<54}{value:<8}{interval:<18}{chance:<8}{pairs}".rstrip()


def _interval(figure: Figure) -> str:
    return f"{figure.interval.low:.3f} to {figure.interval.high:.3f}" if figure.interval else ""


def _confusion_lines(confusion: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    counts = {(people, judge): count for people, row in confusion.items() for judge, count in row.items()}
    return confusion_lines(counts, list(confusion), list(confusion), "people \\ judge")
