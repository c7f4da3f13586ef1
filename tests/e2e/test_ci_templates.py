"""The GitHub Action and the GitLab template: their shell steps are run, with bash and the options that the servers use.

What only the servers can do (uploading artifacts) is left out; what those steps would give is filled in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from forge_server import TOKEN, running_forge
from recorded_runs import QUICK_METRICS, write_recorded_spec

ROOT = Path(__file__).resolve().parents[2]
BASH = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"]
GATE = "gate:\n  - {measure: bleu, at_most: 5}\n"
LENIENT = "gate:\n  - {measure: bleu, at_least: 50}\n"

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
(GITLAB_HEADER, GITLAB) = yaml.safe_load_all((ROOT / "templates" / "rejoinder.yml").read_text())

EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")


def filled_in(text: str, values: Mapping[str, str]) -> str:
    return EXPRESSION.sub(lambda match: values[match[1]], text)


def is_wanted(step: dict[str, Any], values: Mapping[str, str]) -> bool:
    """Whether a step's `if` holds; only what our conditions use is understood."""
    conditions = str(step.get("if", "true == 'true'")).split(" && ")
    sides = [re.fullmatch(r"(\S+) ([!=])= '(\w*)'", condition) for condition in conditions]
    assert all(sides), f"a condition that this test does not understand: {step['if']}"
    return all((values.get(side[1], side[1]) == side[3]) is (side[2] == "=") for side in sides if side)


def plain_environment(**added: str) -> dict[str, str]:
    """The environment without what CI servers set, with the programs of this Python first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_", "GITLAB"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **added}


@pytest.mark.parametrize(
    ("gate", "policy", "dialogues", "code"),
    [(GATE, "", False, 1), (GATE, LENIENT, True, 0), ("", GATE, True, 1)],
    ids=["the spec's gate", "a policy that is more lenient", "a policy for a spec without a gate"],
)
def test_the_action_runs_gates_comments_and_then_gives_the_gates_code(
    tmp_path: Path, gate: str, policy: str, dialogues: bool, code: int
) -> None:
    """Its page, its comment, its reports and its test cases say what its exit code says."""
    write_recorded_spec(tmp_path, extra=QUICK_METRICS + gate + "max_dialogues: 12\n")
    given = {"spec": "eval.yaml", "package": "rejoinder", "token": TOKEN, "dialogues": str(dialogues).lower()}
    if policy:
        (tmp_path / "policy of the team.yaml").write_text(policy)
        given["policy"] = "policy of the team.yaml"
    values = {f"inputs.{name}": given.get(name, str(one.get("default", ""))) for name, one in ACTION["inputs"].items()}
    values |= {
        "github.event_name": "pull_request",
        "github.action_path": str(ROOT),
        "steps.upload.outputs.artifact-url": "https://github.example/artifact/1",
    }
    output, page = tmp_path / "output", tmp_path / "page.md"
    codes: dict[str, int] = {}
    with running_forge() as forge:
        job = plain_environment(
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=forge.address,
            GITHUB_REPOSITORY="team/bots",
            GITHUB_REF="refs/pull/7/merge",
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(page),
        )
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or not is_wanted(step, values):
                continue
            assert step["shell"] == "bash"
            output.write_text("")
            environment = job | {name: filled_in(text, values) for name, text in step.get("env", {}).items()}
            done = subprocess.run(
                [*BASH, "-c", step["run"]], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            codes[step["name"]] = done.returncode
            told = [line.partition("=") for line in output.read_text().splitlines()]
            values |= {f"steps.{step['id']}.outputs.{name}": value for name, _, value in told} if "id" in step else {}
            if step["name"] != "Verdict":
                assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
            if step.get("id") == "gate":
                assert ("::error title=good%3A bleu at most 5::" in done.stderr) is bool(code)
    assert codes == {
        "Install Rejoinder": 0,
        "Run the suite": 0,
        "Hold it against the gate": 0,
        **({"Judge the reports by the policy": 0} if policy else {}),
        **({"Tell of each dialogue": 0} if dialogues else {}),
        "Comment on the pull request": 0,
        "Verdict": code,
    }
    (comment,) = forge.comments
    assert "(https://github.example/artifact/1)" in comment["body"]
    sign, rule = ("❌", "bleu at most 5") if code else ("✅", "bleu at least 50")
    assert page.read_text().startswith(f"## {sign}") and page.read_text().count("\n## ") == 0
    assert f"## {sign}" in comment["body"] and rule in comment["body"]
    assert rule in (tmp_path / "rejoinder-run" / "report.html").read_text()
    suites = ET.parse(tmp_path / "rejoinder-run" / "junit.xml").getroot()
    assert [case.attrib["name"] for case in suites[0]] == [rule]
    assert [len(suite) for suite in suites] == ([1, 12] if dialogues else [1])


def test_nothing_that_a_user_gives_is_put_into_a_script() -> None:
    """GitHub pastes expressions into scripts before the shell reads them; in `env` they are only values."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
    for line in GITLAB["rejoinder"]["script"]:
        assert "$[[" not in line


def test_all_inputs_of_the_templates_are_used() -> None:
    action, gitlab = (ROOT / "action.yml").read_text(), (ROOT / "templates" / "rejoinder.yml").read_text()
    for name in ACTION["inputs"]:
        assert f"inputs.{name} " in action, name
    for name in GITLAB_HEADER["spec"]["inputs"]:
        assert f"$[[ inputs.{name} ]]" in gitlab, name


@pytest.mark.parametrize("code", [0, 1, 4])
@pytest.mark.parametrize("merge_request", ["", "7"])
@pytest.mark.parametrize("policy", ["", "policy.yaml"])
def test_the_gitlab_job_writes_its_note_before_it_gives_the_gates_code(
    tmp_path: Path, code: int, merge_request: str, policy: str
) -> None:
    """With a stand-in for the commands, which the other tests run: what counts here is the shell's way through them."""
    told = tmp_path / "told"
    for name, gives in (("rejoinder", f'[ "$1" != gate ] || exit {code}'), ("python", "")):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> {told}\n{gives}\n')
        program.chmod(0o755)
    job = GITLAB["rejoinder"]
    defaults = {name: str(one.get("default", "")) for name, one in GITLAB_HEADER["spec"]["inputs"].items()}
    defaults["policy"] = policy
    variables = {
        name: re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: defaults[match[1]], text)
        for name, text in job["variables"].items()
    }
    environment = plain_environment(**variables, CI_MERGE_REQUEST_IID=merge_request, GITLAB_TOKEN="token")
    environment["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{environment['PATH']}"
    done = subprocess.run([*BASH, "-c", "\n".join(job["script"])], cwd=tmp_path, env=environment)
    assert done.returncode == code
    by_policy = f" --policy {policy}" if policy else ""
    report = [f"rejoinder report rejoinder-run{by_policy}"] if policy else []
    note = [f"rejoinder publish comment rejoinder-run{by_policy} --on gitlab"] if merge_request else []
    assert told.read_text().splitlines() == [
        "python -m pip install --quiet rejoinder[transformers]",
        "rejoinder run eval.yaml --out rejoinder-run",
        f"rejoinder gate rejoinder-run{by_policy} --inconclusive inconclusive",
        *report,
        *note,
    ]


def test_the_example_policy_and_workflows_are_right() -> None:
    from harness.gate_policy import read_policy

    folder = ROOT / "examples" / "ci"
    assert [rule.measure for rule in read_policy(folder / "policy.yaml").rules] == ["check.order", "act", "error_share"]
    job = yaml.safe_load((folder / "github-workflow.yml").read_text())["jobs"]["evaluate"]
    assert set(job["steps"][-1]["with"]) <= set(ACTION["inputs"])
    include = yaml.safe_load((folder / "gitlab-ci.yml").read_text())["include"][0]
    assert set(include["inputs"]) <= set(GITLAB_HEADER["spec"]["inputs"])
