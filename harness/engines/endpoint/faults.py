"""What went wrong with one attempt to ask a server, and whether another one may do better."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import mktime_tz, parsedate_tz
from http import HTTPStatus

from openai import APIConnectionError, APIStatusError

from harness.engines.endpoint.api_key import ApiKey
from harness.engines.endpoint.chat_answers import server_words

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
"""A gateway says so of the server behind it."""

_CONTEXT_TOO_LONG = re.compile(r"context.?(length|window|size)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt gave nothing."""

    reason: str
    """A clause that goes on after the server's name: "answered 503 Service Unavailable: loading the model"."""
    worth_retrying: bool
    answered: bool = True
    """Whether the server itself said anything."""
    status: int | None = None
    words: str = ""
    """What the server said, on one line."""
    code: str | None = None
    """The server's name for the error: `context_length_exceeded`, `insufficient_quota`."""
    retry_after_s: float | None = None

    @classmethod
    def from_status(cls, error: APIStatusError) -> Fault:
        """The fault of an answer with a status from 400."""
        status = error.status_code
        words = server_words(error.body)
        name = next((known.phrase for known in HTTPStatus if known == status), "")
        no_credit = error.code == "insufficient_quota"
        return cls(
            reason=f"answered {status} {name}".rstrip() + (f": {words}" if words else ""),
            worth_retrying=not no_credit
            and (status in _PASSING or status >= 500)
            and status != HTTPStatus.NOT_IMPLEMENTED,
            answered=status not in _GATEWAY,
            status=status,
            words=words,
            code=error.code,
            retry_after_s=retry_after_s(error.response.headers),
        )

    @classmethod
    def without_answer(cls, error: APIConnectionError) -> Fault:
        """The fault of a connection that could not be made or broke."""
        cause = " ".join(str(error.__cause__ or error).split()) or "the connection broke"
        return cls(f"gave no answer ({cause})", worth_retrying=True, answered=False)

    def without(self, key: ApiKey) -> Fault:
        """The fault with the key taken out of its texts."""
        return replace(self, reason=key.removed_from(self.reason), words=key.removed_from(self.words))

    @property
    def is_refused_key(self) -> bool:
        """Whether the server does not know the key."""
        return self.status == HTTPStatus.UNAUTHORIZED

    @property
    def is_exhausted_credit(self) -> bool:
        """Whether the account has no credit left, so that waiting does not help."""
        return self.code == "insufficient_quota"

    @property
    def is_context_too_long(self) -> bool:
        """Whether the prompt, or the prompt and the reply's tokens, do not fit the model's context."""
        is_refusal = self.status in (400, 413, 422)
        return self.code == "context_length_exceeded" or (is_refusal and bool(_CONTEXT_TOO_LONG.search(self.words)))

    @property
    def is_refusal(self) -> bool:
        """Whether the server does not take the request as it is, for another reason than its length."""
        return self.status in (400, 403, 422, 501) and not self.is_context_too_long

    def refuses(self, field: str) -> bool:
        """Whether the server refuses a request for its field of that name."""
        return self.is_refusal and field in self.words


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait, from now; None where it does not say, or says nothing that can be read.

    Source: RFC 9110, section 10.2.3: seconds or a date.
    """
    value = headers.get("retry-after", "").strip()
    try:
        date = parsedate_tz(value)
        seconds = mktime_tz(date) - time.time() if date else float(value)
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None
