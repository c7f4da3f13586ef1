"""A judge model for tests, and rubrics to ask it by. Holds no tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judges.judge import Judge
from judges.judge_model import JudgeModelError
from judges.loading import load_rubric
from judges.prompting.wording import WORDINGS
from judges.readouts.answers import Answers
from judges.rubrics.question import Question
from judges.structured_output import StructuredOutput
from suites.cases import Case
from suites.dialogue import Expectation, Message

HOUSE_RUBRIC = """\
schema: 1
name: house
scale: {kind: binary}
languages:
  en:
    question: Is the reply good?
    anchors:
      pass: it is good
      fail: it is bad
"""


@dataclass
class ScriptedJudgeModel:
    """Answers as it is told to, and keeps what it was asked."""

    probabilities: Mapping[str, float] = field(default_factory=dict)
    """Of first tokens, by the text that begins with them; texts that are not named have none."""
    text: str | Exception = ""
    no_logprobs: str | None = None
    identity: str = "scripted@00000000"
    prompts: list[list[Mapping[str, Any]]] = field(default_factory=list)
    structures: list[StructuredOutput | None] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        self.prompts.append(list(messages))
        self.structures.append(structure)
        if isinstance(self.text, Exception):
            raise self.text
        return self.text

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        self.prompts.append(list(messages))
        if self.no_logprobs:
            raise JudgeModelError(self.no_logprobs)
        known = [self.probabilities.get(label, 0.0) for label in labels]
        return tuple(math.log(probability) if probability else -math.inf for probability in known)


def judge_by(text: str, model: ScriptedJudgeModel, folder: Path) -> Judge:
    """A judge by the rubric file that `text` is."""
    file = folder / "rubric.yaml"
    file.write_text(text, encoding="utf-8")
    return Judge(load_rubric(file), model)


def case_of(*turns: tuple[str, str], language: str = "en", **fields: Any) -> Case:
    """A case with the dialogue `turns`, each (role, text)."""
    given = {"references": (), "expectation": Expectation(), "facts": (), "persona": None} | fields
    return Case(
        id="d#1",
        dialogue_id="d",
        turn=len(turns),
        messages=tuple(Message.model_validate({"role": role, "content": text}) for role, text in turns),
        tags=(),
        language=language,
        **given,
    )


def question(*, language: str = "en", bounds: tuple[float, float] = (0, 1), **words: str) -> Question:
    """A yes/no question or one with other answers, by label; without any, a number is asked for."""
    answers = Answers(words, bounds, WORDINGS[language])
    return Question(None, "Good?", {}, answers, instruction=None, sees=frozenset({"reply"}), examples=())


LATTE = case_of(("system", "You are the barista."), ("user", "A latte, please."))
