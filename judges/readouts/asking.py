"""Asking a judge model one question of a rubric: in the rubric's readout, then in the readout's fallbacks, then why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from typing import Final

from judges.judge_model import JudgeModel, JudgeModelError, NamesSpecialTokens
from judges.prompting.prompt import judge_prompt
from judges.readouts.reading import Reading
from judges.readouts.readout import Readout, in_turn
from judges.rubrics.question import Question
from judges.rubrics.rubric import Rubric
from suites.cases import Case


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, how it was read, and what was read."""

    question: Question
    readout: Readout
    prompt: Sequence[Mapping[str, str]]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: a reply to a case, or two replies that are compared."""

    case: Case
    reply: str
    other: str | None = None
    """The second of two replies."""


async def ask(model: JudgeModel, rubric: Rubric, question: Question, about: Asked) -> Answer:
    """Ask one question of a rubric. What the model cannot answer is an answer of status `error`.

    The readout's fallbacks, where it has some, are tried one after the other, once each, on what could not be read or failed.
    The reason is asked for last, where the rubric wants it.
    """
    first, *fallbacks = in_turn(rubric.readout)
    answer = await _ask_by(model, first, question, about)
    for fallback in fallbacks:
        if answer.reading.status not in ("unparsed", "error"):
            break
        answer = await _ask_by(model, fallback, question, about)
    label = answer.reading.label
    if label is None or answer.reading.reason is not None or not rubric.asks_why(label):
        return answer
    return replace(answer, reading=replace(answer.reading, reason=await _reason_of(label, model, answer)))


async def _ask_by(model: JudgeModel, readout: Readout, question: Question, about: Asked) -> Answer:
    if isinstance(model, NamesSpecialTokens):
        question = replace(question, special_tokens=model.special_tokens)
    prompt = judge_prompt(question, readout, about.case, about.reply, about.other)
    try:
        reading = await readout.read(model, prompt, question)
    except JudgeModelError as error:
        reading = Reading("error", reason=str(error) or _UNEXPLAINED)
    return Answer(question, readout, prompt, reading)


async def _reason_of(label: str, model: JudgeModel, answer: Answer) -> str | None:
    """Why the judge came to its verdict, in its own words.

    The verdict stands before this is asked, so nothing that is said here can change it. A reason that cannot be had is no
    fault of the verdict; the text in its place says what went wrong. An answer said once more is no reason.
    """
    question = answer.question
    assert question.answers.wording.why is not None, "a rubric that wants reasons has the words to ask for them"
    conversation = [
        *answer.prompt,
        {"role": "assistant", "content": question.answers.word_for(label)},
        {"role": "user", "content": question.answers.wording.why},
    ]
    try:
        reason = (await model.complete(conversation, max_tokens=_REASON_TOKENS)).strip()
    except JudgeModelError as error:
        return f"(no reason: {str(error) or _UNEXPLAINED})"
    return reason if reason and question.answers.label_alone(reason) is None else None


_REASON_TOKENS: Final = 64
_UNEXPLAINED: Final = "the judge model did not say what failed"


def signature_of(rubric: Rubric, rubric_hash: str, model: JudgeModel) -> str:
    """Judge, rubric, readout and version: all that decides a verdict but the case and the reply."""
    return (
        f"judge:{model.identity}|rubric:{rubric.name}@v{rubric.version}:{rubric_hash}"
        f"|readout:{rubric.readout_kinds}|temp:{rubric.readout.temperature:g}|v:{_version()}"
    )


@cache
def _version() -> str:
    return metadata.version("rejoinder")
