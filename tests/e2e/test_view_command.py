"""`rejoinder view`, `rejoinder judge labels` and `rejoinder report --lang` as a user types them."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from recorded_runs import COMMAND, QUICK_METRICS, Rejoinder, write_recorded_spec

from judges.loading import load_rubric
from judges.people.labels import read_labels


@pytest.fixture
def run(rejoinder: Rejoinder, tmp_path: Path) -> Path:
    out = tmp_path / "run"
    answer = rejoinder("run", write_recorded_spec(tmp_path, extra=QUICK_METRICS), "--out", out)
    assert answer.returncode == 0, answer.stderr
    return out


@contextmanager
def viewing(run: Path, *options: str) -> Iterator[str]:
    """The address that the command prints, while it serves."""
    command = [*COMMAND, "view", str(run), "--no-browser", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0


def asked(address: str, path: str, what: object = None) -> bytes:
    parts = urlsplit(address)
    body = None if what is None else json.dumps(what).encode()
    url = f"http://{parts.netloc}{path}?{parts.query}"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def test_marks_become_labels_for_calibration(rejoinder: Rejoinder, run: Path, tmp_path: Path) -> None:
    nothing = rejoinder("judge", "labels", run, "--out", tmp_path / "labels.jsonl")
    assert nothing.returncode == 2
    assert "marks no reply yet; open the run with `rejoinder view`" in nothing.stderr
    with viewing(run) as address:
        assert address.startswith("http://127.0.0.1:")
        assert b"<title>coffee_orders" in asked(address, "/")
        cases = json.loads(asked(address, "/cases"))["cases"]
        for label, candidate, note in (("fail", 0, "another's reply"), ("pass", 1, "")):
            asked(
                address,
                "/mark",
                {"case": cases[0]["raw_id"], "candidate": candidate, "seed": 0, "label": label, "note": note},
            )
    written = rejoinder("judge", "labels", run, "--out", tmp_path / "labels.jsonl")
    assert written.returncode == 0, written.stderr
    assert written.stdout.startswith("2 labelled replies")
    labels = read_labels(tmp_path / "labels.jsonl", load_rubric("correctness"))
    assert [reply.mean_score for reply in labels.replies] == [0, 1]
    assert [reply.line.note for reply in labels.replies] == ["another's reply", ""]
    assert [reply.line.reply for reply in labels.replies] == [own[0]["text"] for own in cases[0]["replies"]]


def test_a_report_in_another_language(rejoinder: Rejoinder, run: Path) -> None:
    assert rejoinder("report", run, "--lang", "ru").returncode == 0
    assert '<html lang="ru">' in (run / "report.html").read_text(encoding="utf-8")
    assert rejoinder("report", run).returncode == 0
    assert '<html lang="en">' in (run / "report.html").read_text(encoding="utf-8")


def test_what_cannot_be_viewed(rejoinder: Rejoinder, tmp_path: Path) -> None:
    answer = rejoinder("view", tmp_path, "--no-browser")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
