"""Reading what a chat endpoint answers: the reply's text, its token counts and its log-probabilities.

Nothing here sends anything. Every server adds fields of its own, so unknown ones are let through.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.engines.endpoint.api_key import ApiKey
from harness.engines.engine import Completion, FinishReason, TokenLogprobs
from harness.engines.reasoning import THINK, ReasoningTags, Spoken, split_text

_FINISH_REASONS: Mapping[str | None, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
}


class UnusableAnswer(Exception):
    """The server said yes, but what it sent is no use. The text is a clause that goes on after the server's name."""

    def __init__(self, reason: str, *, worth_retrying: bool) -> None:
        super().__init__(reason)
        self.worth_retrying = worth_retrying


class _Answered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LikelyToken(_Answered):
    """A token and its natural log-probability."""

    token: str
    logprob: float
    bytes: list[Annotated[int, Field(ge=0, le=255)]] | None = None
    """The token in UTF-8, where the server tells; a token may be part of a letter."""


class ReplyToken(LikelyToken):
    """A generated token, with the likeliest ones in its place."""

    top_logprobs: tuple[LikelyToken, ...] | None = None


class ReplyLogprobs(_Answered):
    """Log-probabilities of the generated tokens."""

    content: tuple[ReplyToken, ...] | None = None


class ReplyMessage(_Answered):
    """What was said, and what was thought before it."""

    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Any] | None = None


class Choice(_Answered):
    """One of the replies that were asked for."""

    message: ReplyMessage
    finish_reason: str | None = None
    logprobs: ReplyLogprobs | None = None


class PromptDetails(_Answered):
    """How a prompt was read."""

    cached_tokens: int | None = None


class Usage(_Answered):
    """Token counts."""

    prompt_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens: int | None = None


class PromptToken(_Answered):
    """A token of the prompt, as vLLM tells it."""

    logprob: float
    decoded_token: str | None = None


class ChatAnswer(_Answered):
    """The body of an answer of `/chat/completions`.

    Source: https://platform.openai.com/docs/api-reference/chat/object; the `prompt_*` fields are vLLM's.
    """

    choices: tuple[Choice, ...]
    usage: Usage | None = None
    system_fingerprint: str | None = None
    prompt_logprobs: tuple[dict[str, PromptToken] | None, ...] | None = None
    prompt_token_ids: tuple[int, ...] | None = None

    @property
    def first(self) -> Choice:
        """The only choice that was asked for."""
        return self.choices[0]


def without_lone_surrogates(value: Any) -> Any:
    """JSON data with each half of a surrogate pair that stands alone replaced by U+FFFD: UTF-8 cannot hold it."""
    return json.loads(_well_formed(json.dumps(value, ensure_ascii=False)))


def _well_formed(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def json_of(body: str, key: ApiKey) -> Any:
    """The JSON of a body, without lone surrogates and without the key, should a server echo it.

    Raises:
        UnusableAnswer: It is not JSON, or is cut off.
    """
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)  # no escape is left that could hide the key
    except (ValueError, RecursionError):
        pass
    else:
        return json.loads(key.removed_from(_well_formed(text)))
    raise UnusableAnswer("answered with something that is not JSON", worth_retrying=True)


def chat_answer(data: Any) -> ChatAnswer:
    """Read a body, decoded from JSON, with at least one choice.

    Raises:
        UnusableAnswer: There is no choice, or the body is something else altogether.
    """
    try:
        answer = ChatAnswer.model_validate(data)
    except ValidationError:
        answer = None
    if answer is not None and answer.choices:
        return answer
    # Some gateways report a failure with the status 200.
    words = server_words(data.get("error")) if isinstance(data, dict) else ""
    if words:
        raise UnusableAnswer(f"answered with an error: {words}", worth_retrying=True)
    what = "without any choice" if answer is not None else "with something that is not a chat completion"
    raise UnusableAnswer(f"answered {what}", worth_retrying=True)


def server_words(error: Any, *, length: int = 300) -> str:
    """What a server says is wrong, on one line; empty where it says nothing a person can read (a web page)."""
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("detail") or error.get("error") or error
    if error is None:
        return ""
    text = " ".join(str(error).split())
    if text.startswith("<"):
        return ""
    return text if len(text) <= length else text[: length - 1] + "…"


def completion_of(data: Any, *, tags: ReasoningTags | None = THINK) -> Completion:
    """The completion in a body, decoded from JSON; its latency is not known here.

    Args:
        data: The body.
        tags: What stands around reasoning in the text itself, from a server that does not tell it apart.

    Raises:
        UnusableAnswer: There is no reply in it.
    """
    answer = chat_answer(data)
    choice = answer.first
    spoken = _spoken(choice, tags)
    is_all = spoken.reasoning is None and spoken.reply != choice.message.refusal
    usage = answer.usage or Usage()
    logprobs = choice.logprobs.content if choice.logprobs is not None else None
    return Completion(
        text=spoken.reply,
        reasoning=spoken.reasoning,
        finish_reason=_FINISH_REASONS.get(choice.finish_reason, "unknown"),
        prompt_tokens=usage.prompt_tokens,
        cached_prompt_tokens=usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None,
        completion_tokens=usage.completion_tokens,
        # Log-probabilities that cover more than the text are not those of the text.
        token_logprobs=tuple(token.logprob for token in logprobs) if logprobs and is_all else None,
    )


def _spoken(choice: Choice, tags: ReasoningTags | None) -> Spoken:
    """The reply, and the reasoning before it."""
    message = choice.message
    reasoning, content = message.reasoning_content or message.reasoning or None, message.content
    if isinstance(content, list):  # reasoning and reply as parts of one message
        thoughts = [_text_of(part) for part in content if part.get("type") != "text"]
        reasoning = reasoning or ("".join(thoughts) if thoughts else None)
        content = "".join(_text_of(part) for part in content if part.get("type") == "text")
    elif content is not None and tags is not None:
        inline = split_text(content, tags)
        reasoning, content = reasoning or inline.reasoning, inline.reply
    if not content and message.refusal:
        return Spoken(reasoning, message.refusal)
    if content is None or (not content and reasoning is not None and choice.finish_reason == "length"):
        raise _nothing_said(choice)
    return Spoken(reasoning, content)


def _text_of(part: Mapping[str, Any]) -> str:
    """The text of a part of a message; of thoughts too, which may have parts of their own."""
    text = part.get("text") or part.get("thinking") or ""
    if isinstance(text, list):
        return "".join(_text_of(inner) for inner in text if isinstance(inner, Mapping))
    return str(text)


def _nothing_said(choice: Choice) -> UnusableAnswer:
    if choice.finish_reason == "length":
        reason = (
            "gave no reply: all its tokens went into reasoning; raise sampling.max_tokens, or turn the reasoning off"
        )
    elif choice.finish_reason == "content_filter":
        reason = "gave no reply: its content filter held it back"
    elif choice.message.tool_calls:
        reason = "called a tool instead of replying"
    else:
        return UnusableAnswer("gave a reply without any content", worth_retrying=True)
    return UnusableAnswer(reason, worth_retrying=False)


def first_token_logprobs(answer: ChatAnswer, labels: Sequence[str]) -> tuple[float, ...] | None:
    """Log-probability of each label's first token at the first position; minus infinity where it is not among those told.

    An endpoint does not say how it cuts a label into tokens. The longest told token that the label begins with is taken.

    Returns:
        One a label, or None where the answer holds no log-probabilities.
    """
    positions = answer.first.logprobs.content if answer.first.logprobs is not None else None
    if not positions:
        return None
    told = positions[0].top_logprobs or (positions[0],)
    return tuple(_logprob_of(label, told) for label in labels)


def _logprob_of(label: str, told: Sequence[LikelyToken]) -> float:
    matches = [(*_match(label, token), token.logprob) for token in told]
    length, _, logprob = max(matches)
    return logprob if length else -math.inf


def _match(label: str, likely: LikelyToken) -> tuple[int, bool]:
    """How many bytes of the label a token covers, and whether it does so without a space before them."""
    token = bytes(likely.bytes) if likely.bytes else likely.token.encode()
    surface = token.lstrip()
    whole = label.encode()
    if not surface or not whole.startswith(surface):
        return 0, False
    if len(surface) < len(whole) and re.fullmatch(rb"[A-Za-z]", surface):
        return (
            0,
            False,
        )  # "I" and "A" are words: far more replies begin with them than mean "Inappropriate" or "Adequate"
    return len(surface), surface == token


def scored_tokens(prompt: ChatAnswer, whole: ChatAnswer) -> TokenLogprobs | None:
    """The tokens that `whole`'s prompt has beyond `prompt`'s, with their log-probabilities.

    Returns:
        None where the server does not tell, or where the shorter prompt's tokens are not the beginning of the longer's.
    """
    before, ids = prompt.prompt_token_ids, whole.prompt_token_ids
    if not before or not ids or whole.prompt_logprobs is None or ids[: len(before)] != before:
        return None
    told = whole.prompt_logprobs[len(before) :]
    if len(told) != len(ids) - len(before):
        return None
    scored = []
    for token_id, position in zip(ids[len(before) :], told, strict=True):
        token = (position or {}).get(str(token_id))
        if token is None:
            return None
        scored.append(token)
    return TokenLogprobs(
        tokens=tuple(token.decoded_token or "" for token in scored), logprobs=tuple(token.logprob for token in scored)
    )
