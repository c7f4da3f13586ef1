"""Blessed runs, history and publishing on the command line, on a real run with recorded replies."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_server import CommandServer
from forge_server import TOKEN, running_forge
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

GATE = "gate:\n  - {measure: bleu, at_most: 5}\n  - {measure: act, at_least: 0.01}\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, command_server: CommandServer) -> Path:
    """A folder with a finished run below `runs`."""
    folder = tmp_path_factory.mktemp("project")
    write_recorded_spec(folder, extra=QUICK_METRICS + GATE + "max_dialogues: 12\n")
    answer = command_server.run(["run", "eval.yaml", "--out", "runs/first"], folder)
    assert answer.returncode == 0, answer.stderr
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    folder = tmp_path / "project"
    shutil.copytree(finished, folder)
    return folder


def test_a_blessed_run_is_set_and_shown(project: Path, rejoinder: Rejoinder) -> None:
    assert "is blessed" in rejoinder("baseline", "set", "runs/first", cwd=project).stdout
    shown = rejoinder("baseline", "show", cwd=project)
    assert shown.returncode == 0
    assert shown.stdout.startswith("coffee_orders  runs/first  ")
    wrong = rejoinder("baseline", "set", "runs/none", cwd=project)
    assert wrong.returncode == 2
    assert "there is no such run folder" in wrong.stderr


def test_history_follows_runs_from_their_folders_alone(project: Path, rejoinder: Rejoinder) -> None:
    for number in (2, 3):
        folder = project / "runs" / f"run{number}"
        shutil.copytree(project / "runs" / "first", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["started"] = f"203{number}-01-01T00:00:00+00:00"
        (folder / "manifest.json").write_text(json.dumps(manifest))
    answer = rejoinder("history", "--measure", "bleu", cwd=project)
    assert answer.returncode == 0, answer.stderr
    assert "coffee_orders: 3 runs" in answer.stdout
    assert "▄▄▄" in answer.stdout
    listed = json.loads(rejoinder("history", "coffee_orders", "--json", cwd=project).stdout)
    assert [run["folder"] for run in listed["runs"]] == ["runs/first", "runs/run2", "runs/run3"]
    assert rejoinder("history", "--runs", "nowhere", cwd=project).returncode == 2


def test_a_summary_a_junit_file_and_a_model_card_are_written(project: Path, rejoinder: Rejoinder) -> None:
    printed = rejoinder("publish", "summary", "runs/first", "--link", "https://ci.example/1", cwd=project)
    assert printed.stdout.startswith("## ")
    assert "[Full report](https://ci.example/1)" in printed.stdout
    rejoinder(
        "publish", "summary", "runs/first", "--link", "https://ci.example/1", "--out", "a/summary.md", cwd=project
    )
    assert (project / "a" / "summary.md").read_text() == printed.stdout
    assert rejoinder("publish", "junit", "runs/first", "--dialogues", cwd=project).returncode == 0
    rules, dialogues = ET.parse(project / "runs" / "first" / "junit.xml").getroot()
    assert (len(rules), len(dialogues)) == (2, 12)
    card = rejoinder("publish", "model-card", "runs/first", "README.md", "--candidate", "good", cwd=project)
    assert card.returncode == 0, card.stderr
    assert "model-index:" in (project / "README.md").read_text()


def test_a_policy_of_its_own_is_told_of_everywhere(project: Path, rejoinder: Rejoinder) -> None:
    run = project / "runs" / "first"
    (project / "policy.yaml").write_text("gate:\n  - {measure: chrf, at_least: 50}\n")
    (project / "held.yaml").write_text(
        "gate:\n  - {measure: bleu, against_run: runs/other, against: good, margin: 1, candidate: poor}\n"
    )
    assert rejoinder("report", run, "--policy", "policy.yaml", cwd=project).returncode == 0
    for name in ("report.md", "report.html", "junit.xml"):
        text = (run / name).read_text()
        assert "chrf at least 50" in text and "bleu at most 5" not in text, name
    summary = rejoinder("publish", "summary", run, "--policy", "policy.yaml", cwd=project).stdout
    assert summary.startswith("## ✅") and "chrf at least 50" in summary
    both = ("--candidate", "poor", "--candidate", "good")
    summary = rejoinder("publish", "summary", run, "--policy", "policy.yaml", *both, cwd=project).stdout
    assert summary.startswith("## ❌") and "poor" in summary.splitlines()[0]
    rejoinder("publish", "junit", run, "--policy", "policy.yaml", *both, "--out", "both.xml", cwd=project)
    (rules,) = ET.parse(project / "both.xml").getroot()
    assert [case.attrib["classname"] for case in rules] == ["gate.poor", "gate.good"]
    shutil.copytree(run, project / "runs" / "other")
    other = project / "runs" / "other" / "manifest.json"
    manifest = json.loads(other.read_text())
    other.write_text(json.dumps(manifest | {"suite": manifest["suite"] | {"hash": "0" * 64}}))
    for allow, sign in (((), "❔"), (("--allow", "suite"), "❌")):
        told = rejoinder("publish", "summary", run, "--policy", "held.yaml", *allow, cwd=project).stdout
        assert told.startswith(f"## {sign}"), told
    (project / "policy.yaml").write_text("gate:\n  - {measure: chrff, at_least: 50}\n")
    for command in (("report",), ("publish", "summary"), ("publish", "junit")):
        wrong = rejoinder(*command, run, "--policy", "policy.yaml", cwd=project)
        assert wrong.returncode == 2
        assert wrong.stderr.startswith(
            "error: policy.yaml:2: gate.0.measure: there is no measure 'chrff'; did you mean"
        )


def test_what_is_not_finished_is_not_published(project: Path, rejoinder: Rejoinder) -> None:
    file = project / "runs" / "first" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "incomplete", "finished": None}))
    for command in (
        ("publish", "junit", "runs/first"),
        ("publish", "model-card", "runs/first", "README.md", "--candidate", "good"),
        ("publish", "mlflow", "runs/first", "sqlite:///mlflow.db"),
        ("compare", "runs/first"),
    ):
        answer = rejoinder(*command, cwd=project)
        assert (answer.returncode, answer.stdout) == (2, ""), command
        assert answer.stderr.startswith("error: runs/first: is a run in progress, or one that was broken off; ")
        assert answer.stderr.count("\n") == 1
    assert not (project / "README.md").exists() and not (project / "mlflow.db").exists()


def test_a_run_of_a_newer_schema_is_refused_with_the_way_out(project: Path, rejoinder: Rejoinder) -> None:
    file = project / "runs" / "first" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": 2, "from_later": 1}))
    for command in (
        ("report", "runs/first"),
        ("view", "runs/first", "--no-browser"),
        ("judge", "labels", "runs/first", "--out", "labels.jsonl"),
        ("gate", "runs/first"),
        ("compare", "runs/first"),
        ("publish", "junit", "runs/first"),
        ("run", "eval.yaml", "--out", "runs/first"),
    ):
        answer = rejoinder(*command, cwd=project)
        sentence = "was written by a newer version of Rejoinder (schema 2, this one knows 1); update Rejoinder"
        assert answer.stderr == f"error: runs/first/manifest.json: {sentence}\n", command
        assert answer.returncode == 2


def test_a_russian_suite_is_told_of_in_russian(
    tmp_path: Path, rejoinder: Rejoinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    spec = write_recorded_spec(tmp_path, "grocery_orders_ru", QUICK_METRICS + GATE)
    ran = rejoinder("run", spec, "--out", "run", "--until-decided")
    gated = rejoinder("gate", "run")
    for answer in (ran, gated):
        assert answer.returncode == 1, answer.stderr
        assert "\nне выполнено  good: После" in f"\n{answer.stdout}"
        assert answer.stdout.endswith("правила выпуска: не выполнено\n")
        assert "::error title=good%3A bleu не больше 5::После" in answer.stderr
    assert 'name="bleu не больше 5"' in (tmp_path / "run" / "junit.xml").read_text(encoding="utf-8")


def test_a_comment_is_written_and_brought_up_to_date(
    project: Path, rejoinder: Rejoinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITLAB_CI", "GITHUB_EVENT_PATH", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    with running_forge() as forge:
        for name, value in {
            "GITHUB_API_URL": forge.address,
            "GITHUB_REPOSITORY": "team/bots",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REF": "refs/pull/7/merge",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "99",
        }.items():
            monkeypatch.setenv(name, value)
        first = rejoinder("publish", "comment", "runs/first", cwd=project)
        assert first.stdout == f"written: {forge.address}/c/1\n", first.stderr
        again = rejoinder("publish", "comment", "runs/first", cwd=project)
        assert again.stdout.startswith("brought up to date")
        assert len(forge.comments) == 1
        assert "(https://github.example/team/bots/actions/runs/99)" in forge.comments[0]["body"]
        monkeypatch.setenv("GITHUB_TOKEN", "wrong")
        refused = rejoinder("publish", "comment", "runs/first", cwd=project)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "does not accept the token in GITHUB_TOKEN" in refused.stderr


def test_a_job_of_github_actions_gets_its_page_and_annotations(
    project: Path, rejoinder: Rejoinder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert rejoinder("run", "eval.yaml", "--out", "runs/second", cwd=project).returncode == 0
    assert page.read_text().startswith("Before.\n## ")
    gated = rejoinder("gate", "runs/second", "--json", cwd=project)
    assert gated.returncode == 1
    json.loads(gated.stdout)
    assert [line.split(" title=")[0] for line in gated.stderr.splitlines()] == ["::error"]
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert rejoinder("gate", "runs/first", cwd=project).stderr == ""


def test_a_run_is_logged_to_mlflow_as_it_ends_and_brought_up_to_date_later(project: Path, rejoinder: Rejoinder) -> None:
    tracking = pytest.importorskip("mlflow.tracking", reason="MLflow is not installed: pip install 'rejoinder[mlflow]'")
    store = f"sqlite:///{project}/mlflow.db"
    ran = rejoinder("run", "eval.yaml", "--mlflow", store, "--out", "runs/new", cwd=project)
    assert ran.returncode == 0, ran.stderr
    again = rejoinder("publish", "mlflow", "runs/new", store, cwd=project)
    assert again.stdout.startswith("brought up to date: run "), again.stderr
    named = rejoinder("publish", "mlflow", "runs/first", store, "--experiment", "release", cwd=project)
    assert named.stdout.startswith("logged: run ") and named.stdout.endswith(" of experiment release\n"), named.stderr
    client = tracking.MlflowClient(store)
    for experiment, name in (("coffee_orders", "new"), ("release", "first")):
        logged = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
        runs = {run.info.run_name: run for run in logged}
        assert (len(logged), set(runs)) == (3, {name, "poor", "good"})
        assert runs["good"].data.metrics["bleu"] == 100
        assert "junit.xml" in {file.path for file in client.list_artifacts(runs[name].info.run_id)}
    refused = rejoinder("publish", "mlflow", "runs/first", "nonsense://x", cwd=project)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: MLflow at nonsense://x refuses: ") and refused.stderr.count("\n") == 1


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow is installed")
def test_mlflow_that_is_not_there_is_said_before_the_run(project: Path, rejoinder: Rejoinder) -> None:
    answer = rejoinder("run", "eval.yaml", "--mlflow", "sqlite:///m.db", "--out", "runs/new", cwd=project)
    assert answer.returncode == 2
    assert "pip install 'rejoinder[mlflow]'" in answer.stderr
    assert not (project / "runs" / "new").exists()
