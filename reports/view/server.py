"""The server behind `rejoinder view`: the report's page and pages of cases, on the loopback only and with a token.

Nobody but who knows the token gets an answer, and a page of another host cannot ask through the reader's browser: the `Host`
of every request has to be the loopback's. Answers are never cached.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from reports.failures.review import Mark, Review, read_review, write_review
from reports.pages.case_data import TEXT_LIMITS, CaseWriter
from reports.pages.details import read_details
from reports.records import Record
from reports.tables import read_manifest, read_measures
from reports.view.index import CaseIndex, Positions
from reports.view.page import frame_of, served_page
from reports.view.queries import Query, found_cases

LOOPBACK: Final = "127.0.0.1"
MOST_CASES_A_PAGE: Final = 100
_MOST_BYTES_ASKED: Final = 20_000
_QUERIES_KEPT: Final = 32

Json = Mapping[str, Any]


class NewName(Record):
    """What is posted to rename a failure group; an empty name gives it its first name back."""

    failure: int
    name: str


class NewMark(Record):
    """What is posted to mark a reply; without a label its mark is taken off."""

    case: str
    candidate: int
    seed: int
    label: str | None
    note: str = ""


class ViewOfRun:
    """Answers the page's questions about one run. Safe to be asked by several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the run.

        Raises:
            ReportError: It has no index, or a file of it is torn.
        """
        self.token = secrets.token_urlsafe(24)
        self._folder = folder
        self._index = CaseIndex(folder)
        self._measures = read_measures(folder)
        self._pair_measures = read_manifest(folder).preferences
        self._review = read_review(folder)
        self._changing = threading.Lock()
        self._found: Callable[[Query], Positions] = lru_cache(_QUERIES_KEPT)(
            lambda query: found_cases(self._index, query)
        )

    def page(self) -> tuple[str, str]:
        """The page and its content security policy.

        Raises:
            ReportError: `report.html` is of another version.
        """
        report = (self._folder / "report.html").read_text(encoding="utf-8")
        frame = frame_of(self._index.description, self._review)
        return served_page(report, frame, self.token, self._index.cases)

    def found(self, query: Query) -> Json:
        """How many cases a query finds."""
        return {"found": len(self._found(query))}

    def cases(self, query: Query, start: int, count: int) -> Json:
        """Some of the cases that a query finds, with their messages and reasons."""
        positions = self._found(query)[start : start + min(count, MOST_CASES_A_PAGE)].tolist()
        names = self._index.column("case_id").take(positions).to_pylist() if positions else []
        details = read_details(self._folder, names, self._index.row_groups(positions)) if positions else []
        facts = replace(self._index.facts, review=self._review)
        candidates = self._index.description.candidates
        writer = CaseWriter(candidates, self._measures, self._pair_measures, facts, TEXT_LIMITS[0])
        payload: Json = writer.payload(positions, ["all"] * len(positions), details)
        return payload

    def position(self, query: Query, case_id: str) -> Json:
        """Where in the answer to a query a case stands; -1 where it is not in it."""
        case = self._index.position_of.get(case_id, -1)
        there = (self._found(query) == case).nonzero()[0]
        return {"position": int(there[0]) if there.size else -1}

    def rename(self, asked: NewName) -> Json:
        """Give a failure group a name, and keep it in the run's folder.

        Raises:
            IndexError: There is no such group.
            ReportError: The review cannot be written.
        """
        key = self._index.description.failure_keys[asked.failure]
        self._change(lambda review: review.named(key, asked.name))
        frame = frame_of(self._index.description, self._review)
        return {"name": frame["failures"][asked.failure]["name"]}

    def mark(self, asked: NewMark) -> Json:
        """Mark a reply, or take its mark off, and keep that in the run's folder.

        Raises:
            IndexError: There is no such case or candidate.
            ReportError: The review cannot be written.
        """
        if asked.case not in self._index.position_of or asked.seed not in self._index.description.seeds:
            raise IndexError("no such reply")
        place = asked.case, self._index.description.candidates[asked.candidate], asked.seed
        if asked.label is None:
            self._change(lambda review: review.unmarked(place))
            return {"mark": None}
        told = dict(zip(("case_id", "candidate", "seed"), place, strict=True))
        mark = Mark.model_validate({**told, "label": asked.label, "note": asked.note})
        self._change(lambda review: review.marked(mark))
        return {"mark": [mark.label, mark.note]}

    def _change(self, change: Callable[[Review], Review]) -> None:
        with self._changing:
            changed = change(read_review(self._folder))
            write_review(self._folder, changed)
            self._review = changed


def make_server(view: ViewOfRun, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback that is ready to serve.

    Args:
        view: Of the run to be shown.
        port: To listen on; any free one if 0.

    Raises:
        OSError: The port is taken.
    """
    handler = type("ViewHandler", (_Handler,), {"view": view})
    server = ThreadingHTTPServer((LOOPBACK, port), handler)
    server.daemon_threads = True
    return server


def address_of(server: ThreadingHTTPServer, view: ViewOfRun) -> str:
    """What a reader opens."""
    return f"http://{LOOPBACK}:{server.server_address[1]}/?token={view.token}"


class _Handler(BaseHTTPRequestHandler):
    view: ViewOfRun
    protocol_version = "HTTP/1.1"
    server_version = "Rejoinder"
    sys_version = ""

    def do_GET(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        path, values = asked
        if path == "/":
            page, policy = self.view.page()
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), policy)
            return
        self._answer(lambda: self._look_up(path, values))

    def do_POST(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BYTES_ASKED:
            self.close_connection = True
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            return
        self._answer(lambda: self._change(asked[0], body))

    def _look_up(self, path: str, values: dict[str, str]) -> Json | None:
        if path == "/found":
            return self.view.found(Query.model_validate(values))
        if path == "/cases":
            start, count = int(values.pop("from", "0")), int(values.pop("count", "10"))
            return self.view.cases(Query.model_validate(values), max(0, start), max(0, count))
        if path == "/position":
            case_id = values.pop("id", "")
            return self.view.position(Query.model_validate(values), case_id)
        return None

    def _change(self, path: str, body: bytes) -> Json | None:
        if path == "/name":
            return self.view.rename(NewName.model_validate_json(body))
        if path == "/mark":
            return self.view.mark(NewMark.model_validate_json(body))
        return None

    def _asked(self) -> tuple[str, dict[str, str]] | None:
        """The path and the values of a request that may be answered; None where it was refused."""
        parts = urlsplit(self.path)
        values = dict(parse_qsl(parts.query, keep_blank_values=True))
        token = values.pop("token", "")
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        if host not in (LOOPBACK, "localhost") or not secrets.compare_digest(token.encode(), self.view.token.encode()):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        return parts.path, values

    def _answer(self, look_up: Callable[[], Json | None]) -> None:
        try:
            found = look_up()
        except (ValidationError, ValueError, IndexError):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self._send(HTTPStatus.OK, "application/json", text.encode())

    def _refuse(self, status: HTTPStatus) -> None:
        self._send(status, "text/plain; charset=utf-8", status.phrase.encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes, policy: str = "default-src 'none'") -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", f"{policy}; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses hold the token."""
