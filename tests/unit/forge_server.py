"""A small forge on the loopback: as much of GitHub's and GitLab's REST interfaces as comments need, with their refusals.

It keeps comments, pages its lists, knows one token, and can be told to refuse for the rate of requests.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "the-right-token"
PAGE = 3
"""Comments a page, whatever is asked for: forges have their own limits."""


@dataclass
class Refusal:
    """An answer in place of the one that is due."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = '{"message": "as told by the test"}'


@dataclass
class Forge:
    """What it keeps and what it was asked."""

    address: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    refusals: deque[Refusal] = field(default_factory=deque)
    asked: list[tuple[str, str]] = field(default_factory=list)
    knows_itself: bool = True
    """Whether its token may ask who it is; those of GitHub's workflows may not."""
    may_write: bool = True
    next_elsewhere: str | None = None
    """An address on another server to send readers of lists to."""

    def wrote(self, author: str, body: str, kind: str = "User") -> None:
        """Keep a comment of somebody."""
        user = {"login": author, "username": author, "type": kind}
        self.comments.append(
            {"id": len(self.comments) + 1, "body": body, "user": user, "author": user, "system": False}
        )

    def asked_for(self, method: str) -> list[str]:
        """The paths that were asked for with a method."""
        return [path for asked, path in self.asked if asked == method]


@contextmanager
def running_forge() -> Iterator[Forge]:
    """Serve until the end of the block."""
    forge = Forge()

    class Handler(_Handler):
        kept = forge

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    kept: Forge
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the acknowledgement of its head

    def _answer_any(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else {}
        self.kept.asked.append((self.command, self.path))
        if self.kept.refusals:
            refusal = self.kept.refusals.popleft()
            return self._send(refusal.status, refusal.body, refusal.headers)
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            return self._send(401, '{"message": "Bad credentials"}')
        if parts.path.endswith("/user"):
            me = {"login": "release-bot", "username": "release-bot"}
            return self._send(200, json.dumps(me)) if self.kept.knows_itself else self._send(403, "{}")
        if self.command == "GET":
            return self._page(parts.path, int(parse_qs(parts.query).get("page", ["1"])[0]))
        if not self.kept.may_write:
            return self._send(403, '{"message": "Resource not accessible by integration"}')
        return self._write(parts.path, body)

    do_GET = do_POST = do_PATCH = do_PUT = _answer_any

    def _page(self, path: str, page: int) -> None:
        if not re.search(r"/(issues/7/comments|projects/team/bots/merge_requests/7/notes)$", unquote(path)):
            return self._send(404, '{"message": "Not Found"}')
        shown = self.kept.comments[(page - 1) * PAGE : page * PAGE]
        more = self.kept.next_elsewhere or f"{self.kept.address}{path}?page={page + 1}"
        is_last = page * PAGE >= len(self.kept.comments)
        return self._send(200, json.dumps(shown), {} if is_last else {"link": f'<{more}>; rel="next"'})

    def _write(self, path: str, body: dict[str, str]) -> None:
        number = re.search(r"/(?:comments|notes)/(\d+)$", path)
        if number:
            comment = self.kept.comments[int(number[1]) - 1]
            comment["body"] = body["body"]
        else:
            self.kept.wrote("release-bot", body["body"], "Bot")
            comment = self.kept.comments[-1]
        return self._send(
            200 if number else 201, json.dumps({**comment, "html_url": f"{self.kept.address}/c/{comment['id']}"})
        )

    def _send(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen of the tests."""
