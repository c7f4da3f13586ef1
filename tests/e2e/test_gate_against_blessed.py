"""Gates against the blessed run of a suite: found beside the policy, and never passed without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_server import CommandServer
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

GATE = "gate:\n  - {measure: bleu, candidate: good, against: blessed, margin: 50}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command_server: CommandServer) -> Path:
    """A project whose first run is made before any is blessed."""
    folder = tmp_path_factory.mktemp("project")
    write_recorded_spec(folder, extra=QUICK_METRICS + GATE + "max_dialogues: 12\n")
    answer = command_server.run(["run", "eval.yaml", "--out", "runs/first"], folder)
    assert answer.returncode == 0, answer.stderr
    return folder


def test_without_a_blessed_run_the_first_run_is_made_and_cannot_pass(project: Path, rejoinder: Rejoinder) -> None:
    assert "cannot be judged by 1 of 1 gate rules yet" in (project / "runs" / "first" / "report.md").read_text()
    gated = rejoinder("gate", "runs/first", cwd=project)
    assert gated.returncode == 2
    assert "name a blessed run with `rejoinder baseline set RUN`" in gated.stderr


def test_a_run_is_held_against_the_blessed_one_from_wherever_it_is_asked(
    project: Path, rejoinder: Rejoinder, tmp_path: Path
) -> None:
    assert rejoinder("baseline", "set", "runs/first", cwd=project).returncode == 0
    for folder, run in ((project, "runs/first"), (tmp_path, project / "runs" / "first")):
        gated = rejoinder("gate", run, "--json", cwd=folder)
        assert gated.returncode == 0, gated.stderr
        outcome = json.loads(gated.stdout)["outcomes"][0]
        assert (outcome["outcome"], outcome["figure"]) == ("pass", 0)
    rejoinder("report", project / "runs" / "first", cwd=tmp_path)
    assert "bleu against blessed, margin 50" in (project / "runs" / "first" / "junit.xml").read_text()


def test_a_policy_file_means_the_blessed_runs_beside_it(project: Path, rejoinder: Rejoinder, tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(GATE)
    gated = rejoinder("gate", project / "runs" / "first", "--policy", tmp_path / "policy.yaml", cwd=project)
    assert gated.returncode == 2
    assert str(tmp_path / "baselines.json") in gated.stderr
    rejoinder("baseline", "set", project / "runs" / "first", "--file", tmp_path / "baselines.json")
    gated = rejoinder("gate", project / "runs" / "first", "--policy", tmp_path / "policy.yaml", cwd=project)
    assert gated.returncode == 0, gated.stderr


def test_no_candidate_is_called_blessed(tmp_path: Path, rejoinder: Rejoinder) -> None:
    (tmp_path / "eval.yaml").write_text("suite: coffee_orders\ncandidates: {base: {}, blessed: {}}\n")
    answer = rejoinder("run", "eval.yaml")
    assert answer.returncode == 2
    assert "stands for the blessed run of a suite; give the candidate another name" in answer.stderr
