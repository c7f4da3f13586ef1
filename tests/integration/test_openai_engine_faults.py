"""The `openai` engine against a real HTTP server that fails in every way that servers do."""

from __future__ import annotations

import asyncio
import gzip
import logging
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from email.utils import formatdate
from itertools import pairwise
from typing import Any

import pytest
from fault_server import (
    Answer,
    FaultServer,
    Handler,
    chat_body,
    dripping,
    dropped_before_answering,
    dropped_in_the_body,
    error,
    half_json,
    json_answer,
    late,
    listing,
    raw,
    reply,
    serving,
)

from harness.engines.endpoint.chat_client import MAX_UNANSWERED
from harness.engines.engine import Candidate, Completion, EngineError, Request, RequestError, Sampling
from harness.engines.openai_engine import OpenAiEngine, OpenAiOptions
from harness.judging.judge_models import EngineJudgeModel
from judges.structured_output import ChoiceOutput, JsonOutput, RegexOutput, StructuredOutput
from suites.userfile import InputError

KEY = "sk-test-4f1d/9c2b+77aa=e0"
VARIABLE = "REJOINDER_TEST_KEY"
MESSAGES = [{"role": "user", "content": "A flat white, please."}]
REQUEST = Request(case_id="d1#1", candidate="base", messages=MESSAGES, sampling=Sampling(), seed=0)

PASSING_FAULTS: dict[str, tuple[Answer, str]] = {
    "429": (error(429, "Rate limit reached"), "429 Too Many Requests: Rate limit reached"),
    "500": (error(500, "out of luck"), "500 Internal Server Error: out of luck"),
    "502 page": (raw(502, b"<html><h1>Bad Gateway</h1></html>", {"Content-Type": "text/html"}), "502 Bad Gateway"),
    "503": (json_answer(503, {"detail": "loading"}), "503 Service Unavailable: loading"),
    "529": (error(529, "overloaded"), "529: overloaded"),
    "dropped before": (dropped_before_answering, "gave no answer ("),
    "dropped inside": (dropped_in_the_body, "gave no answer"),
    "half JSON": (half_json, "not JSON"),
    "page": (raw(200, b"<html>welcome</html>", {"Content-Type": "text/html"}), "not JSON"),
    "empty body": (raw(200, b""), "not JSON"),
    "deep JSON": (raw(200, b"[" * 200_000), "not JSON"),
    "torn gzip": (raw(200, gzip.compress(b'{"choices": []}')[:-9], {"Content-Encoding": "gzip"}), ""),
    "no choice": (json_answer(200, chat_body() | {"choices": []}), "without any choice"),
    "error with 200": (json_answer(200, {"error": {"message": "upstream is full"}}), "upstream is full"),
    "a list": (json_answer(200, ["hello"]), "not a chat completion"),
    "wrong types": (json_answer(200, {"choices": {"message": 7}}), "not a chat completion"),
    "null content": (reply(None), "without any content"),
}

LASTING_FAULTS: dict[str, tuple[Answer, str]] = {
    "400": (error(400, "messages must alternate"), "400 Bad Request: messages must alternate"),
    "422": (json_answer(422, {"detail": [{"loc": ["body", "messages"]}]}), "422"),
    "403": (error(403, "not in your country"), "403 Forbidden: not in your country"),
    "context, OpenAI": (error(400, "too long", code="context_length_exceeded"), "do not fit the model's context"),
    "context, vLLM": (
        error(400, "This model's maximum context length is 1024 tokens. However, your prompt contains 1500."),
        "do not fit the model's context",
    ),
    "context, llama.cpp": (
        error(400, "the request exceeds the available context size", type="exceed_context_size_error"),
        "do not fit the model's context",
    ),
    "filtered": (reply(None, finish_reason="content_filter"), "content filter"),
    "only reasoning": (
        reply(None, finish_reason="length", message={"role": "assistant", "content": None, "reasoning": "Hm"}),
        "all its tokens went into reasoning",
    ),
    "tool call": (
        reply(message={"role": "assistant", "content": None, "tool_calls": [{}]}, finish_reason="tool_calls"),
        "called a tool",
    ),
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)


def engine_of(server: FaultServer, candidates: dict[str, Candidate] | None = None, **options: Any) -> OpenAiEngine:
    settings = {"base_url": server.base_url, "model": "small", "api_key_env": VARIABLE, "first_wait_s": 0.01}
    return OpenAiEngine(OpenAiOptions(**{**settings, **options}), candidates or {"base": Candidate()})


@asynccontextmanager
async def started(server: FaultServer, **options: Any) -> AsyncIterator[OpenAiEngine]:
    engine = engine_of(server, **options)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


async def completion(server: FaultServer, request: Request = REQUEST, **options: Any) -> Completion:
    async with started(server, **options) as engine:
        return await engine.complete(request)


async def test_a_good_answer_is_read_and_the_request_holds_what_the_spec_says(server: FaultServer) -> None:
    logprobs = {"content": [{"token": "Sure", "logprob": -0.5}, {"token": "!", "logprob": -1.25}]}
    server.script.otherwise = reply("Sure!", logprobs=logprobs, finish_reason="length")
    sampling = Sampling(temperature=0.7, top_p=0.9, top_k=40, max_tokens=9, stop=("END",))
    request = Request(case_id="1", candidate="base", messages=MESSAGES, sampling=sampling, seed=5)
    found = await completion(server, request, extra_body={"repetition_penalty": 1.1})
    assert (found.text, found.finish_reason) == ("Sure!", "length")
    assert (found.prompt_tokens, found.completion_tokens) == (11, 3)
    assert found.token_logprobs == (-0.5, -1.25)
    assert found.latency_s is not None
    assert 0 < found.latency_s < 5
    (sent,) = server.script.received
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.body == {
        **{"model": "small", "messages": MESSAGES, "temperature": 0.7, "top_p": 0.9, "top_k": 40, "max_tokens": 9},
        **{"stop": ["END"], "seed": 5, "logprobs": True, "repetition_penalty": 1.1},
    }


async def test_fields_that_are_not_set_or_are_omitted_are_not_sent(server: FaultServer) -> None:
    await completion(server, omit=("temperature", "logprobs"))
    assert server.script.received[0].body.keys() == {"model", "messages", "top_p", "max_tokens", "seed"}


async def test_log_probabilities_are_not_asked_for_where_nobody_wants_them(server: FaultServer) -> None:
    request = Request(case_id="1", candidate="base", messages=MESSAGES, sampling=Sampling(logprobs=False), seed=5)
    await completion(server, request)
    assert "logprobs" not in server.script.received[0].body


@pytest.mark.parametrize("fault", PASSING_FAULTS)
async def test_a_fault_that_passes_is_tried_again(server: FaultServer, fault: str) -> None:
    server.script.answers.append(PASSING_FAULTS[fault][0])
    assert (await completion(server)).text == "Certainly."
    assert len(server.script.received) == 2


@pytest.mark.parametrize("fault", PASSING_FAULTS)
async def test_a_fault_that_stays_ends_in_a_request_error(server: FaultServer, fault: str) -> None:
    server.script.otherwise, reason = PASSING_FAULTS[fault]
    with pytest.raises(RequestError) as caught:
        await completion(server, max_retries=2)
    assert len(server.script.received) == 3
    assert str(caught.value).startswith(f"127.0.0.1:{server.port}/v1 ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", LASTING_FAULTS)
async def test_a_refusal_is_not_tried_again(server: FaultServer, fault: str) -> None:
    server.script.otherwise, reason = LASTING_FAULTS[fault]
    with pytest.raises(RequestError) as caught:
        await completion(server)
    assert len(server.script.received) == 1
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (error(401, "invalid key"), f"environment variable {VARIABLE}"),
        (error(429, "You exceeded your current quota", code="insufficient_quota"), "top up the account"),
        (error(404, "The model `small` does not exist."), "the address is right"),
    ],
)
async def test_what_no_request_can_pass_stops_the_run_at_once(server: FaultServer, answer: Answer, remedy: str) -> None:
    server.script.otherwise = answer
    with pytest.raises(EngineError, match=remedy):
        await completion(server)
    assert len(server.script.received) == 1


@pytest.mark.parametrize("answer", [late(3.0), dripping(0.05, 60)], ids=["silent", "dripping"])
async def test_an_attempt_ends_at_its_time_limit(server: FaultServer, answer: Answer) -> None:
    server.script.otherwise = answer
    began = time.perf_counter()
    with pytest.raises(RequestError, match=r"did not answer within 0\.2 s"):
        await completion(server, timeout_s=0.2, max_retries=1)
    assert len(server.script.received) == 2
    assert 0.4 <= time.perf_counter() - began < 2.5


async def test_waits_grow_and_each_retry_is_logged_once(server: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    server.script.answers.extend([error(500, "out of luck")] * 3)
    await completion(server, first_wait_s=0.1)
    times = [received.at for received in server.script.received]
    waits = [later - earlier for earlier, later in pairwise(times)]
    for wait, nominal in zip(waits, (0.1, 0.2, 0.4), strict=True):
        assert 0.75 * nominal <= wait < nominal + 0.5
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 3
    assert "500 Internal Server Error: out of luck; trying again in 0." in warnings[0]
    assert warnings[2].endswith("(retry 3 of 5)")


def slow_down_until_a_date(handler: Handler) -> None:
    error(429, "slow down", {"Retry-After": formatdate(time.time() + 2, usegmt=True)})(handler)


@pytest.mark.parametrize("answer", [error(429, "slow down", {"Retry-After": "2"}), slow_down_until_a_date])
async def test_retry_after_is_honoured(server: FaultServer, answer: Answer) -> None:
    server.script.answers.append(answer)
    await completion(server)
    first, second = (received.at for received in server.script.received)
    assert 0.9 < second - first < 5  # a date knows whole seconds only; without Retry-After the wait is 0.01 s


async def test_retry_after_is_capped(server: FaultServer) -> None:
    server.script.answers.append(error(429, "come back tomorrow", {"Retry-After": "86400"}))
    await asyncio.wait_for(completion(server, longest_wait_s=0.2), 10)
    first, second = (received.at for received in server.script.received)
    assert 0.15 < second - first < 1


async def test_max_completion_tokens_is_learnt_once(server: FaultServer) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    server.script.answers.append(error(400, message, param="max_tokens", code="unsupported_parameter"))
    async with started(server) as engine:
        assert [(await engine.complete(REQUEST)).text for _ in range(2)] == ["Certainly."] * 2
    sent = [received.body for received in server.script.received]
    assert ["max_tokens" in body for body in sent] == [True, False, False]
    assert [body.get("max_completion_tokens") for body in sent] == [None, 128, 128]


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_refusal_of_logprobs_is_learnt_once(server: FaultServer, status: int) -> None:
    server.script.answers.append(error(status, "You are not allowed to request logprobs from this model"))
    async with started(server) as engine:
        for _ in range(2):
            assert (await engine.complete(REQUEST)).token_logprobs is None
        with pytest.raises(
            RequestError, match="no log-probabilities for 'small'; set the rubric's readout to free_text"
        ):
            await engine.label_logprobs("base", MESSAGES, ["yes", "no"])
    assert ["logprobs" in received.body for received in server.script.received] == [True, False, False]


async def test_a_refused_temperature_is_not_left_out_unasked(server: FaultServer) -> None:
    server.script.otherwise = error(400, "'temperature' does not support 0 with this model. Only 1 is supported.")
    with pytest.raises(RequestError, match=r"omit: \[temperature\]"):
        await completion(server)
    assert len(server.script.received) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"content": "Coming up.", "reasoning_content": "They want coffee."},
        {"content": "Coming up.", "reasoning": "They want coffee."},
        {"content": "<think>They want coffee.</think>\n\nComing up."},
        {"content": "They want coffee.\n</think>\nComing up."},
        {"content": [{"type": "thinking", "thinking": "They want coffee."}, {"type": "text", "text": "Coming up."}]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "They want coffee."}]},
                {"type": "text", "text": "Coming up."},
            ]
        },
    ],
)
async def test_reasoning_stays_out_of_the_reply(server: FaultServer, message: dict[str, Any]) -> None:
    logprobs = {"content": [{"token": "They", "logprob": -0.5}]}
    server.script.otherwise = reply(message={"role": "assistant", **message}, logprobs=logprobs)
    found = await completion(server)
    assert (found.text, found.token_logprobs) == ("Coming up.", None)
    assert found.reasoning == "They want coffee."


async def test_tags_in_the_text_are_those_of_the_options(server: FaultServer) -> None:
    both = "<think>Hm</think>[THINK]They want coffee.[/THINK]Coming up."
    server.script.otherwise = reply(both)
    assert (await completion(server)).reasoning == "Hm"
    found = await completion(server, reasoning_tags="none")
    assert (found.text, found.reasoning) == (both, None)
    server.script.otherwise = reply(both.removeprefix("<think>Hm</think>"))
    found = await completion(server, reasoning_tags=["[THINK]", "[/THINK]"])
    assert (found.text, found.reasoning) == ("Coming up.", "They want coffee.")


@pytest.mark.parametrize(
    ("structure", "sent"),
    [
        (
            JsonOutput({"type": "object", "properties": {}}),
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {
                        "name": "answer",
                        "schema": {"type": "object", "properties": {}},
                        "strict": True,
                    },
                }
            },
        ),
        (ChoiceOutput(("yes", "no")), {"structured_outputs": {"choice": ["yes", "no"]}}),
        (RegexOutput("[1-5]"), {"structured_outputs": {"regex": "[1-5]"}}),
        (None, {}),
    ],
)
async def test_a_structure_is_asked_for(
    server: FaultServer, structure: StructuredOutput | None, sent: dict[str, Any]
) -> None:
    await completion(server, replace(REQUEST, structure=structure))
    body = server.script.received[0].body
    assert {name: body[name] for name in ("response_format", "structured_outputs") if name in body} == sent


@pytest.mark.parametrize("status", [400, 422, 501])
async def test_a_refused_structure_is_answered_with_the_readouts_that_need_none(
    server: FaultServer, status: int
) -> None:
    server.script.otherwise = error(status, "response_format json_schema is not supported", code="unsupported")
    with pytest.raises(RequestError, match=r"json_schema is not supported; .*label_probabilities or free_text"):
        await completion(server, replace(REQUEST, structure=JsonOutput({"type": "object"})))
    with pytest.raises(RequestError) as caught:
        await completion(server)
    assert "free_text" not in str(caught.value)


async def test_a_long_prompt_is_not_taken_for_a_refused_structure(server: FaultServer) -> None:
    server.script.otherwise = error(400, "too long", code="context_length_exceeded")
    with pytest.raises(RequestError, match="do not fit the model's context") as caught:
        await completion(server, replace(REQUEST, structure=ChoiceOutput(("yes", "no"))))
    assert "free_text" not in str(caught.value)


async def test_tools_are_told_of_and_arguments_are_text(server: FaultServer) -> None:
    tool = {"type": "function", "function": {"name": "menu", "parameters": {"type": "object", "properties": {}}}}
    call = {"id": "c1", "type": "function", "function": {"name": "menu", "arguments": {"of": "чай"}}}
    messages = [
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "green", "tool_call_id": "c1"},
    ]
    await completion(server, replace(REQUEST, messages=messages, tools=[tool]))
    body = server.script.received[0].body
    assert (body["tools"], body["tool_choice"]) == ([tool], "none")
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"of": "чай"}'
    assert call["function"]["arguments"] == {"of": "чай"}  # type: ignore[index]  # the case's own stay as they are
    await completion(server)
    assert {"tools", "tool_choice"}.isdisjoint(server.script.received[1].body)


async def test_prompt_tokens_that_were_cached_are_counted(server: FaultServer) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}
    server.script.otherwise = json_answer(200, chat_body() | {"usage": usage})
    assert (await completion(server)).cached_prompt_tokens == 8
    server.script.otherwise = json_answer(200, chat_body() | {"usage": usage | {"prompt_tokens_details": None}})
    assert (await completion(server)).cached_prompt_tokens is None


async def test_a_refusal_in_a_field_of_its_own_is_the_reply(server: FaultServer) -> None:
    server.script.otherwise = reply(
        message={"role": "assistant", "content": None, "refusal": "I can't help with that."}
    )
    assert (await completion(server)).text == "I can't help with that."


async def test_lone_surrogates_are_replaced_on_both_ways(server: FaultServer) -> None:
    server.script.otherwise = reply("half \ud83d, whole \ud83d\ude42")  # json.dumps escapes each half
    messages = [{"role": "user", "content": "torn \udc00, whole 🙂"}]
    found = await completion(server, Request("1", "base", messages, Sampling()))
    assert found.text == "half \ufffd, whole 🙂"
    assert server.script.received[0].body["messages"][0]["content"] == "torn \ufffd, whole 🙂"


async def test_label_logprobs_come_from_the_first_position(server: FaultServer) -> None:
    likeliest = [
        {"token": token, "logprob": logprob} for token, logprob in [("yes", -0.2), ("No", -2.0), (" no", -3.0)]
    ]
    content = [{"token": "yes", "logprob": -0.2, "top_logprobs": likeliest}]
    server.script.otherwise = reply(None, logprobs={"content": content}, finish_reason="length")
    async with started(server) as engine:
        found = await engine.label_logprobs("base", MESSAGES, ["yes", "no", "maybe"])
    assert found == (-0.2, -3.0, -math.inf)
    body = server.script.received[0].body
    assert (body["temperature"], body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (0, 1, True, 20)


async def test_a_server_that_tells_fewer_logprobs_is_asked_for_fewer(server: FaultServer) -> None:
    content = [{"token": "yes", "logprob": -0.2, "top_logprobs": [{"token": "yes", "logprob": -0.2}]}]
    server.script.otherwise = reply("yes", logprobs={"content": content})
    server.script.answers.append(error(400, "top_logprobs must be at most 5"))
    async with started(server) as engine:
        for _ in range(2):
            assert await engine.label_logprobs("base", MESSAGES, ["yes"]) == (-0.2,)
    assert [received.body["top_logprobs"] for received in server.script.received] == [20, 5, 5]


async def test_a_server_without_logprobs_is_named_with_the_readout_that_works(server: FaultServer) -> None:
    async with started(server) as engine:
        with pytest.raises(RequestError, match="readout to free_text"):
            await engine.label_logprobs("base", MESSAGES, ["yes", "no"])
        with pytest.raises(RequestError, match="cannot score a given text"):
            await engine.score("base", MESSAGES, "Certainly.")


async def test_a_server_that_goes_away_stops_the_run_after_three_requests(server: FaultServer) -> None:
    async with started(server, max_retries=1) as engine:
        assert (await engine.complete(REQUEST)).text == "Certainly."
        server.go_away()
        for _ in range(MAX_UNANSWERED - 1):
            with pytest.raises(RequestError, match="gave no answer"):
                await engine.complete(REQUEST)
        with pytest.raises(EngineError, match="see that the server runs"):
            await engine.complete(REQUEST)


async def test_one_answer_in_between_and_the_server_does_not_count_as_gone(server: FaultServer) -> None:
    unanswered = [dropped_before_answering] * (MAX_UNANSWERED - 1)
    answers = [*unanswered, error(400, "no"), *unanswered, reply("Still here."), *unanswered]
    server.script.answers.extend(answers)
    replies = []
    async with started(server, max_retries=0) as engine:
        for _ in answers:
            with suppress(RequestError):
                replies.append((await engine.complete(REQUEST)).text)
    assert replies == ["Still here."]


async def test_a_server_that_comes_back_in_time_is_waited_for(server: FaultServer) -> None:
    async with started(server, first_wait_s=0.2) as engine:
        server.go_away()
        answer = asyncio.create_task(engine.complete(REQUEST))
        await asyncio.sleep(0.3)
        with serving(server.port) as again:
            assert (await answer).text == "Certainly."
            assert len(again.script.received) == 1


async def test_no_more_requests_are_under_way_than_allowed(server: FaultServer) -> None:
    server.script.otherwise = late(0.05)
    async with started(server, concurrency=3) as engine:
        assert engine.concurrency == 3
        replies = await asyncio.gather(*(engine.complete(REQUEST) for _ in range(12)))
    assert len(replies) == 12
    assert server.script.most_under_way == 3


async def test_a_cancelled_request_frees_its_place(server: FaultServer) -> None:
    server.script.answers.append(late(5))
    async with started(server, concurrency=1) as engine:
        request = asyncio.create_task(engine.complete(REQUEST))
        await asyncio.sleep(0.1)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert (await asyncio.wait_for(engine.complete(REQUEST), 2)).text == "Certainly."


async def test_a_model_that_changes_behind_its_name_is_told(
    server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script.answers.extend(json_answer(200, chat_body() | {"system_fingerprint": f}) for f in ("a1", "a1", "b2"))
    async with started(server) as engine:
        for _ in range(3):
            await engine.complete(REQUEST)
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "from a1 to b2" in warning


# The start: key, address and models.


async def test_a_model_that_is_not_served_is_refused_with_those_that_are(server: FaultServer) -> None:
    server.script.models = listing("small", "large")
    with pytest.raises(InputError, match=r"serves no model 'smal'; it serves small, large") as caught:
        await engine_of(server, {"a": Candidate(model="smal")}).start()
    assert caught.value.field == "candidates.a.model"
    assert not server.script.received


@pytest.mark.parametrize(
    ("listed", "options"),
    [
        (listing("small:latest"), {}),
        (listing("models/small"), {}),
        (listing("other"), {"check_models": False}),
        (listing("only-one"), {"model": None}),
        (json_answer(200, [{"id": "small"}]), {}),
        (error(404, "Not Found"), {}),
        (error(405, "Method Not Allowed"), {}),
    ],
)
async def test_servers_list_their_models_in_many_ways(server: FaultServer, listed: Answer, options: Any) -> None:
    server.script.models = listed
    assert (await completion(server, **options)).text == "Certainly."
    assert len(server.script.models_received) == 1
    assert server.script.received[0].body["model"] == ("small" if "model" not in options else "only-one")


async def test_without_a_name_one_of_several_models_must_be_chosen(server: FaultServer) -> None:
    server.script.models = listing("small", "large")
    with pytest.raises(InputError, match=r"engine\.model: is missing.*it serves small, large"):
        await engine_of(server, model=None).start()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_names_its_variable(server: FaultServer, status: int) -> None:
    server.script.models = error(status, "Incorrect API key provided")
    with pytest.raises(InputError, match=f"refuses the key.*environment variable {VARIABLE}"):
        await engine_of(server).start()
    assert len(server.script.models_received) == 1


async def test_a_missing_key_is_a_fault_only_beyond_this_machine(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    assert (await completion(server)).text == "Certainly."
    assert server.script.received[0].headers["authorization"] == "Bearer unused"
    with pytest.raises(InputError, match=f"environment variable {VARIABLE} is not set"):
        await engine_of(server, base_url="https://api.example.com/v1").start()


async def test_a_server_that_is_not_there_is_told_at_once(server: FaultServer) -> None:
    server.go_away()
    began = time.perf_counter()
    with pytest.raises(EngineError, match=r"gave no answer .*; start the server or correct its address") as caught:
        await engine_of(server, first_wait_s=5).start()
    assert caught.value.field == ("engine", "options", "base_url")
    assert time.perf_counter() - began < 3


async def test_a_web_page_in_place_of_the_api_is_a_wrong_address(server: FaultServer) -> None:
    server.script.models = raw(200, b"<html>welcome</html>", {"Content-Type": "text/html"})
    with pytest.raises(InputError, match="often ends in /v1") as caught:
        await engine_of(server).start()
    assert caught.value.field == "engine.options.base_url"


async def test_a_server_that_fails_at_the_start_is_tried_again(server: FaultServer) -> None:
    server.script.models = error(503, "loading the model")
    with pytest.raises(EngineError, match="503 Service Unavailable: loading the model; start the server"):
        await engine_of(server).start()
    server.script.models = error(500, "oh")
    with pytest.raises(EngineError, match="run again when the endpoint works"):
        await engine_of(server, max_retries=2).start()
    assert len(server.script.models_received) == 1 + 3


async def test_azure_is_asked_in_its_own_way(server: FaultServer) -> None:
    azure = {"endpoint": f"http://127.0.0.1:{server.port}", "api_version": "2024-10-21"}
    options = OpenAiOptions.model_validate({"azure": azure, "model": "my-deployment", "api_key_env": VARIABLE})
    engine = OpenAiEngine(options, {"base": Candidate()})
    await engine.start()
    try:
        assert (await engine.complete(REQUEST)).text == "Certainly."
    finally:
        await engine.close()
    (sent,) = server.script.received
    assert sent.path == "/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"
    assert sent.headers["api-key"] == KEY


async def test_closing_twice_is_fine(server: FaultServer) -> None:
    engine = engine_of(server)
    await engine.close()
    await engine.start()
    await engine.close()
    await engine.close()


# The key: a server that echoes it must not get it into anything that is shown or kept.


def everything_shown(error: BaseException | None) -> str:
    """All that a traceback of an exception, its causes and its context could show."""
    shown = []
    while error is not None:
        shown.append(f"{error!s} {error!r} {error.args!r} {vars(error)!r}")
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_a_key_that_the_server_echoes_is_shown_nowhere(
    server: FaultServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script.otherwise = error(status, f"no access with {KEY}, sorry", code=KEY)
    async with started(server, max_retries=1) as engine:
        with pytest.raises((RequestError, EngineError)) as caught:
            await engine.complete(REQUEST)
        server.script.models = server.script.otherwise
        try:
            await engine_of(server, max_retries=0).start()
        except (InputError, EngineError) as at_start:
            assert f"no access with [{VARIABLE}], sorry" in str(at_start)
            assert KEY not in everything_shown(at_start)
        else:
            assert status in (400, 404)
    assert f"no access with [{VARIABLE}], sorry" in str(caught.value)
    assert KEY not in everything_shown(caught.value)
    assert KEY not in caplog.text
    assert KEY not in repr(engine.identity("base"))


async def test_a_key_in_a_reply_is_not_recorded(server: FaultServer) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY).encode()
    server.script.otherwise = raw(200, b'{"choices": [{"message": {"content": "Your key is ' + escaped + b'."}}]}')
    assert (await completion(server)).text == f"Your key is [{VARIABLE}]."


async def test_the_identity_holds_what_decides_the_replies(server: FaultServer) -> None:
    async def digest(**options: Any) -> str:
        async with started(server, **options) as engine:
            return engine.identity("base").digest()

    server.script.models = listing("small", "large", root="/models/a")
    plain = await digest()
    assert await digest(concurrency=3, timeout_s=9) == plain
    others = [await digest(model="large"), await digest(extra_body={"min_p": 0.1}), await digest(omit=["seed"])]
    server.script.models = listing("small", root="/models/b")
    assert len({plain, *others, await digest()}) == 5


async def test_a_judge_is_another_once_its_requests_hold_something_else(server: FaultServer) -> None:
    async def judge(**options: Any) -> str:
        async with started(server, **options) as engine:
            return EngineJudgeModel(engine, "base").identity

    plain = await judge()
    thinking, silent = ({"chat_template_kwargs": {"enable_thinking": on}} for on in (True, False))
    others = [await judge(extra_body=thinking), await judge(extra_body=silent), await judge(omit=["seed"])]
    assert len({plain, *others, await judge(reasoning_tags="none")}) == 5
    assert await judge(omit=["temperature", "seed"]) == await judge(omit=["seed", "temperature"])
    assert await judge(concurrency=3, timeout_s=9, max_retries=0, check_models=False) == plain
    with serving() as elsewhere:
        async with started(elsewhere) as engine:
            assert EngineJudgeModel(engine, "base").identity == plain
