"""The command line as a newcomer meets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec


def test_help_names_every_command(rejoinder: Rejoinder) -> None:
    text = rejoinder("--help").stdout
    for command in ("run", "report", "compare", "gate", "suite", "judge", "doctor", "init"):
        assert command in text
    assert "Exit codes" in text


def test_help_loads_no_heavy_library(rejoinder: Rejoinder, tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['rejoinder', '--help']\n"
        "from harness.command_line.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch', 'pandas', 'numpy', 'pydantic', 'nltk', 'openai', 'rich', 'altair'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_doctor_says_how_to_get_wordnet(rejoinder: Rejoinder) -> None:
    found = {row["what"]: row for row in json.loads(rejoinder("doctor", "--json").stdout)}
    assert found["python"]["state"] == "ok"
    wordnet = found["WordNet for METEOR"]
    assert wordnet["state"] == "ok" or "nltk.downloader" in wordnet["detail"]


def test_init_writes_files_that_are_right_and_overwrites_nothing(rejoinder: Rejoinder, tmp_path: Path) -> None:
    assert rejoinder("init").returncode == 0
    assert rejoinder("init", "rubric").returncode == 0
    assert rejoinder("init", "suite").returncode == 0
    assert rejoinder("suite", "check", "suite").returncode == 0
    again = rejoinder("init")
    assert again.returncode == 2
    assert "nothing was overwritten" in again.stderr
    from harness.spec import read_spec
    from judges.loading import load_rubric

    assert read_spec(tmp_path / "eval.yaml").spec.suite == "coffee_orders"
    assert load_rubric(tmp_path / "rubric.yaml").name == "house_tone"


def test_gate_exit_codes(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    differences = json.loads(rejoinder("compare", out, "--json").stdout)["differences"]
    gain = next(d["difference"] for d in differences if d["measure"] == "act" and d["candidate"] == "good")
    rules = {
        0: "{measure: bleu, candidate: good, against: poor, margin: 5}",
        1: "{measure: bleu, candidate: good, at_most: 50}",
        4: f"{{measure: act, candidate: good, against: poor, better_by: {gain}}}",
    }
    for code, rule in rules.items():
        policy = tmp_path / f"gate{code}.yaml"
        policy.write_text(f"suite: coffee_orders\ncandidates: {{poor: {{}}, good: {{}}}}\ngate:\n  - {rule}\n")
        answer = rejoinder("gate", out, "--spec", policy)
        assert answer.returncode == code, answer.stdout + answer.stderr
    for code, rule in rules.items():
        policy = tmp_path / f"policy{code}.yaml"
        policy.write_text(f"gate:\n  - {rule}\n")
        answer = rejoinder("gate", out, "--policy", policy, "--json")
        assert answer.returncode == code, answer.stdout + answer.stderr
        (outcome,) = json.loads(answer.stdout)["outcomes"]
        assert (outcome["correction"], outcome["tests"]) == ("holm", 1)
    assert rejoinder("gate", out, "--spec", tmp_path / "gate4.yaml", "--inconclusive", "fail").returncode == 1
    assert rejoinder("gate", out, "--spec", tmp_path / "gate4.yaml", "--inconclusive", "pass").returncode == 0


def test_reports_are_rebuilt_from_the_run_folder_alone(
    recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    derived = ["report.html", "report.md", "comparison.json", "results.parquet", "replies.parquet", "measures.json"]
    before = {name: (out / name).read_bytes() for name in derived}
    for name in derived:
        (out / name).unlink()
    recorded_spec.unlink()
    (tmp_path / "replies.jsonl").unlink()
    answer = rejoinder("report", out)
    assert answer.returncode == 0, answer.stderr
    assert {name: (out / name).read_bytes() for name in derived} == before


def test_compare_puts_runs_side_by_side(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert rejoinder("run", recorded_spec, "--out", tmp_path / name).returncode == 0
    answer = rejoinder("compare", tmp_path / "first", tmp_path / "second", "--baseline", "first:good", "--json")
    assert answer.returncode == 0, answer.stderr
    differences = json.loads(answer.stdout)["differences"]
    same = [d for d in differences if d["candidate"] == "second:good"]
    assert same and all(d["difference"] == 0 for d in same)
    wrong = rejoinder("compare", tmp_path / "first", "--baseline", "nobody")
    assert wrong.returncode == 2
    assert "there is no candidate 'nobody'" in wrong.stderr


def test_the_python_api_does_what_the_command_does_with_all_metrics(tmp_path: Path) -> None:
    from harness import evaluate_spec, load_run

    run = evaluate_spec(write_recorded_spec(tmp_path), out=tmp_path / "run")
    results = load_run(run.folder).results
    bleu = results[results["measure"] == "bleu"].groupby("candidate", observed=True)["value"].mean()
    assert bleu["good"] == 100
    assert {"chrf", "rougeL", "meteor", "act"} <= set(results["measure"])
    assert bleu["poor"] < 50
    assert set(load_run(run.folder).replies["candidate"]) == {"good", "poor"}


def test_gate_refuses_bad_input_in_one_sentence(recorded_spec: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert rejoinder("run", recorded_spec, "--out", out).returncode == 0
    policies = {
        "measure: blue, at_least: 5": "measure: there is no measure 'blue'; did you mean 'bleu'?",
        "measure: bleu, at_least: 100": "at_least: no number of dialogues can show",
        "measure: bleu, against_run: gone, margin: 1": f"against_run: there is no such run folder: {tmp_path / 'gone'}; ",
        "measure: bleu, against: nobody, margin: 1": "against: there is no candidate 'nobody'",
        "measure: bleu, candidate: god, at_least: 1": "candidate: there is no candidate 'god'; did you mean 'good'?",
        "measure: bleu, at_least: 1, slice: {act: confrm}": "slice: there is no act 'confrm'; did you mean 'confirm'?",
        "measure: bleu, at_leats: 5": "at_leats: ",
    }
    policy = tmp_path / "policy.yaml"
    for rule, words in policies.items():
        policy.write_text(f"gate:\n  - {{measure: act, at_least: 0.1}}\n  - {{{rule}}}\n")
        answer = rejoinder("gate", out, "--policy", policy)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert answer.stderr.startswith(f"error: {policy}:3: gate.1.{words}") and answer.stderr.count("\n") == 1
    spec = tmp_path / "other.yaml"
    spec.write_text(recorded_spec.read_text() + "gate:\n  - {measure: blue, at_least: 5}\n")
    answer = rejoinder("gate", out, "--spec", spec)
    assert answer.returncode == 2 and re.match(rf"error: {spec}:\d+: gate\.0\.measure: ", answer.stderr)
    policy.write_text("gate:\n  - {measure: bleu, against_run: run, margin: 1}\n")
    same = rejoinder("gate", out, "--policy", policy, "--candidate", "good", "--json")
    assert same.returncode == 0, same.stderr
    assert json.loads(same.stdout)["outcomes"][0]["figure"] == 0
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    for change, words in (
        ({"status": "incomplete", "finished": None}, "is a run in progress"),
        ({"schema": 2}, "newer version of Rejoinder"),
    ):
        (out / "manifest.json").write_text(json.dumps(manifest | change), encoding="utf-8")
        answer = rejoinder("gate", out, "--policy", policy)
        assert answer.returncode == 2 and words in answer.stderr


def test_a_gate_that_names_no_measure_of_the_run_stops_it_before_it_begins(
    rejoinder: Rejoinder, tmp_path: Path
) -> None:
    rule = "gate:\n  - {measure: acts, at_least: 0.5}\n"
    answer = rejoinder("run", write_recorded_spec(tmp_path, extra=QUICK_METRICS + rule), "--out", tmp_path / "run")
    assert answer.returncode == 2
    assert "gate.0.measure: there is no measure 'acts'" in answer.stderr
    assert not (tmp_path / "run" / "records" / "completions.jsonl").exists()


@pytest.mark.parametrize(
    ("slice_name", "words"),
    [
        ("{act: confrm}", "there is no act 'confrm'; did you mean 'confirm'?"),
        ("{depth: 90+}", "there is no depth '90+'; known: "),
        ('{tag: "*"}', "no case of the suite has any slice of the kind 'tag'"),
    ],
)
def test_a_gate_about_a_slice_without_a_case_stops_the_run_before_it_begins(
    rejoinder: Rejoinder, tmp_path: Path, slice_name: str, words: str
) -> None:
    said = {"role": "assistant", "content": "One latte.", "target": {"expectation": {"act": "confirm"}}}
    dialogue = {"id": "a", "messages": [{"role": "user", "content": "A latte."}, said]}
    (tmp_path / "held_out.jsonl").write_text(json.dumps(dialogue) + "\n", encoding="utf-8")
    (tmp_path / "suite.yaml").write_text("name: one\nversion: '1'\nlanguage: en\nheld_out: held_out.jsonl\n")
    spec = tmp_path / "eval.yaml"
    spec.write_text(
        "suite: suite.yaml\nengine: {kind: recorded, options: {replies: none.jsonl}}\ngate:\n"
        f"  - {{measure: act, at_least: 0.5}}\n  - {{measure: act, at_least: 0.5, slice: {slice_name}}}\n"
    )
    answer = rejoinder("run", spec, "--out", tmp_path / "run")
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"error: {spec}:5: gate.1.slice: {words}"), answer.stderr
    assert not (tmp_path / "run").exists()
