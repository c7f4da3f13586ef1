"""An endpoint whose model judges by a rule, for the end-to-end tests of `rejoinder judge`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fault_server import FaultServer, Handler, chat_body, error, listing, serving
from quoted_parts import unquoted

from judges.prompting.tags import parts_in

REASON = "The customer has to be asked kindly."
"""What the judge gives where it answers in JSON."""

Rule = Callable[[str], bool]
"""Whether a reply passes."""


@contextmanager
def judge_endpoint(
    rule: Rule, *, logprobs: bool = True, says: str = "Certainly.", number: int | None = None
) -> Iterator[FaultServer]:
    """A server whose only model, `judge-small`, passes the replies that the rule does, in English and Russian.

    Args:
        rule: Decides.
        logprobs: Whether the server gives log-probabilities; else it refuses requests for them.
        says: What the model says when it is not asked to judge.
        number: Judges every reply so in free text, in place of the rule.
    """

    def answer(handler: Handler) -> None:
        body = handler.server.script.received[-1].body
        if not logprobs and "logprobs" in body:
            error(400, "logprobs is not supported", param="logprobs")(handler)
            return
        text = f"Verdict: {number}" if number is not None else _judged(body, rule) or says
        if "response_format" in body:
            text = json.dumps({"reason": REASON, "verdict": text})
        handler.answer(200, json.dumps(chat_body(text, **_likeliest(text))).encode())

    with serving() as server:
        server.script.models = listing("judge-small")
        server.script.otherwise = answer
        yield server


def _judged(body: Mapping[str, Any], rule: Rule) -> str | None:
    prompt = body["messages"][-1]["content"]
    replies = [unquoted(part.text) for part in parts_in(prompt) if part.tag == "reply"]
    if not replies:
        return None
    russian = "Ответь только" in body["messages"][0]["content"]
    return ("да" if russian else "yes") if rule(replies[0]) else ("нет" if russian else "no")


def _likeliest(text: str) -> dict[str, Any]:
    """The first token, all but certain."""
    token = {"token": text, "logprob": math.log(0.98), "bytes": list(text.encode())}
    return {"logprobs": {"content": [{**token, "top_logprobs": [token]}]}}
