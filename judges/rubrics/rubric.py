"""The rubric file: its fields, and the questions it asks of a judge. What fields must not say together is checked in
`judges.rubrics.rubric_faults`; finding and reading the file is `judges.loading`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from judges.prompting.defence import Defence
from judges.prompting.wording import WORDINGS, Wording
from judges.readouts.answers import Answers
from judges.readouts.readout import LabelProbabilities, Readout, in_turn
from judges.rubrics.question import Question, ShownExample
from judges.rubrics.scale import (
    FAIL,
    FIRST,
    PASS,
    SECOND,
    TIE,
    ChecklistScale,
    LabelScale,
    NumericScale,
    PairScale,
    Scale,
)
from suites.cases import Case
from suites.dialogue import Expectation, LanguageTag, Message, NonBlank, Persona, Role, UserWritten
from suites.json_schema import json_schema_of

Sight = Literal["context", "reply", "references", "expectation", "persona", "facts", "system"]
"""What a judge can see of a case."""

Reasons = Literal["none", "faults", "all"]
"""Which verdicts the judge is asked the reason of: none, those with a label below the best one, or all."""

Requirement = Literal["references", "expectation", "persona", "facts", "system"]
"""What not every case has."""


def _as_text(value: object) -> object:
    """Numbers as text, for labels and versions; `yes` and `no` without quotes are true and false in YAML."""
    if isinstance(value, bool):
        raise ValueError("write it in quotes, since YAML reads a bare yes or no as true or false")
    return f"{value:g}" if isinstance(value, int | float) else value


Label = Annotated[
    NonBlank, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number"]}, mode="validation")
]


def _one_turn(turn: dict[Role, str]) -> dict[Role, str]:
    if len(turn) != 1:
        raise ValueError("each turn is one `role: text`, an entry of the list for itself")
    return turn


_PAIR_ANSWERS = {FIRST: "1", SECOND: "2", TIE: "0"}
"""Digits are a token of their own for every model, in every language."""

Turn = Annotated[dict[Role, str], AfterValidator(_one_turn)]
"""One turn of an example's dialogue: `user: A latte, please.`"""


class RubricExample(UserWritten):
    """A reply in its context with the verdict that is right for it: shown to the judge, or a test of the rubric."""

    context: tuple[Turn, ...] = ()
    """The dialogue before the reply, one `role: text` a turn."""
    reply: str = ""
    replies: tuple[str, str] | None = None
    """In place of `reply`, the two replies that a rubric of pairs compares."""
    verdict: Label | dict[str, Label]
    """A label of the scale; for a checklist, one for each item."""
    reason: NonBlank | None = None
    """Why. A judge that gives reasons sees it."""
    references: tuple[NonBlank, ...] = ()
    expectation: Expectation = Expectation()
    persona: Persona | None = None
    facts: tuple[NonBlank, ...] = ()

    @property
    def shown_replies(self) -> tuple[str, str | None]:
        """The reply, and the second one where two are compared."""
        return self.replies or (self.reply, None)

    def case(self, case_id: str, language: str) -> Case:
        """The example as a case of a suite."""
        turns = [Message(role=role, content=text) for turn in self.context for role, text in turn.items()]
        return Case(
            id=case_id,
            dialogue_id=case_id,
            turn=len(turns),
            messages=tuple(turns),
            references=self.references,
            expectation=self.expectation,
            tags=(),
            facts=self.facts,
            language=language,
            persona=self.persona,
        )


class RubricText(UserWritten):
    """All texts of a rubric in one language."""

    question: NonBlank
    """What the judge is asked."""
    rephrased: tuple[NonBlank, ...] = ()
    """The question in other words. No run asks it: `rejoinder judge probe` sees by it whether the verdicts hold."""
    anchors: Annotated[dict[str, NonBlank], Field(min_length=1)]
    """What earns each label, point, band or end of the scale; for a checklist, the yes/no question of each item."""
    answers: dict[str, Label] = Field(default_factory=dict)
    """The word the judge answers with, for each label that is not answered by its own name (`pass` and `fail`: the
    language's yes and no)."""
    instruction: NonBlank | None = None
    """How to answer, in the rubric's own words; `{answers}` stands for the list of answers."""
    wording: Wording | None = None
    """The fixed words of the prompt; needed in languages other than English and Russian."""
    examples: tuple[RubricExample, ...] = ()
    """Shown to the judge before every case."""
    tests: tuple[RubricExample, ...] = ()
    """Cases on which the judge must come to the verdict they give. The judge never sees those."""


class Rubric(UserWritten):
    """What a reply is judged by: one YAML file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    """Names the measure in tables and gates."""
    version: Label = "1"
    title: str = ""
    """Short, for table heads; the name if empty."""
    description: str = ""
    """One sentence for readers of a report."""
    scale: Scale
    """Which verdicts there are. Higher is better."""
    sees: tuple[Sight, ...] = ("context", "reply")
    """What the judge sees; what a case does not have is left out."""
    requires: tuple[Requirement, ...] = ()
    """What a case must have to be judged at all; others are skipped."""
    readout: Readout = LabelProbabilities()
    """How the verdict is got out of the judge."""
    reasons: Reasons = "none"
    """Of which verdicts the judge is asked why, once the verdict is read and cannot change by it; where the readout gives
    the reason itself, there is nothing to ask."""
    defence: Defence = Defence.FULL
    """How the prompt is defended against what the judged text says. Anything but `full` is for measuring."""
    languages: Annotated[dict[LanguageTag, RubricText], Field(min_length=1)]
    """The texts, by BCP 47 language tag. `en` also serves `en-GB`."""

    model_config = ConfigDict(populate_by_name=True)

    @property
    def compares_pairs(self) -> bool:
        """Whether it asks which of two replies is better, instead of judging one."""
        return isinstance(self.scale, PairScale)

    @property
    def readout_kinds(self) -> str:
        """The kind of its readout, and of the fallback if there is one: `label_probabilities>free_text`."""
        return ">".join(readout.kind for readout in in_turn(self.readout))

    @property
    def reads_probabilities(self) -> bool:
        """Whether the probabilities of first tokens are read, be it as a fallback."""
        return any(readout.kind == "label_probabilities" for readout in in_turn(self.readout))

    def asks_why(self, label: str) -> bool:
        """Whether the judge is asked for the reason of a verdict with this label."""
        if self.reasons != "faults":
            return self.reasons == "all"
        return self.scale.score_of(label) < self.scale.bounds[1]

    def lacking_in(self, case: Case) -> list[str]:
        """What the rubric needs to judge a case and the case does not have."""
        there = {
            "references": bool(case.references),
            "expectation": case.expectation != Expectation(),
            "persona": case.persona is not None,
            "facts": bool(case.facts),
            "system": any(message.role == "system" for message in case.messages),
        }
        lacking: list[str] = [part for part in self.requires if not there[part]]
        if isinstance(self.scale, LabelScale) and self.scale.correct and case.expectation.act is None:
            lacking.append("dialogue act that is due")
        return lacking

    def language_for(self, language: str) -> str | None:
        """The tag of the texts that serve `language`: its own, or those of its primary language; None without any."""
        return next((tag for tag in (language, language.split("-", maxsplit=1)[0]) if tag in self.languages), None)

    def wording(self, tag: str) -> Wording | None:
        """The fixed words of prompts in one of the rubric's languages."""
        return self.languages[tag].wording or WORDINGS.get(tag.split("-", maxsplit=1)[0])

    def questions(self, tag: str) -> Iterator[Question]:
        """What is asked of the judge, in one of the rubric's languages: one question, or one a checklist item."""
        text = self.languages[tag]
        answers = self.answers(tag)
        items: tuple[str | None, ...] = tuple(self.scale.items) if isinstance(self.scale, ChecklistScale) else (None,)
        for item in items:
            yield Question(
                item=item,
                text=text.question if item is None else f"{text.question}\n{text.anchors[item]}",
                anchors={} if item else self._anchors_as_answered(text, answers),
                answers=answers,
                instruction=text.instruction,
                sees=frozenset(self.sees),
                examples=tuple(
                    ShownExample(
                        example.case(f"{self.name}.{tag}.examples.{index}", tag),
                        example.shown_replies[0],
                        example.verdict if isinstance(example.verdict, str) else example.verdict[item or ""],
                        example.reason,
                        example.shown_replies[1],
                    )
                    for index, example in enumerate(text.examples)
                ),
                defence=self.defence,
            )

    def answers(self, tag: str) -> Answers:
        """The words a judge may answer with, in one of the rubric's languages."""
        text, wording = self.languages[tag], self.wording(tag)
        if wording is None:
            raise ValueError(f"no wording for the language '{tag}'")
        usual = {PASS: wording.yes, FAIL: wording.no} if self.scale.kind in ("binary", "checklist") else {}
        usual = _PAIR_ANSWERS if self.compares_pairs else usual
        # Numbers that are written out are not picked from a list, however few there are.
        any_number = isinstance(self.scale, NumericScale) and not self.reads_probabilities
        labels = () if any_number else self.scale.labels
        words = {label: text.answers.get(label, usual.get(label, label)) for label in labels}
        return Answers(words, self.scale.bounds, wording)

    def _anchors_as_answered(self, text: RubricText, answers: Answers) -> Mapping[str, str]:
        """Anchor texts under the names that the judge knows: the answer, or the stretch of a band."""
        bands = self.scale.bands if isinstance(self.scale, NumericScale) else {}
        spans = {name: f"{first:g}–{last:g}" for name, (first, last) in bands.items()}
        return {spans.get(name, answers.word_for(name)): text.anchors[name] for name in self.scale.anchor_names}

    def digest(self) -> str:
        """SHA-256 over all that decides a verdict, in hexadecimal.

        Not in it: name, version, title, description, tests, rephrased questions, what is asked once the verdict is read,
        comments and layout of the file.
        """
        decisive = self.model_dump(mode="json", include={"scale", "readout", "defence"})
        decisive |= {"sees": sorted(self.sees), "requires": sorted(self.requires)}
        decisive["languages"] = {tag: self._decisive_texts(tag) for tag in self.languages}
        text = json.dumps(decisive, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def _decisive_texts(self, tag: str) -> dict[str, Any]:
        wording = self.wording(tag)
        return self.languages[tag].model_dump(mode="json", exclude={"tests", "wording", "rephrased"}) | {
            "wording": wording and wording.model_dump(mode="json", exclude={"why"}),
        }


def rubric_json_schema() -> dict[str, Any]:
    """JSON Schema of rubric files, for editors."""
    return json_schema_of(Rubric, "rubric", title="Rubric of Rejoinder")
