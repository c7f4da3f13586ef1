"""A certificate, its disagreements and its drift as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from harness.command_line.confusion_text import confusion_lines
from harness.command_line.probe_text import weakness_lines
from judges.people.agreement import Figure
from judges.people.certificate import Certificate
from judges.people.coefficients import CHANCE
from judges.people.disagreements import Disagreement
from judges.people.drift import Drift
from judges.people.judged_replies import ITEM_FIGURES
from judges.people.score_map import ReliabilityPoint, ScoreMap
from reports.pages.text import one_line
from reports.pages.wording.judge_english import ENGLISH_JUDGES

_TITLES = ENGLISH_JUDGES.figures
_MOST_SHOWN = 10
_LONGEST_REPLY = 80


def certificate_lines(certificate: Certificate) -> Iterator[str]:
    """What was measured, the figures, and what they say of the judge in one sentence."""
    yield from _subject_lines(certificate)
    yield ""
    yield _row("judge and people", "value", "95 % interval", "chance", "pairs")
    for figure in certificate.figures:
        yield from _figure_lines(_title(figure, certificate), figure)
    if certificate.people:
        yield "people among themselves"
        for figure in certificate.people:
            yield from _figure_lines(_title(figure, certificate), figure)
    if certificate.confusion:
        yield ""
        yield from _confusion_lines(certificate.confusion)
    if certificate.reliability:
        yield ""
        yield from _reliability_lines(certificate.reliability)
    if certificate.score_map:
        yield ""
        yield from _map_lines(certificate.score_map)
    if certificate.probes:
        yield ""
        yield from weakness_lines(certificate.probes)
    yield ""
    yield conclusion(certificate)


def disagreement_lines(found: Sequence[Disagreement]) -> Iterator[str]:
    """The surest disagreements of judge and people, to be looked at again."""
    if not found:
        return
    shown = f", the {_MOST_SHOWN} surest" if len(found) > _MOST_SHOWN else ""
    yield ""
    yield f"judge and people disagree on {_count(len(found), 'reply', 'replies')}{shown} (either may be wrong; look again):"
    for each in found[:_MOST_SHOWN]:
        replies = " | ".join(_shortened(one_line(reply)) for reply in each.labelled.replies)
        yield f"  {each.sureness:.2f}  judge {each.judge}, people {each.people}  {one_line(each.labelled.case.id)}: {replies}"


def drift_lines(certificate: Certificate, drift: Drift) -> Iterator[str]:
    """What today's judge makes of the certificate's cases, and whether the certificate holds."""
    yield f"rubric    {certificate.rubric} v{certificate.rubric_version}:{certificate.rubric_hash[:8]}, {certificate.language}"
    yield f"judge     {one_line(certificate.judge)} on {certificate.date:%Y-%m-%d}"
    for change in drift.changes:
        yield f"changed   {change.what}: {one_line(change.was)} then, {one_line(change.now)} now"
    lost = f", {drift.lost} without a verdict today" if drift.lost else ""
    yield f"replies   {drift.replies} judged again{lost}"
    other = "" if drift.other_label is None else f", another label on {_count(drift.other_label, 'reply', 'replies')}"
    yield f"scores    {drift.mean_change:.3f} apart on average{other}"
    yield ""
    yield _row("", "value", "95 % interval", "chance", "pairs").rstrip()
    title = _TITLES[drift.now.name]
    yield from _figure_lines(f"{title}, then", drift.then)
    yield from _figure_lines(f"{title}, now", drift.now)
    yield ""
    yield f"{drift.outcome}: {drift.reason}"


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
        f"labels    {one_line(PurePosixPath(certificate.labels_file).name)}: {_count(certificate.ratings, 'rating')} of "
        f"{_count(certificate.replies, 'reply', 'replies')} to {_count(certificate.contexts, 'context')}"
    )
    yield f"verdicts  {certificate.verdicts} of {certificate.replies} ({certificate.coverage:.1%})"
    for lost in certificate.without_verdict:
        yield f"          {lost.replies} {lost.status}, the first one: {one_line(lost.reason)}"
    if certificate.mended:
        yield f"mended    {_count(certificate.mended.replies, 'reply', 'replies')}, after the judge had contradicted the labels"
    if certificate.ties:
        tied = (
            _count(certificate.ties, "item")
            if _is_checklist(certificate)
            else _count(certificate.ties, "reply", "replies")
        )
        yield f"ties      no label prevails among the raters of {tied}"


def _title(figure: Figure, certificate: Certificate) -> str:
    over_items = _is_checklist(certificate) and figure.name in (*ITEM_FIGURES, "fleiss_kappa")
    return f"{_TITLES[figure.name]}, items" if over_items else _TITLES[figure.name]


def _is_checklist(certificate: Certificate) -> bool:
    return certificate.scale == "checklist"


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


def _reliability_lines(points: Sequence[ReliabilityPoint]) -> Iterator[str]:
    yield f"{'judge gives':<14}{'people give':<14}replies"
    for point in points:
        yield f"{point.judge:<14.3f}{point.people:<14.3f}{point.replies}"


def _map_lines(score_map: ScoreMap) -> Iterator[str]:
    """The fitted map, at its ends, and whether it is worth more than giving every reply people's mean."""
    (low, low_human), (high, high_human) = score_map.points[0], score_map.points[-1]
    yield (
        f"map to people's scale: {score_map.kind}, {low:.3f} becomes {low_human:.3f} and {high:.3f} becomes {high_human:.3f}"
    )
    yield (
        f"  error {score_map.error:.3f} on contexts it has not seen (cross-validated); of the raw score "
        f"{score_map.raw_error:.3f}, of people's mean for every reply {score_map.constant_error:.3f}"
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_REPLY else f"{text[:_LONGEST_REPLY]}…"
