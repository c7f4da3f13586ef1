"""Starting `rejoinder blind` as a user does, and answering as its page does. Holds no tests."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from command_server import CommandServer, StartedCommand


class Served:
    """A test that is served, and its link."""

    def __init__(self, command: StartedCommand, link: str) -> None:
        self.command = command
        self.link = link
        self.address = link.split("/?", maxsplit=1)[0]
        self.token = parse_qs(urlsplit(link).query)["token"][0]

    def request(
        self, path: str, body: Mapping[str, Any] | bytes | None = None, token: str | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to a POST, or to a GET without a body."""
        data = json.dumps(body).encode() if isinstance(body, Mapping) else body
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        request = urllib.request.Request(f"{self.address}{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def enter(self, rater: str, *, resumes: bool = False) -> dict[str, Any]:
        status, _, body = self.request("/enter", {"rater": rater, "device": f"of {rater}", "resumes": resumes})
        assert status == 200, body
        return dict(json.loads(body))

    def answer(self, rater: str, question: str, choice: int, confidence: int = 2) -> tuple[int, dict[str, Any]]:
        given = {"rater": rater, "question": question, "choice": choice, "confidence": confidence, "knows_person": True}
        status, _, body = self.request("/answer", given)
        return status, dict(json.loads(body))


@contextmanager
def serving_blind(server: CommandServer, folder: Path, *arguments: str | Path) -> Iterator[Served]:
    """`rejoinder blind` on a free port, from its link to its end by kill -9."""
    command = server.start(["blind", *arguments, "--port", "0"], folder)
    try:
        yield Served(command, _link(command))
    finally:
        if command.returncode is None:
            command.send_signal(signal.SIGKILL)
            command.communicate()


def _link(command: StartedCommand) -> str:
    """What the command prints when it serves."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        printed = command.printed()
        if "Raters open" in printed and "Ctrl+C" in printed:
            return next(word for word in printed.split() if word.startswith("http"))
        assert command.poll() is None, command.communicate()
        time.sleep(0.02)
    raise AssertionError("it did not begin to serve")
