"""Runs that stop when their gate is decided, with recorded replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from command_server import CommandServer
from killed_runs import start_and_kill
from recorded_runs import Rejoinder, records_of

DIALOGUES = 200
GATE = "gate: [{measure: exact_match, against: base, margin: 0.1}]\n"


def write_spec(folder: Path, candidate: str, gate: str = GATE) -> Path:
    """A suite of dialogues with one or two targets; `base` is right in half of the cases, the candidate always, never, or where
    `base` is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.yaml").write_text("name: numbers\nversion: '1'\nlanguage: en\nheld_out: held_out.jsonl\n")
    dialogues, replies = [], []
    for number in range(DIALOGUES):
        messages: list[dict[str, Any]] = []
        for turn in range(1 + number % 2):
            right = f"It is {number} and {turn}."
            messages += [
                {"role": "user", "content": f"What is number {number}, part {turn}?"},
                {"role": "assistant", "content": right, "target": {}},
            ]
            base = right if (number + turn) % 4 < 2 else "I do not know."
            said = {"better": right, "worse": "I do not know.", "equal": base}[candidate]
            case = f"d{number}#{2 * turn + 1}"
            replies += [
                {"case_id": case, "candidate": "base", "reply": base},
                {"case_id": case, "candidate": "tuned", "reply": said},
            ]
        dialogues.append({"id": f"d{number}", "messages": messages})
    for name, rows in (("held_out.jsonl", dialogues), ("replies.jsonl", replies)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    spec = folder / "eval.yaml"
    spec.write_text(
        "suite: suite.yaml\nengine: {kind: recorded, options: {replies: replies.jsonl}}\n"
        f"candidates: {{base: {{}}, tuned: {{}}}}\nmetrics: [exact_match]\n{gate}",
        encoding="utf-8",
    )
    return spec


def manifest_of(run: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@pytest.mark.parametrize(("candidate", "outcome", "code"), [("better", "pass", 0), ("worse", "fail", 1)])
def test_a_clear_case_stops_early_and_says_so(
    rejoinder: Rejoinder, tmp_path: Path, candidate: str, outcome: str, code: int
) -> None:
    out = tmp_path / "run"
    answer = rejoinder("run", write_spec(tmp_path, candidate), "--out", out, "--until-decided")
    assert answer.returncode == code, answer.stderr
    run = manifest_of(out)
    told = run["until_decided"]
    assert run["status"] == "complete"
    assert run["command"] == ["rejoinder", "run", str(tmp_path / "eval.yaml"), "--until-decided"]
    assert told["replayed"] <= 0.4 * DIALOGUES and told["dialogues"] == DIALOGUES
    assert [one["outcome"] for one in told["standings"]] == [outcome]
    cases = pq.read_table(out / "cases.parquet")
    assert len(set(cases["dialogue_id"].to_pylist())) == told["replayed"] == run["suite"]["dialogues"]
    assert len(cases) == told["cases"] == run["suite"]["cases"]
    results = pq.read_table(out / "results.parquet")
    assert len(results) == 2 * len(cases), "the tables are of the part that was replayed, whole"
    completions = len((out / "records" / "completions.jsonl").read_text(encoding="utf-8").splitlines())
    assert completions < 0.6 * 2 * 1.5 * DIALOGUES, "replies were generated after everything was decided"
    for text in (answer.stdout, *((out / name).read_text(encoding="utf-8") for name in ("report.md", "report.html"))):
        assert "Stopped early, after" in " ".join(text.split()) and "All means are of these dialogues" in " ".join(
            text.split()
        )
    gate = rejoinder("gate", out)
    assert gate.returncode == code and f"After {told['replayed']} of {DIALOGUES} dialogues" in gate.stdout


def test_the_job_and_mlflow_are_told_before_the_gates_code_is_given(
    rejoinder: Rejoinder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = pytest.importorskip("mlflow.tracking", reason="MLflow is not installed: pip install 'rejoinder[mlflow]'")
    page, store = tmp_path / "page.md", f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    spec = write_spec(tmp_path, "worse")
    answer = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided", "--mlflow", store)
    assert answer.returncode == 1, answer.stderr
    assert "::error title=tuned%3A exact_match against base" in answer.stderr
    assert page.read_text(encoding="utf-8").startswith("## ❌")
    client = tracking.MlflowClient(store)
    logged = client.search_runs([client.get_experiment_by_name("numbers").experiment_id])
    assert {run.info.run_name for run in logged} == {"run", "base", "tuned"}


def test_equal_candidates_and_no_margin_take_the_whole_suite(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, "equal", "gate: [{measure: exact_match, at_least: 0.5}]\n")
    answer = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided")
    assert answer.returncode == 4, answer.stderr + answer.stdout
    told = manifest_of(tmp_path / "run")["until_decided"]
    assert told["replayed"] == told["dialogues"] == DIALOGUES
    assert [one["outcome"] for one in told["standings"]] == ["inconclusive"]
    assert "all 200 dialogues were replayed" in " ".join(answer.stdout.split())
    assert "on both sides of 0.500: no number of dialogues can be said to tell." in answer.stdout


def test_an_open_rule_says_how_many_dialogues_would_decide_it(rejoinder: Rejoinder, tmp_path: Path) -> None:
    """As many as after a run that was not followed, since all dialogues are there in both."""
    spec = write_spec(tmp_path, "equal", "gate: [{measure: exact_match, at_least: 0.48}]\n")
    needed = []
    for options in ((), ("--until-decided",)):
        rejoinder("run", spec, "--out", tmp_path / f"run{options}", *options)
        gated = rejoinder("gate", tmp_path / f"run{options}", "--json")
        assert gated.returncode == 4, gated.stderr
        (outcome,) = json.loads(gated.stdout)["outcomes"]
        assert f"about {outcome['dialogues_needed']:,} dialogues in all would tell" in outcome["reason"]
        needed.append(outcome["dialogues_needed"])
    assert needed[0] == needed[1] > DIALOGUES


def test_other_rules_are_not_judged_by_a_run_that_stopped_early(rejoinder: Rejoinder, tmp_path: Path) -> None:
    out = tmp_path / "run"
    rejoinder("run", write_spec(tmp_path, "better"), "--out", out, "--until-decided")
    policy = tmp_path / "policy.yaml"
    policy.write_text("gate: [{measure: exact_match, against: base, margin: 0.3}]\n")
    answer = rejoinder("gate", out, "--policy", policy)
    assert answer.returncode == 4 and "stopped early" in answer.stdout


def test_each_slice_of_a_kind_is_decided_as_it_was_cut_when_the_run_began(rejoinder: Rejoinder, tmp_path: Path) -> None:
    """The dialogues that were replayed, alone, would be cut into other lengths of the context."""
    spec = write_spec(tmp_path, "better", "gate: [{measure: exact_match, at_least: 0.2, slice: {length: '*'}}]\n")
    held_out = tmp_path / "held_out.jsonl"
    dialogues = [json.loads(line) for line in held_out.read_text(encoding="utf-8").splitlines()]
    for number, dialogue in enumerate(dialogues):
        dialogue["messages"][0]["content"] += "?" * number
    held_out.write_text("".join(json.dumps(dialogue) + "\n" for dialogue in dialogues), encoding="utf-8")
    answer = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided")
    assert answer.returncode == 0, answer.stderr + answer.stdout
    told = manifest_of(tmp_path / "run")["until_decided"]
    assert told["replayed"] < DIALOGUES
    judged = json.loads(rejoinder("gate", tmp_path / "run", "--json").stdout)["outcomes"]
    assert [one["rule"]["slice"] for one in judged] == [one["rule"]["slice"] for one in told["standings"]]
    assert len(judged) == 4


def test_a_slice_that_an_early_end_left_out_is_inconclusive(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, "better")
    lines = (tmp_path / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    rejoinder("run", spec, "--out", tmp_path / "first", "--until-decided")
    replayed = set(pq.read_table(tmp_path / "first" / "cases.parquet")["dialogue_id"].to_pylist())
    left_out = next(at for at, line in enumerate(lines) if json.loads(line)["id"] not in replayed)
    lines[left_out] = json.dumps(json.loads(lines[left_out]) | {"tags": ["rare"]})
    (tmp_path / "held_out.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rare = "  - {measure: exact_match, at_least: 0.5, observed: true, slice: {tag: rare}}\n"
    gate = f"gate:\n  - {{measure: exact_match, against: base, margin: 0.1}}\n{rare}"
    spec.write_text(spec.read_text(encoding="utf-8").replace(GATE, gate), encoding="utf-8")
    run = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided")
    for answer in (run, rejoinder("gate", tmp_path / "run")):
        assert answer.returncode == 4, answer.stderr
        assert "no case of the run is in the slice rare (tag)" in answer.stdout


def test_a_killed_run_stops_where_an_undisturbed_one_does(
    rejoinder: Rejoinder, command_server: CommandServer, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path, "better")
    rejoinder("run", spec, "--out", tmp_path / "whole", "--until-decided")
    out = tmp_path / "killed"
    start_and_kill(command_server, spec, out, 1, 0.0, "--until-decided")
    assert manifest_of(out)["status"] == "incomplete"
    assert rejoinder("run", spec, "--out", out, "--until-decided").returncode == 0
    assert manifest_of(out)["until_decided"] == manifest_of(tmp_path / "whole")["until_decided"]
    records_of(out)  # no record stands twice
    kept = [pq.read_table(run / "results.parquet").to_pylist() for run in (out, tmp_path / "whole")]
    assert kept[0] == kept[1]


def test_it_needs_rules_that_can_be_decided(rejoinder: Rejoinder, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, "better", "")
    answer = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided")
    assert answer.returncode == 2 and "needs rules" in answer.stderr
    spec = write_spec(tmp_path, "better", "gate: [{measure: exact_match.coverage, at_least: 0.9}]\n")
    answer = rejoinder("run", spec, "--out", tmp_path / "run", "--until-decided")
    assert answer.returncode == 2 and "no rule can be decided before the end" in answer.stderr
