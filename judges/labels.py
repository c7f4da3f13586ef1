"""Labels that people gave to replies: reading the file, one JSON object a line, strictly.

How a judge agrees with them is `judges.calibration`.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictFloat, StrictStr

from judges.rubric import Rubric
from judges.scale import ChecklistScale, NumericScale, OrdinalScale, Scale, off_scale
from suites.cases import Case, cases_of_dialogue
from suites.dialogue import (
    Dialogue,
    Expectation,
    LanguageTag,
    Message,
    NonBlank,
    Persona,
    SuiteHeader,
    Target,
    UserWritten,
)
from suites.json_schema import json_schema_of
from suites.userfile import InputError, iterate_jsonl, parse_line, unreadable

GivenLabel = StrictStr | StrictFloat | dict[str, StrictStr]


class LabelLine(UserWritten):
    """One line of a labels file: a reply in its context, and what people made of it."""

    context: tuple[Message, ...]
    """The dialogue before the reply, in the OpenAI convention."""
    reply: NonBlank
    """What was judged."""
    labels: Annotated[tuple[GivenLabel, ...], Field(min_length=1)]
    """What each rater gave, in any order: a label of the rubric's scale or its score; for a checklist, pass or fail for
    each item."""
    id: NonBlank | None = None
    """Names the line, once in a file."""
    dialogue_id: NonBlank | None = None
    """Names the dialogue that the context is from, where several contexts of the file are from one dialogue."""
    references: tuple[NonBlank, ...] = ()
    """Good replies."""
    expectation: Expectation = Expectation()
    """What a good reply does, whatever its wording."""
    facts: tuple[NonBlank, ...] = ()
    """What is true in this dialogue beyond the system prompt."""
    language: LanguageTag = "en"
    """BCP 47 tag of the dialogue's language."""
    persona: Persona | None = None
    """Card of the persona that replies."""

    def case(self, line_name: str) -> Case:
        """The target turn that the reply is for, made as a suite makes it.

        Replies to one context share its `dialogue_id`, the cluster of every statistic: the one given, or a hash of the
        context.
        """
        turn = Message(role="assistant", target=Target(references=self.references, expectation=self.expectation))
        dialogue = Dialogue(
            id=self.dialogue_id or self._context_hash(), messages=(*self.context, turn), facts=self.facts
        )
        *_, case = cases_of_dialogue(dialogue, SuiteHeader(name="labels", held_out="labels", language=self.language))
        return case.model_copy(update={"id": self.id or line_name, "persona": self.persona})

    def _context_hash(self) -> str:
        turns = [message.for_model() for message in self.context]
        return hashlib.sha256(json.dumps(turns, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater gave to a reply."""

    score: float
    """On the rubric's scale."""
    label: str | None
    """None on numeric scales and checklists, which have none for the whole."""


@dataclass(frozen=True, slots=True)
class LabelledReply:
    """A reply to a case, rated by people."""

    case: Case
    reply: str
    ratings: Sequence[Rating]

    @property
    def mean_score(self) -> float:
        """Mean over the raters."""
        return statistics.fmean(rating.score for rating in self.ratings)

    def agreed_label(self, scale: Scale) -> str | None:
        """The middle point that the raters gave on an ordinal scale, the label that most of them gave on others.

        None where the two middle points differ, where labels tie, and on scales without labels.
        """
        labels = [rating.label for rating in self.ratings if rating.label is not None]
        if not labels:
            return None
        if isinstance(scale, OrdinalScale):
            points = sorted(labels, key=int)
            low, high = points[(len(points) - 1) // 2], points[len(points) // 2]
            return low if low == high else None
        (label, count), *others = Counter(labels).most_common(2)
        return None if others and others[0][1] == count else label


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels of one language, read from a file."""

    file: Path
    sha256: str
    """Of the whole file, in hexadecimal."""
    language: str
    """Tag of the rubric's texts that serve it."""
    replies: Sequence[LabelledReply]


def read_labels(file: Path, rubric: Rubric, language: str | None = None) -> LabelSet:
    """Read a labels file against the rubric that its labels are for.

    Args:
        file: JSONL, a `LabelLine` a line.
        rubric: Says which labels there are and what a case must have.
        language: Take only lines in this language; all lines are checked nevertheless.

    Raises:
        InputError: A line cannot be read, lacks what the rubric requires or has a label off the scale; the file holds
            no label, or labels in several languages and none was chosen.
    """
    by_language: dict[str, list[LabelledReply]] = {}
    for tag, labelled in _labelled_replies(file, rubric):
        by_language.setdefault(tag, []).append(labelled)
    chosen = _chosen_language(file, by_language, rubric, language)
    return LabelSet(file, _sha256(file), chosen, by_language[chosen])


def labels_json_schema() -> dict[str, Any]:
    """JSON Schema of a line of a labels file, for editors."""
    return json_schema_of(LabelLine, "labels", title="Labelled reply for a rubric of Rejoinder")


def _labelled_replies(file: Path, rubric: Rubric) -> Iterator[tuple[str, LabelledReply]]:
    """Each line, with the tag of the rubric's texts that serve its language."""
    line_of: dict[str, int] = {}
    for number, data in iterate_jsonl(file):
        line = parse_line(LabelLine, data, file, number)
        if line.id is not None and line_of.setdefault(line.id, number) != number:
            problem = f"'{line.id}' is the id of line {line_of[line.id]} already"
            raise InputError(problem, file=file, line=number, field="id")
        tag = rubric.language_for(line.language)
        if tag is None:
            problem = f"the rubric has no texts in '{line.language}', only in {', '.join(rubric.languages)}"
            raise InputError(problem, file=file, line=number, field="language")
        case = line.case(f"{file.name}:{number}")
        if lacking := rubric.lacking_in(case):
            problem = f"has no {' and no '.join(lacking)}, which the rubric '{rubric.name}' requires"
            raise InputError(problem, file=file, line=number)
        yield tag, LabelledReply(case, line.reply, tuple(_ratings(line, rubric.scale, file, number)))


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
        return Rating(scale.combined({item: scale.score_of(verdict) for item, verdict in label.items()}), None)
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


def _sha256(file: Path) -> str:
    if not file.is_file():
        raise InputError("is a pipe or device, which cannot be read twice; name a file", file=file)
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(file, error) from error
