"""Reading chat answers, the options of the `openai` engine, and keys; nothing is sent."""

from __future__ import annotations

import math
import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines.endpoint.api_key import ApiKey, api_key_from
from harness.engines.endpoint.chat_answers import (
    ChatAnswer,
    UnusableAnswer,
    chat_answer,
    completion_of,
    first_token_logprobs,
    json_of,
    scored_tokens,
    server_words,
    without_lone_surrogates,
)
from harness.engines.endpoint.faults import Fault, retry_after_s
from harness.engines.endpoint.model_abilities import ModelAbilities
from harness.engines.endpoint.served_models import not_served, served_models
from harness.engines.engine import Candidate, Completion
from harness.engines.openai_engine import OpenAiOptions
from harness.engines.selection import make_engine
from harness.spec import EngineSpec
from suites.userfile import InputError

SECRET = "sk-proj-Zm9vYmFy"


def told(**logprobs: float) -> ChatAnswer:
    """An answer whose first position tells these tokens; `_` stands for a space."""
    likeliest = [{"token": token.replace("_", " "), "logprob": logprob} for token, logprob in logprobs.items()]
    content = [{**likeliest[0], "top_logprobs": likeliest}]
    return chat_answer({"choices": [{"message": {"content": None}, "logprobs": {"content": content}}]})


# Labels.


@pytest.mark.parametrize(
    ("tokens", "label", "expected"),
    [
        ({"yes": -1.0, "_yes": -0.1}, "yes", -1.0),
        ({"_yes": -0.1, "Yes": -0.2}, "yes", -0.1),
        ({"Yes": -0.1}, "yes", -math.inf),
        ({"yesterday": -0.1}, "yes", -math.inf),
        ({"app": -3.0, "appropri": -1.0, "ap": -0.5}, "appropriate", -1.0),
        ({"I": -0.1}, "Inappropriate", -math.inf),
        ({"In": -0.1, "I": -0.05}, "Inappropriate", -0.1),
        ({"A": -0.3}, "A", -0.3),
        ({"1": -0.3}, "10", -0.3),
        ({"_": -0.1}, "yes", -math.inf),
        ({"да": -0.4, "д": -0.1}, "да", -0.4),
    ],
)
def test_a_label_is_found_by_its_first_token(tokens: dict[str, float], label: str, expected: float) -> None:
    assert first_token_logprobs(told(**tokens), [label]) == (expected,)


def test_a_label_is_found_by_bytes_where_a_token_is_part_of_a_letter() -> None:
    token = {"token": "\ufffd", "logprob": -0.7, "bytes": [0xD0]}  # the first byte of both words
    content = [{**token, "top_logprobs": [token]}]
    answer = chat_answer({"choices": [{"message": {"content": "\ufffd"}, "logprobs": {"content": content}}]})
    assert first_token_logprobs(answer, ["да", "нет", "yes"]) == (-0.7, -0.7, -math.inf)


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": []}, {"token_logprobs": [-1.0]}])
def test_no_logprobs_are_not_minus_infinity(logprobs: Any) -> None:
    answer = chat_answer({"choices": [{"message": {"content": "yes"}, "logprobs": logprobs}]})
    assert first_token_logprobs(answer, ["yes"]) is None


# Scores.


def prompt_answer(ids: list[int], logprobs: list[float] | None = None) -> ChatAnswer:
    told: list[Any] | None = None
    if logprobs is not None:
        after_the_first = zip(ids[1:], logprobs, strict=True)
        told = [None, *({str(token): {"logprob": p, "decoded_token": f"t{token}"}} for token, p in after_the_first)]
    return chat_answer({"choices": [{"message": {}}], "prompt_token_ids": ids, "prompt_logprobs": told})


def test_the_tokens_beyond_the_prompt_are_scored() -> None:
    found = scored_tokens(prompt_answer([7, 8]), prompt_answer([7, 8, 9, 5], [-1.0, -2.0, -3.0]))
    assert found is not None
    assert (found.tokens, found.logprobs) == (("t9", "t5"), (-2.0, -3.0))


@pytest.mark.parametrize(
    "whole",
    [
        prompt_answer([7, 6, 9], [-1.0, -2.0]),  # another beginning: the template is not the same with a reply
        prompt_answer([7, 8, 9]),  # nothing told
        prompt_answer([]),
    ],
)
def test_a_prompt_that_does_not_go_on_is_not_scored(whole: ChatAnswer) -> None:
    assert scored_tokens(prompt_answer([7, 8]), whole) is None


# Answers of any kind.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "logprobs", "usage", "error", "type", "text", "reasoning"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_whatever_a_server_sends_is_read_or_called_unusable(message: Any, choice: Any, data: Any) -> None:
    for body in (
        data,
        {"choices": [choice]},
        {"choices": [{"message": message}]},
        {"choices": [{"message": {"content": message}}]},
    ):
        try:
            assert isinstance(completion_of(body), Completion)
        except UnusableAnswer as error:
            assert "\n" not in str(error)


@given(st.text(st.characters(exclude_categories=())))
def test_text_without_surrogates_can_be_written_and_is_else_unchanged(text: str) -> None:
    clean = without_lone_surrogates([text])[0]
    clean.encode()
    if not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        assert clean == text


def test_an_unfinished_thought_is_no_reply() -> None:
    with pytest.raises(UnusableAnswer, match="all its tokens went into reasoning") as caught:
        completion_of({"choices": [{"message": {"content": "<think>They want"}, "finish_reason": "length"}]})
    assert not caught.value.worth_retrying


def test_a_reply_may_speak_of_thinking_or_be_empty() -> None:
    def text(content: str) -> str:
        return completion_of({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}).text

    assert text("Write <think> and </think> around it.") == "Write <think> and </think> around it."
    assert text("") == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"message": "no\n  such thing"}, "no such thing"),
        ({"detail": "Not Found"}, "Not Found"),
        ("Unauthorized", "Unauthorized"),
        ("<!doctype html><html>", ""),
        (None, ""),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)
def test_a_server_is_quoted_on_one_line(error: Any, words: str) -> None:
    assert server_words(error) == words


# Waiting.


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0.5", 0.5),
        ("-4", 0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("Mon, 99 Foo", None),
    ],
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}) == seconds


def test_retry_after_as_a_date() -> None:
    assert retry_after_s({"retry-after": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(60, abs=2)
    assert retry_after_s({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retry_after_s({}) is None


# What a model refuses.


def test_a_context_that_is_too_long_is_no_refusal_of_a_field() -> None:
    words = "'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 4096"
    abilities = ModelAbilities()
    assert not abilities.learn(Fault(words, worth_retrying=False, status=400, words=words), {"max_tokens": 9000})
    assert abilities.fit({"max_tokens": 9000}) == {"max_tokens": 9000}


def test_learning_ends() -> None:
    """A server that refuses everything that can be refused is asked a bounded number of times."""
    abilities = ModelAbilities()
    words = "max_completion_tokens, logprobs and top_logprobs are not allowed"
    fields, rounds = {"max_tokens": 1, "logprobs": True, "top_logprobs": 20}, 1
    while abilities.learn(Fault(words, worth_retrying=False, status=400, words=words), abilities.fit(fields)):
        rounds += 1
    assert rounds == 3
    assert not abilities.gives_logprobs


# Names.


def test_the_most_similar_served_names_come_first() -> None:
    served = served_models({"data": [{"id": name} for name in ("whisper-1", "gpt-4.1", "gpt-4.1-mini")]})
    assert not_served("gpt-4.1-min", served).endswith("it serves gpt-4.1-mini, gpt-4.1, whisper-1")
    many = served_models([{"id": f"m{number}"} for number in range(50)])
    assert not_served("gpt", many).endswith("m19 and 30 more")
    assert not_served("gpt", []).endswith("it serves none")


@pytest.mark.parametrize("data", [None, 3, "models", {"data": "x"}, {"data": [{}]}, [1]])
def test_something_else_than_a_list_of_models_is_unusable(data: Any) -> None:
    with pytest.raises(UnusableAnswer):
        served_models(data)


# Options.


def options_of(**options: Any) -> OpenAiOptions:
    make_engine("openai", EngineSpec(kind="openai", options=options), {"base": Candidate()})
    return OpenAiOptions(**options)


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://localhost:8000/v1", True),
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://0.0.0.0:8000/v1", True),
        ("http://192.168.1.7:8000/v1", False),
        ("http://localhost.example.com/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_loopback_addresses_are_known(url: str, is_loopback: bool) -> None:
    assert options_of(base_url=url).is_loopback is is_loopback


def test_the_address_shows_host_and_path() -> None:
    assert OpenAiOptions().address == "api.openai.com/v1"
    assert options_of(base_url="http://localhost:8000/v1/").address == "localhost:8000/v1"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"base_url": "localhost:8000"}, "must be an address"),
        ({"base_url": "http://"}, "must be an address"),
        ({"base_url": "http://host:99999/v1"}, "must be an address"),
        ({"base_url": "http://[::1/v1"}, "must be an address"),
        ({"base_url": f"https://user:{SECRET}@example.com/v1"}, "host and path only"),
        ({"base_url": f"https://example.com/v1?key={SECRET}"}, "host and path only"),
        ({"azure": {"endpoint": f"https://x.openai.azure.com?key={SECRET}", "api_version": "1"}}, "host and path only"),
        ({"api_key_env": SECRET}, "never the key itself"),
        ({"api_key": SECRET}, "did you mean 'api_key_env'"),
        ({"extra_body": {"temperature": 1}}, "`temperature` is set by the spec"),
        ({"extra_body": {"messages": []}}, "`messages` is set by the spec"),
        ({"base_url": "http://a/v1", "azure": {"endpoint": "http://b", "api_version": "1"}}, "two addresses"),
        ({"concurrency": 0}, "concurrency"),
        ({"max_retries": 10_000}, "max_retries"),
        ({"omit": ["messages"]}, "omit"),
        ({"modle": "x"}, "did you mean 'model'"),
    ],
)
def test_wrong_options_are_told_without_showing_a_key(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        options_of(**options)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith("engine.options")
    assert SECRET not in str(caught.value)


# Keys.


def test_a_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", f" {SECRET}\n")
    key = api_key_from("SOME_KEY", needed=True)
    assert key.value == SECRET
    assert SECRET not in repr(key)


@pytest.mark.parametrize("value", [f"{SECRET}\nX-Header: 1", f"{SECRET}ключ", f"{SECRET}\x07"])
def test_a_key_that_cannot_be_sent_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(InputError, match="SOME_KEY holds characters that no key has") as caught:
        api_key_from("SOME_KEY", needed=False)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_key_counts_where_one_is_needed(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False) if value is None else monkeypatch.setenv("SOME_KEY", value)
    assert api_key_from("SOME_KEY", needed=False).value == "unused"
    with pytest.raises(InputError, match="SOME_KEY is not set"):
        api_key_from("SOME_KEY", needed=True)


def test_placeholders_are_not_taken_out_of_replies() -> None:
    body = '{"choices": [{"message": {"content": "The box is EMPTY, unused."}}]}'
    for placeholder in ("EMPTY", "x"):
        data = json_of(body, ApiKey(placeholder, "SOME_KEY"))
        assert completion_of(data).text == "The box is EMPTY, unused."
