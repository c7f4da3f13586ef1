"""Labels that people gave to replies: reading the file, one JSON object a line, strictly, and mending it.

What a line holds is `judges.people.label_line`; how a judge agrees with the labels is `judges.people.calibration`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from judges.pairs import are_the_same
from judges.people.label_line import GivenLabel, LabelledReply, LabelLine, Rating
from judges.rubrics.rubric import Rubric
from judges.rubrics.scale import TIE, ChecklistScale, NumericScale, Scale, off_scale
from suites.userfile import InputError, iterate_jsonl, parse_line, unreadable


@dataclass(frozen=True, slots=True)
class Mending:
    """A file of labels that were looked at again and take the place of others."""

    file: Path
    sha256: str
    replies: int
    """How many labelled replies of the chosen language it mends."""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels of one language, read from a file."""

    file: Path
    sha256: str
    """Of the whole file, in hexadecimal."""
    language: str
    """Tag of the rubric's texts that serve it."""
    replies: Sequence[LabelledReply]
    mending: Mending | None = None


def read_labels(file: Path, rubric: Rubric, language: str | None = None, mended: Path | None = None) -> LabelSet:
    """Read a labels file against the rubric that its labels are for.

    Args:
        file: JSONL, a `LabelLine` a line.
        rubric: Says which labels there are and what a case must have.
        language: Take only lines in this language; all lines are checked nevertheless.
        mended: Lines whose labels take the place of those that `file` has for the same reply in the same context.

    Raises:
        InputError: A line cannot be read, lacks what the rubric requires or has a label off the scale; the file holds
            no label, or labels in several languages and none was chosen; a mended line mends nothing.
    """
    by_language: dict[str, list[LabelledReply]] = {}
    for tag, _, labelled in _labelled_replies(file, rubric):
        by_language.setdefault(tag, []).append(labelled)
    chosen = _chosen_language(file, by_language, rubric, language)
    labels = LabelSet(file, sha256_of(file), chosen, by_language[chosen])
    if mended is None:
        return labels
    known = {labelled.line.subject for replies in by_language.values() for labelled in replies}
    return _mended(labels, mended, rubric, known)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        InputError: It cannot be read, or not twice.
    """
    if not file.is_file():
        raise InputError("is a pipe or device, which cannot be read twice; name a file", file=file)
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(file, error) from error


def _mended(labels: LabelSet, file: Path, rubric: Rubric, known: set[tuple[str, ...]]) -> LabelSet:
    mended: dict[tuple[str, ...], Sequence[Rating]] = {}
    for _, number, labelled in _labelled_replies(file, rubric):
        subject = labelled.line.subject
        if subject not in known:
            problem = f"mends nothing: no line of {labels.file.name} has this reply in this context"
            raise InputError(problem, file=file, line=number, field="reply")
        if subject in mended:
            raise InputError("mends a reply that an earlier line mends already", file=file, line=number, field="reply")
        mended[subject] = labelled.ratings
    replies = [replace(each, ratings=mended.get(each.line.subject, each.ratings)) for each in labels.replies]
    count = sum(each.line.subject in mended for each in labels.replies)
    return replace(labels, replies=replies, mending=Mending(file, sha256_of(file), count))


def _labelled_replies(file: Path, rubric: Rubric) -> Iterator[tuple[str, int, LabelledReply]]:
    """Each line, with the tag of the rubric's texts that serve its language and its number."""
    line_of: dict[str, int] = {}
    for number, data in iterate_jsonl(file):
        line = parse_line(LabelLine, data, file, number)
        if line.id is not None and line_of.setdefault(line.id, number) != number:
            problem = f"'{line.id}' is the id of line {line_of[line.id]} already"
            raise InputError(problem, file=file, line=number, field="id")
        _check_replies(line, rubric, file, number)
        tag = rubric.language_for(line.language)
        if tag is None:
            problem = f"the rubric has no texts in '{line.language}', only in {', '.join(rubric.languages)}"
            raise InputError(problem, file=file, line=number, field="language")
        case = line.case(f"{file.name}:{number}")
        if lacking := rubric.lacking_in(case):
            problem = f"has no {' and no '.join(lacking)}, which the rubric '{rubric.name}' requires"
            raise InputError(problem, file=file, line=number)
        yield tag, number, LabelledReply(line, case, tuple(_ratings(line, rubric.scale, file, number)))


def _check_replies(line: LabelLine, rubric: Rubric, file: Path, number: int) -> None:
    """One reply for a rubric that judges one, two for a rubric that compares two: two different ones, if it has no tie."""
    wanted, other = ("replies", "reply") if rubric.compares_pairs else ("reply", "replies")
    what = "compares two replies" if rubric.compares_pairs else "judges one reply"
    if getattr(line, other) is not None:
        problem = f"the rubric '{rubric.name}' {what}; give `{wanted}` in its place"
        raise InputError(problem, file=file, line=number, field=other)
    if getattr(line, wanted) is None:
        form = "[the first, the second]" if rubric.compares_pairs else "what was judged"
        raise InputError(f"is missing; add `{wanted}`: {form}", file=file, line=number, field=wanted)
    if line.replies and are_the_same(*line.replies) and TIE not in rubric.scale.labels:
        problem = f"are the same, and the rubric '{rubric.name}' allows no ties; delete the line"
        raise InputError(problem, file=file, line=number, field="replies")


def _ratings(line: LabelLine, scale: Scale, file: Path, number: int) -> Iterator[Rating]:
    for index, given in enumerate(line.labels):
        label = _named(scale, given)
        if problem := off_scale(scale, label):
            raise InputError(problem, file=file, line=number, field=("labels", index))
        yield _rating(scale, label, line.expectation.act)


def _named(scale: Scale, given: GivenLabel) -> str | Mapping[str, str]:
    """The label; for a number, the one label that has it for its score, or else the number as text."""
    if isinstance(given, str | dict):
        return given
    scored = [label for label in scale.labels if scale.score_of(label) == given]
    return scored[0] if len(scored) == 1 else repr(given).removesuffix(".0")


def _rating(scale: Scale, label: str | Mapping[str, str], due: str | None) -> Rating:
    if isinstance(scale, ChecklistScale):
        assert isinstance(label, Mapping)  # else off the scale
        scores = {item: scale.score_of(verdict) for item, verdict in label.items()}
        return Rating(scale.combined(scores), None, label)
    assert isinstance(label, str)
    return Rating(scale.score_of(label, due), None if isinstance(scale, NumericScale) else label)


def _chosen_language(
    file: Path, found: Mapping[str, Sequence[LabelledReply]], rubric: Rubric, language: str | None
) -> str:
    if not found:
        raise InputError("holds no label; write one JSON object a line", file=file)
    if language is None:
        if len(found) > 1:
            raise InputError(
                f"holds labels in {' and '.join(sorted(found))}, and a judge may be good in one language only; choose "
                "one with --language",
                file=file,
            )
        return next(iter(found))
    tag = rubric.language_for(language)
    if tag is None or tag not in found:
        raise InputError(f"holds no label in '{language}', only in {', '.join(sorted(found))}", file=file)
    return tag
