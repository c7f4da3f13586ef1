"""The pytest plugin, in a pytest of its own: rules as tests, a fixture of the run, and no cost where it is not used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_server import CommandServer
from recorded_runs import QUICK_METRICS, write_recorded_spec

from harness.evaluation import Run, load_run
from harness.pytest_plugin import evaluated

GATE = """gate:
  - {measure: bleu, at_least: 50}
  - {measure: bleu, at_most: 5}
  - {measure: bleu, against: poor, margin: 1, candidate: good}
"""
EXTRA = QUICK_METRICS + GATE + "max_dialogues: 12\n"

TESTS = """
import pytest

def test_the_mean(rejoinder_run):
    assert rejoinder_run.mean("bleu", "good").mean == 100
    assert rejoinder_run.difference("bleu", "good").relation == "better"
    assert set(rejoinder_run.replies["candidate"]) == {"good", "poor"}
    assert rejoinder_run.gate.outcome == "fail"
    assert (rejoinder_run.folder / "report.html").is_file()

def test_a_wrong_name(rejoinder_run):
    rejoinder_run.mean("blue", "good")

def test_the_baseline(rejoinder_run):
    rejoinder_run.difference("bleu", "poor")
"""


Pytest = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs pytest with these arguments in the test's own folder."""


@pytest.fixture
def in_pytest(tmp_path: Path, command_server: CommandServer, monkeypatch: pytest.MonkeyPatch) -> Pytest:
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        options = ["-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path)]
        return command_server.run([*options, *arguments], tmp_path, program="pytest:main")

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, command_server: CommandServer) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("project")
    write_recorded_spec(folder, extra=EXTRA)
    answer = command_server.run(["run", "eval.yaml", "--out", "finished"], folder)
    assert answer.returncode == 0, answer.stderr
    return folder / "finished"


def test_every_rule_is_a_test_and_the_run_is_made_once(tmp_path: Path, in_pytest: Pytest) -> None:
    write_recorded_spec(tmp_path, extra=EXTRA)
    (tmp_path / "test_release.py").write_text(TESTS)
    answer = in_pytest("--rejoinder", "eval.yaml", "-v")
    assert answer.returncode == pytest.ExitCode.TESTS_FAILED, answer.stdout
    for line in (
        "test_release.py::test_the_mean PASSED",
        "eval.yaml::bleu at least 50 PASSED",
        "eval.yaml::bleu at most 5 FAILED",
        "eval.yaml::good: bleu against poor, margin 1 PASSED",
        "there is no measure 'blue'; did you mean 'bleu'",
        "'poor' is the baseline, which has no difference from itself",
        "3 failed, 3 passed",
    ):
        assert line in answer.stdout
    assert "good: BLEU" in answer.stdout, "the reason of the rule that failed"
    assert len(list((tmp_path / "runs").glob("*/manifest.json"))) == 1


def test_a_run_that_is_there_is_not_made_again(tmp_path: Path, in_pytest: Pytest, finished: Path) -> None:
    answer = in_pytest("--rejoinder", str(finished), "-k", "least or against")
    assert answer.returncode == 0, answer.stdout
    assert "2 passed, 1 deselected" in answer.stdout
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("option", "outcome"), [("fail", "failed"), ("skip", "skipped")])
def test_what_is_inconclusive_counts_as_asked(
    tmp_path: Path, in_pytest: Pytest, finished: Path, option: str, outcome: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    compared = json.loads((run / "comparison.json").read_text())["differences"]
    gain = next(one["difference"] for one in compared if one["measure"] == "bleu")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["spec"]["gate"] = [{"measure": "bleu", "candidate": "good", "against": "poor", "better_by": gain}]
    (run / "manifest.json").write_text(json.dumps(manifest))
    answer = in_pytest("--rejoinder", "run", "--rejoinder-inconclusive", option)
    assert f"1 {outcome}" in answer.stdout, answer.stdout


def test_a_russian_suite_is_judged_in_russian(tmp_path: Path, in_pytest: Pytest, finished: Path) -> None:
    write_recorded_spec(tmp_path, "grocery_orders_ru", extra=EXTRA)
    listed = in_pytest("--rejoinder", "eval.yaml", "--collect-only", "-q").stdout
    assert "eval.yaml::bleu не больше 5" in listed
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["suite"]["language"] = "ru"
    (run / "manifest.json").write_text(json.dumps(manifest))
    answer = in_pytest("--rejoinder", "run", "-k", "больше")
    assert "1 failed, 2 deselected" in answer.stdout, answer.stdout
    assert "не выполнено  good: BLEU: среднее" in answer.stdout


def test_without_the_option_the_fixture_skips(tmp_path: Path, in_pytest: Pytest) -> None:
    (tmp_path / "test_release.py").write_text("def test_it(rejoinder_run): pass")
    assert "needs a run: pytest --rejoinder eval.yaml" in in_pytest("-rs").stdout


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "there is no eval.yaml; name a spec"), ("suite: coffee_orders\nsuit: x\n", "eval.yaml:2: suit: ")],
)
def test_a_spec_that_is_wrong_is_one_sentence(
    tmp_path: Path, in_pytest: Pytest, text: str | None, sentence: str
) -> None:
    if text is not None:
        (tmp_path / "eval.yaml").write_text(text)
    answer = in_pytest("--rejoinder", "eval.yaml")
    assert answer.returncode == pytest.ExitCode.USAGE_ERROR
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_run_that_cannot_be_made_fails_its_tests_with_the_reason(tmp_path: Path, in_pytest: Pytest) -> None:
    write_recorded_spec(tmp_path, extra=EXTRA)
    (tmp_path / "replies.jsonl").unlink()
    answer = in_pytest("--rejoinder", "eval.yaml")
    assert "3 failed" in answer.stdout
    assert "there is no such file" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_of_several_processes_only_one_makes_the_run(
    tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pytest-xdist has them: each with a configuration of its own, and the name of the session in common."""
    made: list[Path] = []

    def evaluate(spec: Path, **_: object) -> Run:
        made.append(spec)
        return load_run(finished)

    monkeypatch.setattr(evaluated, "evaluate_spec", evaluate)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    options = {"--rejoinder": tmp_path / "eval.yaml", "--rejoinder-out": None}

    def worker() -> Any:
        session = {"testrunuid": "one"}
        return SimpleNamespace(stash=pytest.Stash(), workerinput=session, rootpath=tmp_path, getoption=options.get)

    found = [evaluated.run_of_session(worker()) for _ in range(3)]
    assert [one.folder for one in found] == [finished] * 3
    assert made == [tmp_path / "eval.yaml"]


def test_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys, harness.pytest_plugin\n"
        "print(sorted({'numpy', 'pandas', 'pydantic', 'yaml', 'pyarrow', 'typer', 'rich', 'scipy'} & set(sys.modules)))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('reports', 'judges', 'suites')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == ["[]", "[]"]
