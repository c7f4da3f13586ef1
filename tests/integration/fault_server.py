"""A real HTTP server on loopback that answers as a script says: well, badly, half, or not at all.

Only what goes over the socket is here; what the engine makes of it is asserted in the tests.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]
"""Writes an answer to a request, or leaves it."""


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: Any
    at: float
    """Seconds of a clock that only goes forward."""


@dataclass
class Script:
    """What to answer and what was asked."""

    answers: deque[Answer] = field(default_factory=deque)
    """Taken from the left, one a chat request."""
    otherwise: Answer | None = None
    """Answers chat requests when the script is at its end."""
    models: Answer | None = None
    received: list[Received] = field(default_factory=list)
    models_received: list[Received] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultServer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        script = self.server.script
        script.models_received.append(self._request(None))
        assert script.models is not None
        script.models(self)

    def do_POST(self) -> None:
        script = self.server.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with script.lock:
            script.received.append(self._request(body))
            answer = script.answers.popleft() if script.answers else script.otherwise
            script.under_way += 1
            script.most_under_way = max(script.most_under_way, script.under_way)
        assert answer is not None
        try:
            answer(self)
        finally:
            with script.lock:
                script.under_way -= 1

    def _request(self, body: Any) -> Received:
        return Received(
            self.path, {name.lower(): value for name, value in self.headers.items()}, body, time.monotonic()
        )

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Write a whole answer."""
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self, *, reset: bool = False) -> None:
        """Close the connection at once, with a reset where asked for."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.rfile.close()
        self.connection.close()
        self.close_connection = True


class FaultServer(ThreadingHTTPServer):
    """Answers by its script. Its address is known once made."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.script = Script(otherwise=reply("Certainly."), models=listing("small"))
        self._connections: list[socket.socket] = []

    @property
    def port(self) -> int:
        """The port that the system gave."""
        return int(self.server_address[1])

    @property
    def base_url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.port}/v1"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def go_away(self) -> None:
        """Stop listening and cut all connections that are open, as a killed process does."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave early are part of the plan."""


@contextmanager
def serving(port: int = 0) -> Iterator[FaultServer]:
    """A server that runs until the end of the block, and then refuses connections."""
    server = FaultServer(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_away()
        thread.join(5)


def chat_body(text: str | None = "Certainly.", **changes: Any) -> dict[str, Any]:
    """The body of a good answer; `changes` replace fields of its only choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", **changes}
    usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "small", "choices": [choice], "usage": usage}


def reply(text: str | None = "Certainly.", **changes: Any) -> Answer:
    """A good answer, or nearly one."""
    return json_answer(200, chat_body(text, **changes))


def json_answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Any status with any JSON."""
    return lambda handler: handler.answer(status, json.dumps(body).encode(), headers)


def error(status: int, message: str, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
    """An error in the form of the OpenAI protocol."""
    return json_answer(status, {"error": {"message": message, **fields}}, headers)


def raw(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Any bytes."""
    return lambda handler: handler.answer(status, body, headers)


def listing(*names: str, **fields: Any) -> Answer:
    """The answer of `/models`."""
    return json_answer(200, {"object": "list", "data": [{"id": name, "object": "model", **fields} for name in names]})


def late(seconds: float) -> Answer:
    """Says nothing for a while, then answers well."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        reply("Too late.")(handler)

    return answer


def dripping(interval_s: float, count: int) -> Answer:
    """Sends a good answer, but spaces before it one by one, so that no single read takes long."""

    def answer(handler: Handler) -> None:
        body = json.dumps(chat_body("Too slow.")).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body) + count))
        handler.end_headers()
        for _ in range(count):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(interval_s)
        handler.wfile.write(body)

    return answer


def dropped_before_answering(handler: Handler) -> None:
    """Takes the request and resets the connection."""
    handler.cut(reset=True)


def dropped_in_the_body(handler: Handler) -> None:
    """Promises the whole body, sends half of it and closes the connection."""
    body = json.dumps(chat_body()).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.cut()


def half_json(handler: Handler) -> None:
    """A body that is whole by its length, and half an object by its content."""
    body = json.dumps(chat_body()).encode()
    handler.answer(200, body[: len(body) // 2])
