"""What the `vllm` engine asks of vLLM besides plain replies: structures, what is calculated anew, and how much for a readout."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.engines.engine import ChatMessages, Completion, Request, RequestError, Sampling
from harness.engines.vllm_engine import VllmEngine
from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput

pytest.importorskip("vllm", reason="needs vLLM")

pytestmark = [pytest.mark.vllm, pytest.mark.asyncio(loop_scope="session")]

VERDICT = {
    "type": "object",
    "properties": {"reason": {"type": "string", "maxLength": 40}, "verdict": {"enum": ["pass", "fail"]}},
    "required": ["reason", "verdict"],
    "additionalProperties": False,
}


def chat(question: str) -> ChatMessages:
    return [{"role": "system", "content": "You judge replies."}, {"role": "user", "content": question}]


async def answer(
    engine: VllmEngine, structure: StructuredOutput | None, question: str = "Is it good?", max_tokens: int = 64
) -> Completion:
    return await engine.complete(
        Request("", "base", chat(question), Sampling(max_tokens=max_tokens), structure=structure)
    )


class Outputs:
    """What vLLM itself answered, beside what the engine makes of it."""

    def __init__(self, engine: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.last: Any = None
        llm = engine._process.llm
        generate = llm.generate

        async def watched(*arguments: Any, **keywords: Any) -> AsyncIterator[Any]:
            async for output in generate(*arguments, **keywords):
                self.last = output
                yield output

        monkeypatch.setattr(llm, "generate", watched)


async def test_an_answer_is_one_of_the_choices(vllm_engine: VllmEngine) -> None:
    choices = ("certainly", "by no means")
    found = await answer(vllm_engine, ChoiceOutput(choices))
    assert found.text in choices
    assert (await answer(vllm_engine, ChoiceOutput(("xylophone",)))).text == "xylophone"


async def test_an_answer_fits_a_schema(vllm_engine: VllmEngine) -> None:
    found = json.loads((await answer(vllm_engine, JsonOutput(VERDICT), max_tokens=128)).text)
    assert found.keys() == {"reason", "verdict"}
    assert found["verdict"] in ("pass", "fail")


async def test_an_answer_fits_a_pattern(vllm_engine: VllmEngine) -> None:
    assert re.fullmatch(r"[1-5]/5", (await answer(vllm_engine, RegexOutput(r"[1-5]/5"))).text)


@pytest.mark.parametrize(
    "structure", [RegexOutput("(unclosed"), JsonOutput({"type": "nonsense"}), ChoiceOutput(())], ids=str
)
async def test_a_structure_that_vllm_refuses_costs_one_request(
    vllm_engine: VllmEngine, structure: StructuredOutput
) -> None:
    with pytest.raises(RequestError, match=r"vLLM refuses the request: .{10}"):
        await answer(vllm_engine, structure)
    assert (await answer(vllm_engine, None, max_tokens=2)).text


async def test_a_beginning_that_was_seen_is_not_calculated_again(vllm_engine: VllmEngine) -> None:
    beginning = "Is this a good reply? " + "The baker says that there is no more bread today. " * 12
    first = await answer(vllm_engine, None, beginning + "First question.", max_tokens=2)
    second = await answer(vllm_engine, None, beginning + "Another question.", max_tokens=2)
    assert first.prompt_tokens is not None
    assert first.cached_prompt_tokens is not None
    assert second.cached_prompt_tokens is not None
    assert second.cached_prompt_tokens > first.cached_prompt_tokens
    assert second.cached_prompt_tokens > first.prompt_tokens / 2


async def test_a_readout_samples_one_token(vllm_engine: VllmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = Outputs(vllm_engine, monkeypatch)
    await vllm_engine.label_logprobs("base", chat("From 1 to 3?"), ["1", "2", "3"])
    assert len(outputs.last.outputs[0].token_ids) == 1


async def test_scores_fill_the_prefix_cache_but_do_not_read_it(
    vllm_engine: VllmEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = Outputs(vllm_engine, monkeypatch)
    question = "What does the next customer want? " + "She looks at the cakes for a long time. " * 12
    for _ in range(2):
        await vllm_engine.score("base", chat(question), "A cake, I suppose.")
        assert outputs.last.num_cached_tokens == 0
    found = await answer(vllm_engine, None, question, max_tokens=2)
    assert found.prompt_tokens is not None
    assert found.cached_prompt_tokens is not None
    assert found.cached_prompt_tokens > found.prompt_tokens / 2
