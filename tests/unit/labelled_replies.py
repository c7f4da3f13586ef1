"""Labels files, rubrics to go with them, and a judge that goes by the reply. Holds no tests."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from judges.judge_model import JudgeModelError
from judges.loading import load_rubric
from judges.people.labels import LabelSet, read_labels
from judges.rubrics.rubric import Rubric
from judges.structured_output import StructuredOutput

SCALES = {
    "binary": ("{kind: binary}", "{pass: good, fail: bad}"),
    "ordinal": (
        "{kind: ordinal, lowest: 1, highest: 5}",
        '{"1": poor, "2": fair, "3": usable, "4": good, "5": perfect}',
    ),
    "labels": (
        "{kind: labels, labels: [warm, neutral, cold], scores: {warm: 1, neutral: 0.5, cold: 0}}",
        "{warm: kind, neutral: plain, cold: curt}",
    ),
    "act": (
        "{kind: labels, labels: [clarify, inform], correct: expectation.act}",
        "{clarify: it asks, inform: it tells}",
    ),
    "numeric": ("{kind: numeric, lowest: 0, highest: 100}\nreadout: {kind: free_text}", '{"0": bad, "100": good}'),
    "pair": ("{kind: pair}", "{first: the first is better, second: the second is better, tie: neither is better}"),
    "checklist": ("{kind: checklist, items: {polite: 1, asks: 3}}", "{polite: Is it polite?, asks: Does it ask?}"),
}
"""By name, the `scale` of a rubric (with a readout where it needs one) and the anchors that go with it."""

HELLO = [{"role": "user", "content": "Hello."}]


def rubric_with(scale: str, folder: Path, *, more: str = "", language: str = "en") -> Rubric:
    """A rubric on one of `SCALES`."""
    kind, anchors = SCALES[scale]
    file = folder / f"{scale}.yaml"
    text = f"{{question: How good is it?, anchors: {anchors}}}"
    file.write_text(f"name: {scale}\nscale: {kind}\n{more}languages:\n  {language}: {text}\n", encoding="utf-8")
    return load_rubric(file)


def line(reply: str, *labels: object, **fields: object) -> dict[str, object]:
    """A line of a labels file."""
    return {"context": HELLO, "reply": reply, "labels": list(labels)} | fields


def pair(first: str, second: str, *labels: object, **fields: object) -> dict[str, object]:
    """A line of a labels file about two replies."""
    return {"context": HELLO, "replies": [first, second], "labels": list(labels)} | fields


def written(folder: Path, *lines: Mapping[str, object] | str, name: str = "labels.jsonl") -> Path:
    """A labels file of these lines; texts are written as they are."""
    file = folder / name
    texts = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in lines)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


def label_set(folder: Path, rubric: Rubric, *lines: Mapping[str, object]) -> LabelSet:
    """These lines as they are read back."""
    return read_labels(written(folder, *lines), rubric)


def data_file(name: str) -> Path:
    """A file of the test data; skips the test where it is absent."""
    default = Path(__file__).parents[2] / ".." / "shared" / "data"
    file = Path(os.environ.get("REJOINDER_TEST_DATA", default)) / name
    if not file.is_file():
        pytest.skip(f"the test data {file} is not there (REJOINDER_TEST_DATA)")
    return file


def real_lines(name: str) -> list[dict[str, Any]]:
    """The lines of a file of the test data."""
    return [json.loads(text) for text in data_file(name).read_text(encoding="utf-8").splitlines()]


@dataclass
class ReplyingJudgeModel:
    """Gives each reply the probabilities of answers, or the text, that it was told; it finds the reply in the prompt."""

    answers: Mapping[str, Mapping[str, float] | str | None]
    """By the reply; None fails."""
    identity: str = "scripted@00000000"

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        answer = self._answer(messages)
        assert isinstance(answer, str)
        return answer

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        answer = self._answer(messages)
        assert isinstance(answer, Mapping)
        return tuple(math.log(answer[label]) if answer.get(label) else -math.inf for label in labels)

    def _answer(self, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, float] | str:
        found = re.search(r"<reply \w+>(.*)</reply ", messages[-1]["content"])
        assert found
        answer = self.answers[found[1]]
        if answer is None:
            raise JudgeModelError("the prompt is too long")
        return answer
