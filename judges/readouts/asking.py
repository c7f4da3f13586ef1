"""Asking a judge model one question of a rubric: in the rubric's readout, then in the readout's fallbacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata

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
    reading: Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: a reply to a case, or two replies that are compared."""

    case: Case
    reply: str
    other: str | None = None
    """The second of two replies."""


async def ask(model: JudgeModel, readout: Readout, question: Question, about: Asked) -> Answer:
    """Ask one question. What the model cannot answer is an answer of status `error`.

    The readout's fallbacks, where it has some, are tried one after the other, once each, on what could not be read or failed.
    """
    first, *fallbacks = in_turn(readout)
    answer = await _ask_by(model, first, question, about)
    for fallback in fallbacks:
        if answer.reading.status not in ("unparsed", "error"):
            break
        answer = await _ask_by(model, fallback, question, about)
    return answer


async def _ask_by(model: JudgeModel, readout: Readout, question: Question, about: Asked) -> Answer:
    if isinstance(model, NamesSpecialTokens):
        question = replace(question, special_tokens=model.special_tokens)
    prompt = judge_prompt(question, readout, about.case, about.reply, about.other)
    try:
        reading = await readout.read(model, prompt, question)
    except JudgeModelError as error:
        reading = Reading("error", reason=str(error) or "the judge model gave no reason")
    return Answer(question, readout, reading)


def signature_of(rubric: Rubric, rubric_hash: str, model: JudgeModel) -> str:
    """Judge, rubric, readout and version: all that decides a verdict but the case and the reply."""
    return (
        f"judge:{model.identity}|rubric:{rubric.name}@v{rubric.version}:{rubric_hash}"
        f"|readout:{rubric.readout_kinds}|temp:{rubric.readout.temperature:g}|v:{_version()}"
    )


@cache
def _version() -> str:
    return metadata.version("rejoinder")
