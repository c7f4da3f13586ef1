"""What goes wrong around a run: one clear sentence, the right exit code, and the run intact."""

from __future__ import annotations

import json
import os
import resource
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock
from recorded_runs import COMMAND, QUICK_METRICS, Rejoinder, records_of, write_recorded_spec


@pytest.fixture
def recorded_spec(tmp_path: Path) -> Path:
    return write_recorded_spec(tmp_path, extra=QUICK_METRICS)


def assert_one_sentence(answer: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    assert answer.returncode == code, answer.stderr
    last = answer.stderr.strip().splitlines()[-1]
    assert "Traceback" not in answer.stderr
    for part in parts:
        assert part in last


def test_a_full_disk_leaves_a_run_that_can_be_finished(
    recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path
) -> None:
    out = tmp_path / "run"

    def small_disk() -> None:  # the system refuses to let any file grow further, as a full disk does
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))

    limited = subprocess.run(
        [*COMMAND, "run", recorded_spec, "--out", out],
        capture_output=True,
        text=True,
        preexec_fn=small_disk,
        timeout=120,
    )
    assert_one_sentence(limited, 3, "cannot be written", "run the same command again")
    for file in (out / "records").glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            json.loads(line)
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    whole = tmp_path / "whole"
    assert rejoinder("run", recorded_spec, "--out", whole).returncode == 0
    assert records_of(out) == records_of(whole)


def test_a_torn_last_line_is_made_again(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    before = records_of(out)
    completions = out / "records" / "completions.jsonl"
    completions.write_bytes(completions.read_bytes()[:-25])
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    assert records_of(out) == before


def test_a_damaged_line_is_named(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    completions = out / "records" / "completions.jsonl"
    lines = completions.read_bytes().split(b"\n")
    lines[2] = b"\x00" * 40
    completions.write_bytes(b"\n".join(lines))
    assert_one_sentence(rejoinder("run", recorded_spec, "--out", out), 2, "completions.jsonl:3", "--out")


def test_two_processes_never_write_one_run(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    with FileLock(out / ".lock"):
        answer = rejoinder("run", recorded_spec, "--out", out)
    assert_one_sentence(answer, 2, "another process is writing this run")
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0


def test_a_folder_that_cannot_be_made_is_named(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    answer = rejoinder("run", recorded_spec, "--out", tmp_path / "file" / "run")
    assert_one_sentence(answer, 2, "cannot be written", "--out")


def test_a_read_only_folder_is_named(recorded_spec: Path, tmp_path: Path) -> None:
    folder = tmp_path / "read_only"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    command = [*COMMAND, "run", str(recorded_spec), "--out", str(folder / "run")]
    if os.geteuid() == 0:  # root may write everywhere, unless it gives that up
        if shutil.which("setpriv") is None:
            pytest.skip("root writes into read-only folders, and there is no setpriv to give that up with")
        powers = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", *command]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert_one_sentence(answer, 2, "cannot be written (Permission denied)", "--out")


def test_a_folder_of_another_spec_is_not_touched(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    before = (out / "manifest.json").read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    answer = rejoinder("run", write_recorded_spec(other, extra=f"{QUICK_METRICS}seeds: [7]\n"), "--out", out)
    assert_one_sentence(answer, 2, "holds a run of another spec", "--out")
    assert (out / "manifest.json").read_bytes() == before


def test_missing_replies_are_errors_and_too_many_stop_the_run(
    recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path
) -> None:
    replies = tmp_path / "replies.jsonl"
    lines = replies.read_text(encoding="utf-8").splitlines()
    few_missing = [line for number, line in enumerate(lines) if number % 10]
    replies.write_text("\n".join(few_missing) + "\n", encoding="utf-8")
    answer = rejoinder("run", recorded_spec, "--out", tmp_path / "few", "--json")
    assert answer.returncode == 0, answer.stderr
    replies.write_text("\n".join(lines[200:]) + "\n", encoding="utf-8")
    answer = rejoinder("run", recorded_spec, "--out", tmp_path / "many")
    assert_one_sentence(answer, 3, "max_error_share 0.2", "holds no reply of")
    manifest = json.loads((tmp_path / "many" / "manifest.json").read_text())
    assert manifest["status"] == "incomplete"
    replies.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("suite: nowhere\n", "eval.yaml:1: suite: there is no built-in suite, file or folder 'nowhere'"),
        ("suite: cofee_orders\n", "did you mean 'coffee_orders'?"),
        ("suite: coffee_orders\nengine: {kind: vlm}\n", "did you mean 'vllm'?"),
        ("suite: coffee_orders\nengine: {kind: recorded}\n", "candidates.base: names no file of replies"),
        (
            "suite: coffee_orders\nengine: {kind: recorded, options: {reply: x}}\n",
            "engine.options.reply: there is no field",
        ),
        ("suite: coffee_orders\nengine: {kind: recorded}\nmetrics: [bleau]\n", "did you mean 'bleu'?"),
        (
            "suite: coffee_orders\nengine: {kind: recorded, options: {replies: gone.jsonl}}\n",
            "gone.jsonl: there is no such file",
        ),
        (
            "suite: coffee_orders\nengine: {kind: recorded, options: {replies: r}}\njudges: [{rubric: correctness}]\n",
            "recorded replies cannot judge",
        ),
        (
            "suite: coffee_orders\nengine: {kind: recorded}\ncandidates: {a: {adapter: ./x}}\n",
            "candidates.a.adapter: the engine 'recorded' cannot use it",
        ),
        ("suite: coffee_orders\ncandidates: {a: {persona: jun}}\n", "did you mean 'june'?"),
    ],
)
def test_wrong_specs_are_one_sentence(rejoinder: Rejoinder, tmp_path: Path, spec: str, sentence: str) -> None:
    (tmp_path / "eval.yaml").write_text(spec)
    assert_one_sentence(rejoinder("run", "eval.yaml"), 2, sentence)
    assert not (tmp_path / "runs").exists() or not any((tmp_path / "runs").iterdir())
