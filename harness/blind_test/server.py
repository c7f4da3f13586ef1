"""Serves the raters' page on one address, with the standard library's threading HTTP server.

Three pages and two kinds of requests for a handful of people need no web framework, and Rejoinder depends on none. What that
server leaves to its users is done here: requests and waiting are bounded, nothing is read from the disk by a path that comes
from outside, and whoever lacks the link's token gets nothing but the page's style and script, which say nothing of the test.
The token is sent in a header, not in a cookie, so that other sites' pages cannot act for a rater.
"""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.blind_test.page_words import page_words_for
from harness.blind_test.plan import Question
from harness.blind_test.sittings import Given, NameTakenError, Sittings, Standing, WrongAnswerError
from harness.run_log import RunLogError
from reports.pages.case_data import json_for_html
from reports.pages.text import visible
from suites.dialogue import Message
from suites.userfile import InputError

PAGE: Final = Path(__file__).parent / "page"
LONGEST_REQUEST: Final = 4_096
"""Bytes of a request's body; an answer has some hundred."""
PATIENCE_S: Final = 60
"""A connection that says nothing for so long is closed."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FILES: Final = {"/page.css": "text/css", "/page.js": "text/javascript"}
_SPEAKERS: Final = {"assistant": "person", "user": "partner", "tool": "tool"}
"""The model's turns are the person's: in suites where it takes the human's part, the roles have been swapped by now."""


@dataclass(frozen=True, slots=True)
class About:
    """What raters can read about a person."""

    name: str
    """Empty where the test is about one person."""
    text: str


@dataclass(frozen=True, slots=True)
class PageTexts:
    """What the page says that the test decides."""

    language: str
    """Unless the rater asks for another."""
    needed: int
    """Answers that tell 65 % from chance."""
    of_two: bool
    """Whether no real reply is shown."""
    about: Mapping[str | None, About] = field(default_factory=dict)
    """By person; None where the run does not say whose contexts are whose."""


class BlindServer(ThreadingHTTPServer):
    """The server of one test."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], token: str, sittings: Sittings, texts: PageTexts) -> None:
        """Take an address; answers nobody yet.

        Raises:
            InputError: The address cannot be had.
        """
        self.token = token
        self.sittings = sittings
        self.texts = texts
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        try:
            super().__init__(address, _Handler)
        except OSError as error:
            problem = (
                f"{address[0]}:{address[1]} cannot be had ({error.strerror or error}); choose another --port or --host"
            )
            raise InputError(problem) from error

    @property
    def link(self) -> str:
        """What raters open."""
        host, port = self.server_address[:2]
        name = socket.gethostname() if host in ("0.0.0.0", "::") else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/?token={self.token}"

    def page(self, language: str) -> bytes:
        """The page in one language."""
        words = page_words_for(language)
        environment = Environment(
            loader=FileSystemLoader(PAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        rendered = environment.get_template("page.html.j2").render(
            words=words,
            words_json=Markup(json_for_html(asdict(words.script))),
            needed=words.needed.format(answers=self.texts.needed),
            of_two=self.texts.of_two,
            about=[(visible(one.name), visible(one.text)) for one in self.texts.about.values()],
        )
        return rendered.encode("utf-8", "replace")


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: BlindServer
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        """The page, its style and its script."""
        url = urlsplit(self.path)
        if kind := _FILES.get(url.path):
            self._send(HTTPStatus.OK, (PAGE / url.path[1:]).read_bytes(), kind)
            return
        asked = parse_qs(url.query)
        if not self._is_token(asked.get("token", [""])[0]):
            self._send(
                HTTPStatus.FORBIDDEN, b"This link is not complete: open it as it was sent to you.\n", "text/plain"
            )
        elif url.path == "/":
            language = asked.get("language", [self.server.texts.language])[0]
            self._send(HTTPStatus.OK, self.server.page(language), "text/html")
        else:
            self._send(HTTPStatus.NOT_FOUND, b"There is no such page.\n", "text/plain")

    def do_POST(self) -> None:
        """A rater enters, or answers."""
        action = {"/enter": self._enter, "/answer": self._answer}.get(self.path)
        if not self._is_token(self.headers.get("Authorization", "").removeprefix("Bearer ")):
            self._refuse(HTTPStatus.FORBIDDEN, "the token is missing or wrong")
        elif action is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
        else:
            self._act(action)

    def _act(self, action: Callable[[Mapping[str, Any]], Standing]) -> None:
        try:
            standing = action(self._body())
        except NameTakenError as error:
            self._send_json(HTTPStatus.OK, {"taken": True, "answered": error.answered})
        except WrongAnswerError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except RunLogError as error:
            self._refuse(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        else:
            self._send_json(HTTPStatus.OK, _standing_for_page(standing, self.server.texts.about))

    def _enter(self, body: Mapping[str, Any]) -> Standing:
        rater, device = _text(body, "rater"), _text(body, "device")
        return self.server.sittings.enter(rater, device, resumes=body.get("resumes") is True)

    def _answer(self, body: Mapping[str, Any]) -> Standing:
        knows = body.get("knows_person")
        given = Given(
            question=_text(body, "question"),
            choice=_number(body, "choice"),
            confidence=_number(body, "confidence"),
            knows_person=knows if isinstance(knows, bool) else None,
        )
        return self.server.sittings.answer(_text(body, "rater"), given)

    def _body(self) -> Mapping[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_REQUEST:
            self.close_connection = True
            raise WrongAnswerError(f"the body must have at most {LONGEST_REQUEST} bytes, and say how many")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise WrongAnswerError("the body is not JSON") from None
        if not isinstance(body, dict):
            raise WrongAnswerError("the body is not an object")
        return body

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self.server.token.encode())

    def _refuse(self, status: HTTPStatus, problem: str) -> None:
        self.close_connection = True  # whatever of the request was not read must not be taken for the next one
        self._send_json(status, {"problem": problem})

    def _send_json(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Who answers, without versions."""
        return "Rejoinder"

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: addresses hold the token."""


def _standing_for_page(standing: Standing, about: Mapping[str | None, About]) -> dict[str, Any]:
    question = standing.question and _question_for_page(standing.question, about)
    return {"answered": standing.answered, "total": standing.total, "question": question}


def _question_for_page(question: Question, about: Mapping[str | None, About]) -> dict[str, Any]:
    """All that a page learns of a question: nothing in it depends on whose reply is whose."""
    messages = [message for message in question.pair.case.messages if message.role in _SPEAKERS]
    context = [{"speaker": _SPEAKERS[message.role], "text": text} for message in messages if (text := _said(message))]
    person = about.get(question.pair.person)
    told = person and {"name": visible(person.name), "text": visible(person.text)}
    return {"id": question.id, "about": told, "context": context, "replies": list(question.texts)}


def _said(message: Message) -> str:
    """What a message says, and the tools that it calls."""
    calls = [call.get("function", call) for call in message.tool_calls or ()]
    return "\n".join(filter(None, (visible(message.content).strip(), *map(visible, map(json.dumps, calls)))))


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise WrongAnswerError(f"{name} must be text")
    return value


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongAnswerError(f"{name} must be a whole number")
    return value
