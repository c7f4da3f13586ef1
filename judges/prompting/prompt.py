"""Putting the prompt of a judge together: the rubric and its examples, then the case, the reply last.

The parts are joined, never formatted: nothing inside a reply or a dialogue is interpreted. All that a case holds is
made harmless (`judges.prompting.untrusted`) and stands between tags that it cannot forge (`judges.prompting.tags`),
unless the rubric's `defence` says otherwise. Everything before the reply is the same for all candidates of a case, and
the rubric for all cases, so that prefix caching serves them.
"""

from __future__ import annotations

from collections.abc import Iterator

from judges.prompting.material import Writing, seen_parts
from judges.prompting.tags import Part, code_for, tagged
from judges.readouts.readout import Readout
from judges.rubrics.question import Question
from suites.cases import Case


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
    how = readout.instruction(question)
    if question.defence.marks:
        how = f"{question.answers.wording.material} {how}"
    return "\n".join((question.text, *anchors, how))


def case_text(question: Question, case: Case, reply: str, other: str | None = None) -> str:
    """What the judge sees of a case, each part between its tags, the reply last, or the two replies to compare."""
    return "\n".join(map(tagged, case_parts(question, case, reply, other)))


def case_parts(question: Question, case: Case, reply: str, other: str | None = None) -> Iterator[Part]:
    """The parts of a case as they go into the prompt.

    The code of the tags before the reply depends on nothing but the rubric and the case, so that prefix caching serves
    all candidates; the reply's own depends on the reply as well.
    """
    material, marks = list(seen_parts(question, case)), question.defence.marks
    texts = [text for _, text in material]
    asked = (question.text, *question.anchors.items())
    shared = code_for(asked, material, absent_from=texts) if marks else ""
    yield from (Part(tag, text, shared) for tag, text in material)
    writing = Writing.of(question)
    for tag, written in ({"reply": reply} if other is None else {"reply_1": reply, "reply_2": other}).items():
        text = writing.text(written)
        yield Part(tag, text, code_for(shared, tag, text, absent_from=[text]) if marks else "")
