"""Judges written in Python: a package with an entry point, installed beside Rejoinder, judges in a run as a rubric does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fault_server import listing
from judge_endpoint import judge_endpoint
from recorded_runs import COMMAND, QUICK_METRICS, write_recorded_spec

from judges.verdict import Verdict
from suites.cases import cases_of
from suites.loading import load_suite

MODULE = '''\
"""A programmatic check: is the reply short enough for the display at the counter?"""

from judges.verdict import Verdict


class FitsDisplay:
    measure = "fits_display"
    title = "Fits the display"
    description = "The reply has at most sixty characters."
    bounds = (0.0, 1.0)
    signature = "check:fits_display|characters:60|v:1"

    async def judge(self, case, reply):
        fits = len(reply) <= 60
        return Verdict(
            rubric=self.measure,
            score=float(fits),
            label="pass" if fits else "fail",
            reason=f"{len(reply)} characters",
            signature=self.signature,
        )


def fits_display(model):
    return FitsDisplay()
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package."""
    folder = tmp_path_factory.mktemp("plugin")
    wheel = folder / "fits_display-1.0-py3-none-any.whl"
    info = "fits_display-1.0.dist-info"
    files = {
        "fits_display.py": MODULE,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: fits-display\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[rejoinder.judges]\nfits_display = fits_display:fits_display\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    target = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=120)
    return target


def rejoinder(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, in a Python that finds the package."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=240,
    )


def verdicts_of(run: Path) -> list[dict[str, Any]]:
    lines = (run / "records" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_an_installed_judge_is_listed_and_found_by_its_name(site: Path, tmp_path: Path) -> None:
    listed = rejoinder(site, tmp_path, "judge", "list", "--json")
    assert json.loads(listed.stdout)["installed"] == ["fits_display"]
    spec = write_recorded_spec(tmp_path, extra=f"{QUICK_METRICS}judges: [{{rubric: fits_displai}}]\n")
    wrong = rejoinder(site, tmp_path, "run", str(spec))
    assert wrong.returncode == 2
    assert "did you mean 'fits_display'?" in wrong.stderr


def test_a_check_and_a_judge_model_give_the_same_verdict_record(site: Path, tmp_path: Path) -> None:
    with judge_endpoint(lambda reply: reply.endswith("?")) as server:
        engine = f"{{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}'}}}}"
        extra = (
            f"{QUICK_METRICS}max_dialogues: 4\njudges: [{{rubric: fits_display}}, {{rubric: leads_dialogue}}]\n"
            f"judge_engine: {engine}\n"
        )
        spec = write_recorded_spec(tmp_path, extra=extra)
        answer = rejoinder(site, tmp_path, "run", str(spec), "--out", "run")
    assert answer.returncode == 0, answer.stderr
    assert "of one family" not in answer.stdout
    assert "Fits the display" in answer.stdout or "fits_display" in answer.stdout
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    (own_remark,) = (line for line in report.splitlines() if line.startswith("| Fits the display | not certified"))
    assert "has no rubric that could be calibrated" in own_remark and "judge calibrate" not in own_remark
    by_measure: dict[str, list[Verdict]] = {}
    for record in verdicts_of(tmp_path / "run"):
        by_measure.setdefault(record["measure"], []).append(Verdict.model_validate(record["verdict"]))
    assert set(by_measure) == {"fits_display", "leads_dialogue"}
    assert len(by_measure["fits_display"]) == len(by_measure["leads_dialogue"]) > 0
    for check, rubric in zip(by_measure["fits_display"], by_measure["leads_dialogue"], strict=True):
        assert check.model_fields_set >= {"rubric", "score", "label", "signature"}
        assert (check.status, rubric.status) == ("ok", "ok")
        assert {check.label, rubric.label} <= {"pass", "fail"}
        assert check.reason is not None and check.readout is None and rubric.readout == "label_probabilities"
    from harness import load_run

    results = load_run(tmp_path / "run").results
    good = results[(results["measure"] == "fits_display") & (results["candidate"] == "good")]
    replies = {case.id: case.references[-1] for case in cases_of(load_suite("coffee_orders"))}
    assert {row.case_id: row.value for row in good.itertuples()} == {
        case_id: float(len(replies[case_id]) <= 60) for case_id in good["case_id"]
    }


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("name: short", "judges.0.name: a judge that is written in Python names its measure itself"),
        ("readout: {kind: json}", "judges.0.readout: a judge that is written in Python reads as it likes"),
        ("reasons: all", "judges.0.reasons: a judge that is written in Python gives its reasons itself"),
    ],
)
def test_what_a_judge_in_python_does_itself_is_not_set(site: Path, tmp_path: Path, setting: str, said: str) -> None:
    engine = "{kind: openai, model: m, options: {base_url: 'http://localhost:1/v1'}}"
    spec = write_recorded_spec(
        tmp_path, extra=f"judges: [{{rubric: fits_display, {setting}}}]\njudge_engine: {engine}\n"
    )
    answer = rejoinder(site, tmp_path, "run", str(spec), "--out", "run")
    assert answer.returncode == 2 and answer.stderr.count("\n") == 1
    assert said in answer.stderr


def test_a_rubric_without_texts_in_the_suites_language_ends_a_run_before_it_begins(site: Path, tmp_path: Path) -> None:
    assert rejoinder(site, tmp_path, "init", "rubric", "house.yaml").returncode == 0
    spec = write_recorded_spec(
        tmp_path,
        "grocery_orders_ru",
        "judges: [{rubric: house.yaml}]\njudge_engine: {kind: openai, model: m, options: {base_url: 'http://localhost:1/v1'}}\n",
    )
    answer = rejoinder(site, tmp_path, "run", str(spec), "--out", "run")
    assert answer.returncode == 2
    assert "there are no texts in 'ru', only in en; add a block `ru:`" in answer.stderr
    assert not (tmp_path / "run").exists()


def test_an_endpoint_that_cannot_read_probabilities_ends_a_run_before_it_judges(site: Path, tmp_path: Path) -> None:
    with judge_endpoint(lambda reply: True, logprobs=False) as server:
        engine = f"{{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}'}}}}"
        extra = f"{QUICK_METRICS}judges: [{{rubric: style}}]\njudge_engine: {engine}\n"
        answer = rejoinder(site, tmp_path, "run", str(write_recorded_spec(tmp_path, extra=extra)), "--out", "run")
    assert answer.returncode == 2
    assert "rubric style: readout: " in answer.stderr
    assert "set the rubric's readout to free_text or sampled_label" in answer.stderr
    assert not (tmp_path / "run" / "records" / "verdicts.jsonl").exists()


def test_a_run_warns_of_a_judge_among_its_own_family(site: Path, tmp_path: Path) -> None:
    with judge_endpoint(lambda reply: True, says="Gladly!") as server:
        server.script.models = listing("qwen2-small", "qwen3-judge", "llama-1b")
        options = f"options: {{base_url: '{server.base_url}'}}"
        (tmp_path / "eval.yaml").write_text(
            f"suite: coffee_orders\nmax_dialogues: 2\n{QUICK_METRICS}engine: {{kind: openai, {options}}}\n"
            "candidates: {ours: {model: qwen2-small}, theirs: {model: llama-1b}}\njudges: [{rubric: style}]\n"
            f"judge_engine: {{kind: openai, model: qwen3-judge, {options}}}\n",
            encoding="utf-8",
        )
        answer = rejoinder(site, tmp_path, "run", "eval.yaml", "--out", "run")
        probed = rejoinder(
            *(site, tmp_path, "judge", "probe", "style", "--suite", "coffee_orders", "--replies", "8", "--run", "run"),
            *("--engine", "openai", "--base-url", server.base_url, "--model", "qwen3-judge"),
        )
    assert answer.returncode == 0, answer.stderr
    warning = "The judge qwen3-judge is of one family with ours. "
    assert f"warning: {warning}" in " ".join(answer.stdout.split())
    for report in ("report.md", "report.html"):
        assert warning in (tmp_path / "run" / report).read_text(encoding="utf-8")
    assert probed.returncode == 0, probed.stderr
    assert "is of one family with ours; judges tend to prefer" in probed.stdout
