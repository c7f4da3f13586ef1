"""Replies of the `transformers` engine that are held to a structure, and thoughts apart from replies, on the real checkpoint."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import pytest_asyncio

from harness.engines.engine import Candidate, Completion, Request, RequestError, Sampling
from harness.engines.transformers_engine import TransformersEngine, TransformersOptions
from harness.judging.judge_models import EngineJudgeModel
from judges.judge import Judge
from judges.loading import load_rubric
from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput
from suites.cases import Case
from suites.dialogue import Expectation, Message

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

THINKING_TEMPLATE = """\
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant
{% if enable_thinking is not defined or enable_thinking %}<think>
{% else %}<think>

</think>

{% endif %}"""

SCHEMA = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "maxLength": 40},
        "verdict": {"enum": ["yes", "no"]},
        "score": {"type": "number", "minimum": 0, "maximum": 10},
    },
    "required": ["reason", "verdict", "score"],
    "additionalProperties": False,
}

RUBRIC = """\
schema: 1
name: house
scale: {kind: binary}
readout: {kind: json, max_tokens: 96}
languages:
  en:
    question: Does the reply ask for the size?
    anchors: {pass: it asks for the size, fail: it does not}
    examples:
      - {context: [{user: "A tea, please."}], reply: "Small or large?", verdict: pass}
      - {context: [{user: "A tea, please."}], reply: "Here you are.", verdict: fail, reason: "No size is asked for."}
  ru:
    question: Спрашивает ли ответ о размере?
    anchors: {pass: спрашивает, fail: не спрашивает}
"""


def asking(text: str, structure: StructuredOutput | None = None, max_tokens: int = 96) -> Request:
    messages = [{"role": "user", "content": text}]
    return Request(text, "base", messages, Sampling(max_tokens=max_tokens), structure=structure)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TransformersEngine]:
    template = tmp_path_factory.mktemp("template") / "thinking.jinja"
    template.write_text(THINKING_TEMPLATE, encoding="utf-8")
    options = TransformersOptions(model=str(checkpoint), dtype="float32", chat_template=template)
    engine = TransformersEngine(options, {"base": Candidate()})
    await engine.start()
    yield engine
    await engine.close()


async def test_json_fits_its_schema(engine: TransformersEngine) -> None:
    reply = await engine.complete(asking("Is a latte a coffee? Answer in JSON.", JsonOutput(SCHEMA)))
    assert reply.finish_reason == "stop"
    jsonschema.validate(json.loads(reply.text), SCHEMA)
    assert list(json.loads(reply.text)) == ["reason", "verdict", "score"]
    assert reply.reasoning is None  # though the prompt has begun it
    assert reply.token_logprobs is not None
    assert all(logprob <= 0 for logprob in reply.token_logprobs)


async def test_structures_of_all_kinds_share_a_batch_with_free_replies(engine: TransformersEngine) -> None:
    requests = [
        asking("Latte or tea?", ChoiceOutput(("latte", "two teas", "чай «x»"))),
        asking("Latte or tea?", RegexOutput("[1-5]{3}")),
        asking("Latte or tea?"),
        asking("Latte or tea?", JsonOutput({"enum": ["a", "b"]})),
        asking("Latte or tea?", ChoiceOutput(("чай «x»",))),
    ]
    together: list[Completion] = await asyncio.gather(*(engine.complete(request) for request in requests))
    choice, digits, free, letter, only = (reply.text for reply in together)
    assert choice in {"latte", "two teas", "чай «x»"}
    assert re.fullmatch("[1-5]{3}", digits)
    assert json.loads(letter) in ("a", "b")
    assert only == "чай «x»"
    alone = await engine.complete(requests[2])
    assert (alone.text, alone.reasoning) == (free, together[2].reasoning)
    assert together[0].finish_reason == "stop"


async def test_sampling_stays_within_the_structure(engine: TransformersEngine) -> None:
    warm = Sampling(temperature=2.0, top_p=0.95, max_tokens=20)
    structure = RegexOutput("(ab|ba){2,4}")
    replies = await asyncio.gather(
        *(engine.complete(replace(asking(f"{i}", structure), sampling=warm)) for i in range(6))
    )
    assert all(re.fullmatch("(ab|ba){2,4}", reply.text) for reply in replies)
    assert len({reply.text for reply in replies}) > 1


async def test_a_structure_that_cannot_be_is_refused(engine: TransformersEngine) -> None:
    with pytest.raises(RequestError, match=r"cannot be held to this structure .* label_probabilities or free_text"):
        await engine.complete(asking("Hi", RegexOutput("(")))
    with pytest.raises(RequestError, match="cannot be held to this structure"):
        await engine.complete(asking("Hi", JsonOutput({"type": "nonsense"})))


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_real_judge_gives_its_verdict_in_json(
    engine: TransformersEngine, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "rubric.yaml"
    file.write_text(RUBRIC, encoding="utf-8")
    judge = Judge(load_rubric(file), EngineJudgeModel(engine, "base"))
    case = Case(
        id="d#1",
        dialogue_id="d",
        turn=1,
        messages=(Message(role="user", content="A latte, please."),),
        references=(),
        expectation=Expectation(),
        tags=(),
        facts=(),
        language=language,
        persona=None,
    )
    verdict = await judge.judge(case, "What size?")
    assert (verdict.status, verdict.readout) == ("ok", "json"), verdict.reason
    assert verdict.score in (0, 1)
    assert verdict.label == ("pass" if verdict.score else "fail")


async def test_thoughts_that_the_prompt_began_are_no_part_of_the_reply(engine: TransformersEngine) -> None:
    lines = [
        ("Is 2 even?", "2 is even"),
        ("Is 3 even?", "3 is odd"),
        ("Is 4 even?", "4 is even"),
        ("Is 5 even?", "5 is odd"),
    ]
    messages = [
        message
        for question, thought in lines
        for message in (
            {"role": "user", "content": question},
            {"role": "assistant", "content": f"<think>\n{thought}\n</think>\n\nIt {thought[2:]}."},
        )
    ]
    messages.append({"role": "user", "content": "Is 6 even?"})
    reply = await engine.complete(Request("c", "base", messages, Sampling(max_tokens=32)))
    assert reply.reasoning == "6 is even"
    assert "think>" not in reply.text + reply.reasoning
    assert reply.text.startswith("It is")
    assert reply.token_logprobs is None
    short = await engine.complete(Request("c", "base", messages, Sampling(max_tokens=2)))
    assert (short.text, short.finish_reason) == ("", "length")
    assert short.reasoning
