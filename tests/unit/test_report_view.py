"""The server of `rejoinder view`, asked as a browser asks: who gets an answer, what is found, and what is kept."""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest
from report_coffee_run import coffee_run

from reports.errors import ReportError
from reports.failures.review import Mark, Review, read_review
from reports.reporting import write_reports
from reports.view.index import INDEX_FILE, CaseIndex
from reports.view.server import ViewOfRun, address_of, make_server


@dataclass
class Asking:
    """A running server and how to ask it."""

    run: Path
    base: str
    token: str

    def get(self, path: str, host: str | None = None, **values: object) -> bytes:
        request = urllib.request.Request(f"{self.base}{path}?{urlencode({'token': self.token, **values})}")
        if host:
            request.add_header("Host", host)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    def json(self, path: str, **values: object) -> Any:
        return json.loads(self.get(path, **values))

    def post(self, path: str, what: Any, kind: str = "application/json") -> Any:
        url = f"{self.base}{path}?{urlencode({'token': self.token})}"
        request = urllib.request.Request(url, json.dumps(what).encode(), {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = coffee_run(tmp_path_factory.mktemp("view"), dialogues=30)
    write_reports(folder)
    return folder


@pytest.fixture
def asking(run: Path) -> Iterator[Asking]:
    view = ViewOfRun(run)
    server = make_server(view)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base, token = address_of(server, view).split("/?token=")
    yield Asking(run, base, token)
    server.shutdown()
    server.server_close()
    (run / "review.json").unlink(missing_ok=True)


def refused(ask: Any) -> int:
    with pytest.raises(urllib.error.HTTPError) as fault:
        ask()
    assert not fault.value.read().startswith(b"{")
    return fault.value.code


def test_only_who_knows_the_token_gets_an_answer(asking: Asking) -> None:
    for token in ("", "wrong", asking.token[:-1], asking.token + "x", "ключ"):
        for path in ("/", "/found", "/cases", "/nothing"):
            assert refused(lambda path=path, token=token: asking.get(path, token=token)) == 403
    assert asking.base.startswith("http://127.0.0.1:")


def test_a_page_of_another_host_gets_no_answer(asking: Asking) -> None:
    for host in ("example.org", "example.org:80", "127.0.0.1.example.org:1", ""):
        if host:
            assert refused(lambda host=host: asking.get("/", host=host)) == 403
    assert asking.get("/found", host="localhost:1")


def test_the_page_is_the_report_with_its_cases_left_to_the_server(asking: Asking) -> None:
    with urllib.request.urlopen(f"{asking.base}/?token={asking.token}", timeout=10) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; connect-src 'self'; style-src 'sha256-")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    slot = re.search(r'id="cases-data">([^<]*)<', page)
    assert slot is not None
    data = json.loads(zlib.decompress(base64.b64decode(slot[1])))
    assert "cases" not in data
    assert data["served"] == {"token": asking.token, "cases": pq.read_metadata(asking.run / "cases.parquet").num_rows}
    report = (asking.run / "report.html").read_text(encoding="utf-8")
    head = slice(report.index("<body>"), report.index('id="cases-data"'))
    assert report[head] in page


def test_filters_find_what_the_tables_say(asking: Asking) -> None:
    cases = pq.read_table(asking.run / "cases.parquet").to_pandas().set_index("case_id")
    results = pq.read_table(asking.run / "results.parquet").to_pandas()
    replies = pq.read_table(asking.run / "replies.parquet").to_pandas()
    everything = len(cases)
    assert asking.json("/found")["found"] == everything
    assert asking.json("/found", kind="act", name="refuse")["found"] == (cases.act == "refuse").sum()
    tagged = sum("small_talk" in tags for tags in cases.tags)
    assert asking.json("/found", kind="tag", name="small_talk")["found"] == tagged
    acts = results[(results.measure == "act") & (results.candidate == "june")]
    assert asking.json("/found", condition="act", candidate=2)["found"] == (acts.value < 1).sum()
    unparsed = results[results.status == "unparsed"].case_id.nunique()
    assert asking.json("/found", condition="unparsed")["found"] == unparsed > 0
    style = results[results.measure == "style"].pivot_table("value", "case_id", "candidate", observed=True)
    lost = (style.order_taker - style.base < 0).sum()
    assert asking.json("/found", condition="worse", candidate=1, measure=15)["found"] == lost > 0
    said = {name for name, text in zip(replies.case_id, replies.text, strict=True) if "skipper" in str(text).lower()}
    said |= {name for name, row in cases.iterrows() if "skipper" in " ".join([row.messages, *row.references]).lower()}
    assert asking.json("/found", search="SKIPPER")["found"] == len(said)
    assert asking.json("/found", search="no such words")["found"] == 0
    assert asking.json("/found", kind="tag", name="no such tag")["found"] == 0


def test_pages_of_cases_are_whole_and_in_order(asking: Asking) -> None:
    ids = pq.read_table(asking.run / "cases.parquet")["case_id"].to_pylist()
    shown = [asking.json("/cases", **{"from": start, "count": 20}) for start in range(0, len(ids), 20)]
    assert [case["id"] for page in shown for case in page["cases"]] == ids
    for page in shown:
        for case in page["cases"]:
            assert all(len(own) == 1 and len(own[0]["scores"]) == 16 for own in case["replies"])
            assert page["messages"][case["context"][0]][0] == "system"
    losses = [case["change"][2] for case in asking.json("/cases", order="regressed", candidate=2, count=100)["cases"]]
    known = [loss for loss in losses if loss]
    assert known == sorted(known)
    assert asking.json("/position", id=ids[17])["position"] == 17
    assert asking.json("/position", id="no such case")["position"] == -1
    assert asking.json("/position", id=ids[17], kind="act", name="no such act")["position"] == -1


@pytest.mark.parametrize(
    "values",
    [
        {"candidate": 9},
        {"candidate": -1},
        {"measure": 99, "condition": "worse"},
        {"condition": "anything"},
        {"order": "best"},
        {"kind": "failure", "name": "x"},
        {"unknown": 1},
        {"search": "x" * 5_000},
    ],
)
def test_questions_that_make_no_sense_are_refused(asking: Asking, values: dict[str, object]) -> None:
    assert refused(lambda: asking.get("/found", **values)) == 400


def test_unknown_paths_are_not_found(asking: Asking) -> None:
    for path in ("/report.html", "/../manifest.json", "/favicon.ico"):
        assert refused(lambda path=path: asking.get(path)) == 404


def test_names_and_marks_are_kept_and_come_back(asking: Asking) -> None:
    first = CaseIndex(asking.run).description.failure_keys[0]
    assert asking.post("/name", {"failure": 0, "name": "  Sells what is sold out "}) == {
        "name": "Sells what is sold out"
    }
    case = asking.json("/cases", count=1)["cases"][0]
    told = {"case": case["raw_id"], "candidate": 1, "seed": 0, "label": "fail", "note": "<b>cold</b>"}
    assert asking.post("/mark", told) == {"mark": ["fail", "<b>cold</b>"]}
    asking.post("/mark", told | {"candidate": 2, "label": "pass", "note": ""})
    asking.post("/mark", told | {"candidate": 2, "label": None})
    place = {"case_id": case["raw_id"], "candidate": "order_taker", "seed": 0}
    mark = Mark(**place, label="fail", note="<b>cold</b>")
    assert read_review(asking.run) == Review(names={first: "Sells what is sold out"}, marks=(mark,))
    assert asking.json("/cases", count=1)["cases"][0]["replies"][1][0]["mark"] == ["fail", "<b>cold</b>"]
    report = write_reports(asking.run).html.read_text(encoding="utf-8")
    assert "Sells what is sold out" in report
    asking.post("/name", {"failure": 0, "name": ""})
    assert read_review(asking.run).names == {}


def test_what_cannot_be_kept_is_refused(asking: Asking) -> None:
    told = {"case": "coffee-h001#1", "candidate": 1, "seed": 0, "label": "fail"}
    wrong = [
        ("/mark", told | {"case": "none"}),
        ("/mark", told | {"candidate": 7}),
        ("/mark", told | {"seed": 5}),
        ("/mark", told | {"label": "perhaps"}),
        ("/mark", told | {"note": "x" * 3_000}),
        ("/mark", ["x"]),
        ("/name", {"failure": 99, "name": "x"}),
        ("/name", {"failure": 0, "name": "x" * 300}),
    ]
    for path, what in wrong:
        assert refused(lambda path=path, what=what: asking.post(path, what)) == 400, what
    assert refused(lambda: asking.post("/mark", told, kind="text/plain")) == 415  # as a form of another page would
    assert refused(lambda: asking.post("/mark", told | {"note": "x" * 50_000})) == 413
    assert read_review(asking.run) == Review()


def test_an_index_of_other_tables_is_not_used(run: Path, tmp_path: Path) -> None:
    other = coffee_run(tmp_path / "other", dialogues=8)
    with pytest.raises(ReportError, match="is missing or torn; rebuild it"):
        ViewOfRun(other)
    (other / INDEX_FILE).write_bytes((run / INDEX_FILE).read_bytes())
    with pytest.raises(ReportError, match="is not of these tables"):
        ViewOfRun(other)
    (other / INDEX_FILE).write_bytes(b"PAR1")
    with pytest.raises(ReportError, match="is missing or torn"):
        ViewOfRun(other)


def test_a_review_that_was_written_by_hand_wrongly(tmp_path: Path) -> None:
    folder = coffee_run(tmp_path, dialogues=5)
    (folder / "review.json").write_text('{"schema": 1, "marks": [{"case_id": "x"}]}')
    with pytest.raises(ReportError, match=r"review\.json"):
        write_reports(folder)
