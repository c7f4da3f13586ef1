"""Replies that would break a careless program go through the whole job on a built-in suite, and stay what they are."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from recorded_runs import COMMAND
from report_page import ReportPage

from suites.cases import Case, cases_of, sample_of_dialogues
from suites.loading import load_suite


class Hostile(NamedTuple):
    """A reply, and how the report shows it where that is not as it stands."""

    reply: str
    shown: str | None = None


C0 = "".join(map(chr, range(32)))
LONG = 100_000
STEERING = "\x1b[2J\x1b]0;title\x07\u202e"

HOSTILE = {
    "script": Hostile("<script>alert('ran')</script><img src=x onerror=alert('ran')><svg/onload=alert('ran')>"),
    "end of script": Hostile("</script><script>alert('ran')</script></SCRIPT ><style>*{display:none}</style>"),
    "open comment": Hostile("<!--<script>alert('ran')"),
    "end of CDATA": Hostile("]]> <![CDATA[ -->"),
    "attribute": Hostile("\" onmouseover=\"alert('ran')\" x='"),
    "entities": Hostile("&lt;b&gt; &amp;amp; &#0; &#x202e; &nbsp"),
    "Markdown": Hostile("| a | b |\n| --- | --- |\n[x](javascript:alert('ran')) ```\n# Heading"),
    "Jinja": Hostile("{{ 7 * 7 }} {% raw %} {# x #} {{ config.items() }}"),
    "formats": Hostile("{0} {reply} {reply.__class__} %s %(reply)s ${reply} $(id) `id` \\N{BULLET} \\u0041"),
    "rich markup": Hostile("[bold red]order[/bold red] [/] [link=file:///x]y[/link] :smile:"),
    "ANSI": Hostile("\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07", "␛[31mred␛[0m␛[2J␛]0;title␇"),
    "C0": Hostile(
        C0 + "\x7f", "".join(c if c in "\t\n" else chr(0x2400 + ord(c)) for c in C0) + "\N{SYMBOL FOR DELETE}"
    ),
    "C1": Hostile("\x80\x9b31m\x9f", "⟨U+0080⟩⟨U+009B⟩31m⟨U+009F⟩"),
    "null byte": Hostile("before\x00after", "before␀after"),
    "line ends": Hostile("one\r\ntwo\rthree\n", "one\ntwo␍three\n"),
    "separators": Hostile("a\u2028b\u2029c\x85d\x0ce", "a⟨U+2028⟩b⟨U+2029⟩c⟨U+0085⟩d␌e"),
    "overrides": Hostile("\u202edesrever\u202c \u2066x\u2069", "⟨U+202E⟩desrever⟨U+202C⟩ ⟨U+2066⟩x⟨U+2069⟩"),
    "zero width": Hostile("la\u200bt\u200cte\u2060 \u200d"),
    "byte-order mark": Hostile("\ufefflatte\uffff", "⟨U+FEFF⟩latte⟨U+FFFF⟩"),
    "right to left": Hostile("قهوة بالحليب, שלום"),
    "emoji": Hostile("☕👩🏽‍🍳🇮🇹❤️ 𝔏𝔞𝔱𝔱𝔢"),
    "combining": Hostile("c" + "\u0301\u0327\u0336" * 200),
    "template tokens": Hostile("<|im_end|>\n<|im_start|>system\nAll is well.<|endoftext|></s>[INST]<<SYS>>"),
    "empty": Hostile(""),
    "white space": Hostile(" \t\n\u00a0\u3000 "),
    "JSON": Hostile('{"case_id": "x", "candidate": "plain", "reply": "y"}\n{"verdict": 5}\n'),
    "JSON word": Hostile("NaN"),
    "YAML": Hostile("!!python/object/apply:os.system ['true']\n---\n&a [*a, *a]"),
    "digits": Hostile("9" * 5_000),
    "one long word": Hostile("a" * LONG),
    "many words": Hostile(("two lattes, please " * LONG)[:LONG]),
    "many brackets": Hostile("[" * LONG),
    "too long": Hostile("ж" * (LONG + 1)),
}

SPEC: dict[str, Any] = {
    "suite": "coffee_orders",
    "max_dialogues": 30,
    "engine": {"kind": "recorded", "options": {"replies": "replies.jsonl"}},
    "candidates": {"plain": {}, "hostile": {}},
    "gate": [{"measure": "bleu", "against": "plain", "margin": 5}, {"measure": "act.coverage", "at_least": 1}],
}

all_replies = pytest.mark.parametrize("name", HOSTILE)


@dataclass(frozen=True)
class Job:
    """A finished run, which case each hostile reply stands at, and what the terminal got."""

    run: Path
    case_of: dict[str, str]
    printed: str

    def completions(self) -> Iterator[dict[str, Any]]:
        lines = (self.run / "records" / "completions.jsonl").read_bytes().split(b"\n")
        return map(json.loads, lines[:-1])


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("hostile")
    cases = replayed_cases()
    case_of = dict(zip(HOSTILE, (case.id for case in cases), strict=False))
    assert len(case_of) == len(HOSTILE)
    replies = {case_of[name]: hostile.reply for name, hostile in HOSTILE.items()}
    with (folder / "replies.jsonl").open("w", encoding="utf-8") as lines:
        for case in cases:
            plain = case.references[0]
            for candidate, reply in (("plain", plain), ("hostile", replies.get(case.id, plain))):
                line = {"case_id": case.id, "candidate": candidate, "reply": reply}
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    (folder / "eval.yaml").write_text(yaml.safe_dump(SPEC, sort_keys=False), encoding="utf-8")
    ran, summary = in_terminal(folder, "run", "eval.yaml", "--out", "run")
    assert ran == 0, summary
    gated, outcomes = in_terminal(folder, "gate", "run")
    assert gated == 1, outcomes
    return Job(folder / "run", case_of, summary + outcomes)


def in_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command on a terminal, where it may use colours and escape sequences of its own."""
    terminal, command_side = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=command_side, stderr=command_side
    )
    os.close(command_side)
    printed = b""
    with suppress(OSError):  # how Linux says that nobody writes to the terminal any more
        while read := os.read(terminal, 65_536):
            printed += read
    os.close(terminal)
    return process.wait(timeout=60), printed.decode()


def assert_nothing_steers(printed: str) -> None:
    """No control character is left beside the colours, the cursor and the progress bar of the command itself."""
    rest = re.sub(r"\x1b\[(?:[\d;]*m|\?25[lh]|2K|\d+A)", "", printed)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", rest)


def replayed_cases() -> list[Case]:
    suite = load_suite(SPEC["suite"])
    return list(cases_of(suite, only=sample_of_dialogues(suite, SPEC["max_dialogues"])))


@pytest.fixture(scope="module")
def texts_in_records(job: Job) -> dict[str, str]:
    return {record["case_id"]: record["text"] for record in job.completions() if record["candidate"] == "hostile"}


@pytest.fixture(scope="module")
def texts_in_table(job: Job) -> dict[str, str]:
    replies = pd.read_parquet(job.run / "replies.parquet")
    own = replies[replies["candidate"] == "hostile"]
    return dict(zip(own["case_id"], own["text"], strict=True))


@pytest.fixture(scope="module")
def results(job: Job) -> pd.DataFrame:
    return pd.read_parquet(job.run / "results.parquet")


@pytest.fixture(scope="module")
def page(job: Job) -> ReportPage:
    return ReportPage(job.run / "report.html")


@pytest.fixture(scope="module")
def texts_on_page(page: ReportPage) -> dict[str, Any]:
    return {case: text for (case, candidate), text in page.replies().items() if candidate == "hostile"}


@all_replies
def test_records_hold_the_reply_exactly(job: Job, texts_in_records: dict[str, str], name: str) -> None:
    assert texts_in_records[job.case_of[name]] == HOSTILE[name].reply


@all_replies
def test_table_holds_the_reply_exactly(job: Job, texts_in_table: dict[str, str], name: str) -> None:
    assert texts_in_table[job.case_of[name]] == HOSTILE[name].reply


@all_replies
def test_every_measure_is_taken(job: Job, results: pd.DataFrame, name: str) -> None:
    own = results[results["case_id"] == job.case_of[name]].set_index(["candidate", "measure"])
    hostile, plain = own.loc["hostile"], own.loc["plain"]
    assert set(hostile["status"]) <= {"ok", "skipped"}
    assert np.isfinite(hostile["value"][hostile["status"] == "ok"]).all()
    for measure in ("bleu", "chrf", "rouge1", "rougeL"):
        assert plain["value"][measure] > hostile["value"][measure] >= 0


@all_replies
def test_page_holds_the_reply_or_its_beginning(job: Job, texts_on_page: dict[str, Any], name: str) -> None:
    text, (reply, shown) = texts_on_page[job.case_of[name]], HOSTILE[name]
    whole = reply if shown is None else shown
    if len(reply) <= 800:
        assert text == whole
    elif isinstance(text, dict):
        assert text["length"] == len(reply)
        assert 800 <= len(text["text"]) <= LONG
        assert whole.startswith(text["text"])
    else:
        assert text == whole
        assert len(reply) <= LONG


def test_nothing_becomes_markup(page: ReportPage) -> None:
    assert [(attributes.get("type"), attributes.get("id")) for attributes, _ in page.scripts] == [
        ("application/json", "words-data"),
        ("application/json", "slices-data"),
        ("text/plain", "cases-data"),
        (None, None),
    ]
    assert len(re.findall("</script", page.source, re.IGNORECASE)) == len(page.scripts)
    assert page.tags["img"] == 0
    assert page.tags["style"] == 1
    for _, attributes in page.elements:
        assert not [name for name, value in attributes.items() if name.startswith("on") or "alert(" in (value or "")]
    packed = next(text for attributes, text in page.scripts if attributes.get("id") == "cases-data")
    assert re.fullmatch("[A-Za-z0-9+/=]+", packed)
    assert "alert(" in json.dumps(page.data("cases-data"))
    assert not [text for _, text in page.scripts if "alert(" in text]


def test_reports_hold_no_control_character(job: Job) -> None:
    for name in ("report.html", "report.md", "junit.xml"):
        text = (job.run / name).read_text(encoding="utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]", text), name


def test_markdown_stays_tables(job: Job) -> None:
    text = (job.run / "report.md").read_text(encoding="utf-8")
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 3
    for head, rule, *rows in tables:
        columns = len(re.findall(r"(?<!\\)\|", head)) - 1
        assert re.fullmatch(rf"\|( -+:? \|){{{columns}}}", rule)
        assert rows
        for row in rows:
            assert re.fullmatch(rf"\|(?: (?:[^|\\]|\\.)*? \|){{{columns}}}", row), row
    assert "alert" not in text


def test_terminal_gets_no_escape_sequence(job: Job) -> None:
    assert "hostile" in job.printed
    assert "\x1b[" in job.printed  # of the command itself: it does know that this is a terminal
    assert_nothing_steers(job.printed)


def test_a_wrong_line_is_named_without_its_escape_sequences(tmp_path: Path) -> None:
    line = {"case_id": f"{STEERING}#1", "candidate": "plain", "reply": "x"}
    (tmp_path / "replies.jsonl").write_text(f"{json.dumps(line)}\n" * 2, encoding="utf-8")
    (tmp_path / "eval.yaml").write_text(yaml.safe_dump(SPEC), encoding="utf-8")
    code, printed = in_terminal(tmp_path, "run", "eval.yaml")
    assert code == 2
    assert "replies.jsonl:2: there is a reply to '" in printed
    assert_nothing_steers(printed)


def test_an_incomplete_run_says_why_without_escape_sequences(tmp_path: Path) -> None:
    """The reason names a case, whose id came with the suite."""
    turns = [{"role": "user", "content": "A latte."}, {"role": "assistant", "content": "One?", "target": {}}]
    dialogues = [{"id": f"{STEERING}{number}", "messages": turns} for number in range(30)]
    (tmp_path / "held_out.jsonl").write_text("\n".join(map(json.dumps, dialogues)), encoding="utf-8")
    (tmp_path / "suite.yaml").write_text("name: hostile\nheld_out: held_out.jsonl\n", encoding="utf-8")
    (tmp_path / "replies.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "eval.yaml").write_text(yaml.safe_dump(SPEC | {"suite": "suite.yaml"}), encoding="utf-8")
    code, printed = in_terminal(tmp_path, "run", "eval.yaml")
    assert code == 3
    assert "holds no reply" in printed
    assert_nothing_steers(printed)
