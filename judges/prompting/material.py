"""What a judge sees of a case: each part as text, neutralised or as it was written. Putting the parts between tags and into
a prompt is `judges.prompting.prompt`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from judges.prompting.tags import quoted
from judges.prompting.untrusted import encodable, harmless, one_line
from judges.prompting.wording import Wording
from judges.rubrics.question import Question
from suites.cases import Case
from suites.dialogue import Expectation, Mention, Message, Persona


@dataclass(frozen=True, slots=True)
class Writing:
    """How texts that others wrote are written into a prompt."""

    wording: Wording
    neutralises: bool
    special_tokens: Collection[str] = ()

    @staticmethod
    def of(question: Question) -> Writing:
        """As the question's defence says."""
        return Writing(question.answers.wording, question.defence.neutralises, question.special_tokens)

    def text(self, text: str) -> str:
        """A text of one line or several."""
        return quoted(harmless(text, self.special_tokens).strip()) if self.neutralises else encodable(text).strip()

    def line(self, text: str) -> str:
        """A text that stands on a line with others."""
        return one_line(text, self.special_tokens) if self.neutralises else encodable(text).strip()


def seen_parts(question: Question, case: Case) -> Iterator[tuple[str, str]]:
    """(tag, text) of what the judge sees beside the reply, from what changes least to what changes most; without what the
    case does not have."""
    writing, sees = Writing.of(question), question.sees
    parts = {
        "system": (writing.text(message.content) for message in case.messages if message.role == "system"),
        "persona": _persona_lines(case.persona, writing) if case.persona else (),
        "facts": map(writing.line, case.facts),
        "context": (_turn(message, writing) for message in case.messages if message.role != "system"),
        "references": (f"- {writing.line(reference)}" for reference in case.references),
        "expectation": _expectation_lines(case.expectation, writing),
    }
    for tag, lines in parts.items():
        if tag in sees and (text := "\n".join(lines)):
            yield tag, text


def _turn(message: Message, writing: Writing) -> str:
    wording = writing.wording
    speaker = {"user": wording.user, "assistant": wording.assistant, "tool": wording.tool}[message.role]
    calls = [
        writing.line(json.dumps(call.get("function", call), ensure_ascii=False)) for call in message.tool_calls or ()
    ]
    return f"{speaker}: {' '.join((writing.line(message.content), *calls)).strip()}"


def _persona_lines(persona: Persona, writing: Writing) -> Iterator[str]:
    yield f"{writing.line(persona.name)}: {writing.line(persona.description)}"
    yield from (f"- {writing.line(trait)}" for trait in (*persona.facts, *persona.manner))


def _expectation_lines(expectation: Expectation, writing: Writing) -> Iterator[str]:
    wording = writing.wording

    def mention(phrase: Mention) -> str:
        """A phrase, or phrases of which any will do."""
        return writing.line(phrase if isinstance(phrase, str) else " / ".join(phrase))

    if expectation.act:
        yield f"{wording.due}: {wording.acts.get(expectation.act, expectation.act)}"
    lists = (
        (wording.missing, map(mention, expectation.missing)),
        (wording.said_already, map(mention, expectation.said_already)),
        (wording.must_mention, map(mention, expectation.must_mention)),
        (wording.must_not_mention, map(mention, expectation.must_not_mention)),
        (wording.order, (f"{line.quantity} × {mention(line.item)}" for line in expectation.order)),
    )
    for head, entries in lists:
        if listed := "; ".join(entries):
            yield f"{head}: {listed}"
