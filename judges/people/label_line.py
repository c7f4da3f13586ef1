"""One line of a labels file, and what it gives: a case, a reply or a pair of replies, and what each rater made of it.

Reading whole files is `judges.people.labels`.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictFloat, StrictStr

from judges.rubrics.scale import PASS
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

GivenLabel = StrictStr | StrictFloat | dict[str, StrictStr]


class LabelLine(UserWritten):
    """One line of a labels file: a reply in its context, or two replies, and what people made of it."""

    context: tuple[Message, ...]
    """The dialogue before the reply, in the OpenAI convention."""
    reply: NonBlank | None = None
    """What was judged."""
    replies: tuple[NonBlank, NonBlank] | None = None
    """In place of `reply`, the two replies that were compared, for a rubric of pairs."""
    labels: Annotated[tuple[GivenLabel, ...], Field(min_length=1)]
    """What each rater gave, in any order: a label of the rubric's scale or its score; for a checklist, pass or fail for
    each item; for two replies, which one is better: first, second or tie."""
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
    note: str = ""
    """For people who read the file."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["reply"]}, {"required": ["replies"]}]})

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

    @property
    def subject(self) -> tuple[str, ...]:
        """What was labelled: lines with the same one are about the same reply in the same context."""
        return (self.language, self._context_hash(), *(self.replies or (self.reply or "",)))

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
    items: Mapping[str, str] = field(default_factory=dict)
    """Of a checklist: the label of each item."""

    def of_item(self, item: str) -> Rating:
        """What the rater gave to one item of a checklist."""
        return Rating(float(self.items[item] == PASS), self.items[item])


@dataclass(frozen=True, slots=True)
class LabelledReply:
    """A reply to a case, or two that were compared, rated by people."""

    line: LabelLine
    """As it stands in the file."""
    case: Case
    ratings: Sequence[Rating]

    @property
    def replies(self) -> tuple[str, ...]:
        """The reply, or the two that were compared."""
        return self.line.replies or (self.line.reply or "",)

    @property
    def mean_score(self) -> float:
        """Mean over the raters."""
        return statistics.fmean(rating.score for rating in self.ratings)

    def of_item(self, item: str) -> LabelledReply:
        """One item of a checklist, as a reply that people passed or failed."""
        return replace(self, ratings=tuple(rating.of_item(item) for rating in self.ratings))


def labels_json_schema() -> dict[str, Any]:
    """JSON Schema of a line of a labels file, for editors."""
    return json_schema_of(LabelLine, "labels", title="Labelled reply for a rubric of Rejoinder")
