"""Asking a server's REST interface: pages, limits of its rate, and one sentence for whatever it refuses.

Nothing here knows which server it is. The token never gets into an error, and never to another server: redirections and
next pages elsewhere are refused.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

import httpx2

from suites.userfile import InputError

Method = Literal["GET", "POST", "PATCH", "PUT"]

TRIES: Final = 4
LONGEST_WAIT_S: Final = 120.0
_MOST_PAGES: Final = 200
_TIMEOUT_S: Final = 30.0
_REPEATABLE: Final = ("GET", "PATCH", "PUT")
"""What can be asked again although nobody knows whether the first time was heard."""


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and the variable of the environment that it came from, which is all that errors name."""

    secret: str
    variable: str

    @staticmethod
    def of(environment: Mapping[str, str], *variables: str) -> Token:
        """The first variable that is set.

        Raises:
            InputError: None is, or it holds what cannot be sent.
        """
        for variable in variables:
            secret = environment.get(variable, "").strip()
            if secret:
                if not (secret.isascii() and secret.isprintable()):
                    raise InputError(f"{variable} holds characters that no token has; copy the token again")
                return Token(secret, variable)
        raise InputError(f"no token is there; give one in the environment as {variables[0]}")

    def __repr__(self) -> str:
        return f"Token({self.variable})"


class NotAllowed(InputError):
    """The server knows the token, which may not do this."""


class RestServer:
    """One server, asked with one token. A context manager, so that its connections are closed."""

    def __init__(
        self,
        address: str,
        token: Token,
        headers: Mapping[str, str] | None = None,
        *,
        rights: str,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is asked yet.

        Args:
            address: Where its interface begins, for example `https://api.github.com`.
            token: Sent as a bearer token.
            headers: Sent with every request.
            rights: What the token must be allowed, for the sentence where it is not.
            pause: Waits so many seconds.

        Raises:
            InputError: The address is none.
        """
        self._token, self._rights, self._pause = token, rights, pause
        try:
            self._address = httpx2.URL(address.rstrip("/") + "/")
            if self._address.scheme not in ("http", "https") or not self._address.host:
                raise InputError(f"'{address}' is no address of a server; it begins with https://")
            sent = {"Authorization": f"Bearer {token.secret}", "User-Agent": "rejoinder", **(headers or {})}
            self._client = httpx2.Client(headers=sent, timeout=_TIMEOUT_S)
        except httpx2.InvalidURL as error:
            raise InputError(f"'{address}' is no address of a server ({error})") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def ask(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request whose answer is an object.

        Raises:
            InputError: The server cannot be reached, or refuses.
        """
        url = self._address.join(path)
        return _object(self._answer(method, url, body), url)

    def ask_if_allowed(self, path: str) -> dict[str, Any] | None:
        """The same for what some tokens may not ask: None where the server does not allow it.

        Raises:
            InputError: The server cannot be reached, or does not know the token.
        """
        url = self._address.join(path)
        try:
            return _object(self._answer("GET", url, None), url)
        except NotAllowed:
            return None

    def all_of(self, path: str) -> Iterator[dict[str, Any]]:
        """All objects of a list, page after page.

        Raises:
            InputError: The server cannot be reached, refuses, or sends elsewhere.
        """
        url = self._address.join(path)
        for _ in range(_MOST_PAGES):
            answer = self._answer("GET", url, None)
            found = _parsed(answer, url)
            if not isinstance(found, list):
                raise InputError(f"{url} did not answer with a list; is the address that of its REST interface?")
            yield from (one for one in found if isinstance(one, dict))
            following = answer.links.get("next", {}).get("url")
            if not following:
                return
            url = self._on_this_server(url.join(following))

    def _on_this_server(self, url: httpx2.URL) -> httpx2.URL:
        here = self._address
        if (url.scheme, url.host, url.port) != (here.scheme, here.host, here.port):
            raise InputError(f"{here.host} sends on to {url.host}, which is not asked: the token is not for it")
        return url

    def _answer(self, method: Method, url: httpx2.URL, body: Mapping[str, Any] | None) -> httpx2.Response:
        """The answer to a request that was accepted; tried again where that may help."""
        wait: float | None
        for tried in range(1, TRIES + 1):
            try:
                answer = self._client.request(method, url, json=body)
            except httpx2.TransportError as error:
                if tried == TRIES or method not in _REPEATABLE:
                    reason = str(error) or type(error).__name__
                    raise InputError(f"{url.host} cannot be reached ({reason}); try again later") from None
                wait = _backoff(tried)
            else:
                if answer.is_success:
                    return answer
                wait = _wait_asked_for(answer)
                if wait is None and answer.is_server_error and method in _REPEATABLE:
                    wait = _backoff(tried)
                if wait is None or tried == TRIES or wait > LONGEST_WAIT_S:
                    raise self._refusal(answer, wait)
            self._pause(wait)
        raise AssertionError("the last try gives an answer or an error")

    def _refusal(self, answer: httpx2.Response, wait: float | None) -> InputError:
        """A sentence on what the server refuses and what to do."""
        url, status = answer.request.url, answer.status_code
        if wait is not None and not answer.is_server_error:
            return InputError(f"{url.host} takes no more requests for {math.ceil(wait)} s (rate limit); try again then")
        said = _message(answer)
        if answer.is_redirect:
            return InputError(f"{url} has moved; give its new address (answer {status})")
        match status:
            case 401:
                return InputError(
                    f"{url.host} does not accept the token in {self._token.variable}{said}; give a valid one"
                )
            case 403:
                return NotAllowed(
                    f"{url.host} does not allow this with {self._token.variable}{said}; it needs {self._rights}"
                )
            case 404:
                return InputError(
                    f"{url.host} knows no {url.path}, or hides it from {self._token.variable}; check the project and the "
                    f"number, and that the token has {self._rights}"
                )
            case _:
                return InputError(f"{url.host} answered {status} to {answer.request.method} {url.path}{said}")


def _wait_asked_for(answer: httpx2.Response) -> float | None:
    """Seconds that the server asks to wait, where it refused for the rate of requests; None where it did not."""
    if answer.status_code not in (403, 429):
        return None
    after = _number(answer.headers.get("retry-after"))
    if after is not None:
        return max(0.0, after)
    exhausted = any(answer.headers.get(name) == "0" for name in ("x-ratelimit-remaining", "ratelimit-remaining"))
    reset = _number(answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset"))
    if exhausted and reset is not None:
        return max(0.0, reset - time.time()) + 1
    return _backoff(1) if answer.status_code == 429 else None


def _backoff(tried: int) -> float:
    return float(2 ** (tried - 1))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _parsed(answer: httpx2.Response, url: httpx2.URL) -> Any:
    try:
        return answer.json()
    except ValueError:
        problem = "answered with something else than JSON; is the address that of its REST interface?"
        raise InputError(f"{url.host} {problem}") from None


def _object(answer: httpx2.Response, url: httpx2.URL) -> dict[str, Any]:
    found = _parsed(answer, url)
    if not isinstance(found, dict):
        raise InputError(f"{url} did not answer with an object; is the address that of its REST interface?")
    return found


def _message(answer: httpx2.Response) -> str:
    """What the server says itself, in brackets; empty where it says nothing that is short."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    said = (found.get("message") or found.get("error")) if isinstance(found, dict) else None
    return f" ({said})" if said and isinstance(said, str) and len(said) <= 200 else ""
