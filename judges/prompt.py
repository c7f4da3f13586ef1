"""Putting the prompt of a judge together: the rubric and its examples, then the case, the reply last.

The parts are joined, never formatted: nothing inside a reply or a dialogue is interpreted. All that a case holds is
made harmless (`judges.untrusted`) and stands between tags that it cannot forge. Everything before the reply is the same
for all candidates of a case, and the rubric for all cases, so that prefix caching serves them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from judges.question import Question
from judges.readout import Readout
from judges.untrusted import harmless, one_line
from judges.wording import Wording
from suites.cases import Case
from suites.dialogue import Expectation, Mention, Message, Persona


def judge_prompt(
    question: Question, readout: Readout, case: Case, reply: str, other: str | None = None
) -> list[dict[str, str]]:
    """The chat messages that ask a judge model for its verdict on a reply, or on which of two replies is better.

    Examples stand before the case as turns of their own, each answered as the judge should answer. There is no system
    message, since some chat templates refuse one.
    """
    messages: list[dict[str, str]] = []
    task = task_text(question, readout) + "\n"
    for example in question.examples:
        shown = case_text(question, example.case, example.reply, example.other)
        messages.append({"role": "user", "content": task + shown})
        messages.append({"role": "assistant", "content": readout.answer(question, example.label, example.reason)})
        task = ""
    messages.append({"role": "user", "content": task + case_text(question, case, reply, other)})
    return messages


def task_text(question: Question, readout: Readout) -> str:
    """The rubric: its question, its anchors and how to answer."""
    anchors = (f"{name}: {text}" for name, text in question.anchors.items())
    how = f"{question.answers.wording.material} {readout.instruction(question)}"
    return "\n".join((question.text, *anchors, how))


def case_text(question: Question, case: Case, reply: str, other: str | None = None) -> str:
    """What the judge sees of a case, each part between its tags, the reply last, or the two replies to compare."""
    replies = {"reply": reply} if other is None else {"reply_1": reply, "reply_2": other}
    parts = [(tag, text) for tag, text in _seen_parts(question, case) if text]
    parts += [(tag, harmless(text).strip()) for tag, text in replies.items()]
    return "\n".join(_tagged(tag, text) for tag, text in parts)


def _tagged(tag: str, text: str) -> str:
    """`text` between tags; a single line stays on theirs, since prompts are read by small models too."""
    return f"<{tag}>\n{text}\n</{tag}>" if "\n" in text else f"<{tag}>{text}</{tag}>"


def _seen_parts(question: Question, case: Case) -> Iterator[tuple[str, str]]:
    """(tag, harmless text) of what the judge sees, from what changes least to what changes most."""
    wording, sees = question.answers.wording, question.sees
    if "system" in sees:
        yield "system", "\n".join(harmless(m.content).strip() for m in case.messages if m.role == "system")
    if "persona" in sees and case.persona:
        yield "persona", "\n".join(_persona_lines(case.persona))
    if "facts" in sees:
        yield "facts", "\n".join(map(one_line, case.facts))
    if "context" in sees:
        yield "context", "\n".join(_turn(message, wording) for message in case.messages if message.role != "system")
    if "references" in sees:
        yield "references", "\n".join(f"- {one_line(reference)}" for reference in case.references)
    if "expectation" in sees:
        yield "expectation", "\n".join(_expectation_lines(case.expectation, wording))


def _turn(message: Message, wording: Wording) -> str:
    speaker = {"user": wording.user, "assistant": wording.assistant, "tool": wording.tool}[message.role]
    calls = [one_line(json.dumps(call.get("function", call), ensure_ascii=False)) for call in message.tool_calls or ()]
    return f"{speaker}: {' '.join((one_line(message.content), *calls)).strip()}"


def _persona_lines(persona: Persona) -> Iterator[str]:
    yield f"{one_line(persona.name)}: {one_line(persona.description)}"
    yield from (f"- {one_line(trait)}" for trait in (*persona.facts, *persona.manner))


def _expectation_lines(expectation: Expectation, wording: Wording) -> Iterator[str]:
    if expectation.act:
        yield f"{wording.due}: {wording.acts.get(expectation.act, expectation.act)}"
    order = [f"{line.quantity} × {_mention(line.item)}" for line in expectation.order]
    lists = (
        (wording.missing, [_mention(m) for m in expectation.missing]),
        (wording.said_already, [_mention(m) for m in expectation.said_already]),
        (wording.must_mention, [_mention(m) for m in expectation.must_mention]),
        (wording.must_not_mention, [_mention(m) for m in expectation.must_not_mention]),
        (wording.order, order),
    )
    yield from (f"{head}: {'; '.join(entries)}" for head, entries in lists if entries)


def _mention(mention: Mention) -> str:
    """A phrase, or phrases of which any will do."""
    return one_line(mention if isinstance(mention, str) else " / ".join(mention))
