"""From transcripts to a suite on the command line, and what the reports say of a suite with leaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from public_data import rows_of
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

from suites.cases import cases_of
from suites.checking import check_suite
from suites.loading import load_suite

ASKED = ("a loaf", "two rolls", "rye", "a plait", "ginger cake", "buns", "a tart", "oat bread", "a pie", "rusks")


def _write_notes(folder: Path, name: str, manner: str, count: int = 10) -> None:
    """Invented transcripts of one person, a day each."""
    folder.mkdir(parents=True)
    (folder / "persona.yaml").write_text(f"name: {name}\ndescription: A baker.\n", encoding="utf-8")
    for number in range(count):
        date = f"{number + 1:02d}.03.2025"
        (folder / f"day-{number + 1:02d}.md").write_text(
            f"# Day {number + 1}\n\n"
            f">[!nexus_user] **User** - {date} at 09:00\n> {ASKED[number]}, please\n<!-- UID: {number}a -->\n\n"
            f">[!nexus_agent] **Assistant** - {date} at 09:01\n> {manner} {ASKED[number]}\n<!-- UID: {number}b -->\n\n"
            f">[!nexus_user] **User** - {date} at 09:02\n> how much?\n<!-- UID: {number}c -->\n\n"
            f">[!nexus_agent] **Assistant** - {date} at 09:03\n> {number + 2} pence, {manner.lower()}\n<!-- UID: {number}d -->\n",
            encoding="utf-8",
        )


def test_a_folder_of_transcripts_becomes_a_suite_that_trains_and_tests(rejoinder: Rejoinder, tmp_path: Path) -> None:
    _write_notes(tmp_path / "notes" / "ann", "Ann", "Here, love:")
    _write_notes(tmp_path / "notes" / "fyodor", "Фёдор", "Извольте-с,")
    made = rejoinder("suite", "import", "obsidian", "notes", "--out", "all")
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines() == [
        "wrote all/suite.yaml: held_out.jsonl with 20 dialogues",
        "nothing was redacted; --redact replaces names, phone, e-mail and card numbers by placeholders",
    ]
    split = rejoinder("suite", "split", "all", "--out", "people")
    assert split.returncode == 0, split.stderr
    assert "ann: train 8 dialogues, 16 replies; held out 2 dialogues, 4 replies (the latest)" in split.stdout
    assert "holds 4 replies only of 'fyodor', so even a candidate that is better on all of them" in split.stdout
    suite = load_suite(tmp_path / "people")
    assert {d.id for d in suite.dialogues()} == {f"{n}/day-{d}" for n in ("ann", "fyodor") for d in ("09", "10")}
    assert {finding.check for finding in check_suite(suite)} == {"few_replies"}
    exported = rejoinder("suite", "export", "people", "--out", "sft.jsonl")
    assert exported.stdout == "wrote 16 dialogues to sft.jsonl\n"
    lines = [json.loads(line) for line in (tmp_path / "sft.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [turn["role"] for turn in lines[0]["messages"]] == ["user", "assistant", "user", "assistant"]
    again = rejoinder("suite", "export", "people", "--out", "sft.jsonl")
    assert again.returncode == 2 and "is there already and is not overwritten" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("suite", "import", "word", "x", "--out", "y"), "there is no format 'word'; known: openai, trl, sharegpt"),
        (("suite", "import", "obsidian", "nowhere", "--out", "y"), "nowhere: there is no such file"),
        (
            ("suite", "import", "obsidian", "notes", "--out", "y", "--persona", "no.yaml"),
            "no.yaml: there is no such file",
        ),
        (
            ("suite", "import", "obsidian", "notes", "--out", "y", "--language", "English"),
            "language: is the text 'English'",
        ),
        (("suite", "import", "obsidian", "notes", "--out", "notes"), "notes: is there already"),
        (("suite", "split", "coffee_orders", "--out", "y"), "train: is there: the suite is split already"),
        (
            ("suite", "export", "coffee_orders", "--format", "chatgpt"),
            "not written in lines; name a file or folder with --out",
        ),
        (("suite", "export", "coffee_orders", "--format", "datasets", "--out", "y.xls"), "ends in '.xls'"),
    ],
)
def test_mistakes_are_one_sentence(
    rejoinder: Rejoinder, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    _write_notes(tmp_path / "notes", "Ann", "Here:", count=1)
    answer = rejoinder(*arguments)
    assert answer.returncode == 2
    assert sentence in answer.stderr and answer.stderr.count("\n") == 1


def test_a_suite_with_leaks_is_refused_and_if_allowed_marks_every_page(rejoinder: Rejoinder, tmp_path: Path) -> None:
    reply = "Certainly, that will be nine pence for the two of them."
    for half, question in (("test", "Two rolls?"), ("train", "Two buns?")):
        turns = [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]
        lines = [
            {"messages": turns},
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": half}]},
        ]
        (tmp_path / f"{half}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ("suite", "import", "openai", "test.jsonl", "--train", "train.jsonl", "--out", "leaky")
    refused = rejoinder(*command)
    assert refused.returncode == 2
    assert (
        "the dialogue 'test-00001' holds a reply (messages.1.content) that stands in the training half"
        in refused.stderr
    )
    allowed = rejoinder(*command, "--allow-leak")
    assert "the halves share replies; the suite is marked for it" in allowed.stdout
    assert rejoinder("suite", "check", "leaky").returncode == 0
    spec = write_recorded_spec(tmp_path, str(tmp_path / "leaky"), QUICK_METRICS)
    run = rejoinder("run", spec, "--out", "run")
    assert run.returncode == 0, run.stderr
    mark = "LEAK: the training half holds held-out dialogues or replies"
    assert mark in " ".join(run.stdout.split())
    for page in ("report.html", "report.md"):
        assert mark in (tmp_path / "run" / page).read_text(encoding="utf-8")


def test_public_persona_chats_become_two_sided_suites(rejoinder: Rejoinder, tmp_path: Path) -> None:
    rows = rows_of("persona_chat")
    lines = [
        {
            "id": row["id"],
            "messages": [{"role": t["role"], "content": t["content"]} for t in row["turns"]],
        }
        for row in rows
    ]
    (tmp_path / "chats.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for role in ("user", "assistant"):
        made = rejoinder("suite", "import", "openai", "chats.jsonl", "--out", role, "--target-role", role, "--redact")
        assert made.returncode == 0, made.stderr
        split = rejoinder("suite", "split", role, "--out", f"{role}_split")
        assert split.returncode == 0, split.stderr
        suite = load_suite(tmp_path / f"{role}_split")
        assert [finding for finding in check_suite(suite) if finding.severity == "error"] == []
        assert sum(1 for half in ("train", "held_out") for _ in suite.dialogues(half)) == len(rows)
        assert all(case.messages[-1].role == "user" for case in cases_of(suite))
