"""A judge's certificate from the labels to the gate: calibrate, run, report, gate, drift, and the means corrected by people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judge_endpoint import judge_endpoint
from recorded_runs import QUICK_METRICS, Rejoinder, write_recorded_spec

from judges.people.certificate import read_certificate

RUBRIC = """\
name: asking
scale: {kind: binary}
readout: {kind: label_probabilities, minimum_mass: 0}
languages:
  en:
    question: Does the reply ask the customer something?
    anchors: {pass: it asks, fail: it asks nothing}
"""

SLIPS = {5, 40}
"""Lines whose labels are wrong, and which the judge contradicts."""


def asks(reply: str) -> bool:
    return "?" in reply


def label_lines() -> list[dict[str, object]]:
    """60 replies to 30 contexts, every second one a question; some labels are slips."""
    return [
        {
            "id": f"r{i}",
            "context": [{"role": "user", "content": f"A coffee for table {i // 2}, please."}],
            "reply": f"Which size for {i}?" if i % 2 else f"It is {i} euros.",
            "labels": [int((i % 2 == 1) != (i in SLIPS)), i % 2],
        }
        for i in range(60)
    ]


def written(file: Path, lines: list[dict[str, object]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def said(output: str) -> str:
    """Without the line breaks that a narrow screen makes."""
    return " ".join(output.split())


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    (tmp_path / "rubrics").mkdir()
    file = tmp_path / "rubrics" / "asking.yaml"
    file.write_text(RUBRIC, encoding="utf-8")
    return file


def test_from_labels_to_a_gate_that_demands_a_certificate(rejoinder: Rejoinder, tmp_path: Path, rubric: Path) -> None:
    lines = label_lines()
    for line in lines:
        line["labels"] = line["labels"][:1]  # type: ignore[index]
    labels = written(tmp_path / "labels.jsonl", lines)
    again = tmp_path / "again.jsonl"
    gate = "gate:\n  - {measure: asking, certified: {kappa: 0.8}}\n"
    with judge_endpoint(asks) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "calibrate", rubric, "--labels", labels, *judge, "--disagreements", again)
        assert answer.returncode == 0, answer.stderr
        assert "judge and people disagree on 2 replies (either may be wrong; look again):" in answer.stdout
        assert [json.loads(line)["id"] for line in again.read_text(encoding="utf-8").splitlines()] == ["r5", "r40"]

        mended = [json.loads(line) | {"labels": ["pass" if i == 0 else "fail"]} for i, line in enumerate(again.open())]
        answer = rejoinder("judge", "calibrate", rubric, "--labels", labels, *judge, "--mended", written(again, mended))
        assert "mended    2 replies, after the judge had contradicted the labels" in answer.stdout
        (file,) = rubric.parent.glob("*.certificate.json")
        certificate = read_certificate(file)
        assert {figure.name: figure.value for figure in certificate.figures}["kappa"] == 1
        assert (certificate.labels_file, certificate.rubric_file) == ("../labels.jsonl", "asking.yaml")

        endpoint = f"judge_engine: {{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}'}}}}\n"
        judges = f"{QUICK_METRICS}judges:\n  - {{rubric: rubrics/asking.yaml}}\n{endpoint}{gate}max_dialogues: 12\n"
        spec = write_recorded_spec(tmp_path, extra=judges)
        answer = rejoinder("run", spec, "--out", tmp_path / "run")
        assert answer.returncode == 0, answer.stderr
        assert "Judge of asking: certified; Cohen's kappa 1.00 [1.00, 1.00], 60 labelled replies" in said(answer.stdout)
        manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["certificates"]["asking"]["changes"] == []
        assert "verdict_on" not in manifest["certificates"]["asking"]["certificate"]
        file.rename(tmp_path / "elsewhere.json")  # the report needs no other file than the run's
        assert rejoinder("report", tmp_path / "run").returncode == 0
        answer = rejoinder("gate", tmp_path / "run")
        assert answer.returncode == 0 and "The judge of asking is certified" in answer.stdout
        (tmp_path / "elsewhere.json").rename(file)

        rubric.write_text(RUBRIC.replace("Does the reply ask", "Does this reply ask"), encoding="utf-8")
        answer = rejoinder("run", spec, "--out", tmp_path / "changed")
        assert "Judge of asking: counts no longer" in said(answer.stdout)
        answer = rejoinder("gate", tmp_path / "changed")
        assert answer.returncode == 4
        assert "The certificate of asking counts no longer: the rubric has changed." in answer.stdout
        answer = rejoinder("judge", "drift", file, *judge)
        assert answer.returncode == 1 and "the rubric 'asking' has changed" in answer.stdout


def test_drift_asks_the_certificates_own_cases_again(rejoinder: Rejoinder, tmp_path: Path, rubric: Path) -> None:
    labels = written(tmp_path / "labels.jsonl", label_lines())
    with judge_endpoint(asks) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        assert rejoinder("judge", "calibrate", rubric, "--labels", labels, *judge).returncode == 0
        (file,) = rubric.parent.glob("*.certificate.json")
        answer = rejoinder("judge", "drift", file, *judge)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.splitlines()[-1].startswith("holds: roc_auc was 1.000 and is 1.000")
    with judge_endpoint(lambda reply: "3" in reply) as server:
        judge = ("--engine", "openai", "--base-url", server.base_url, "--model", "judge-small")
        answer = rejoinder("judge", "drift", file, *judge)
        assert answer.returncode == 1
        assert answer.stdout.splitlines()[-1].startswith("drifted: roc_auc was 1.000 and is 0.")
        assert json.loads(rejoinder("judge", "drift", file, *judge, "--json").stdout)["outcome"] == "drifted"
        labels.write_text(labels.read_text(encoding="utf-8").replace("euros", "dollars"), encoding="utf-8")
        answer = rejoinder("judge", "drift", file, *judge)
    assert answer.returncode == 2
    assert "labels.jsonl: is not the file that the certificate was made with" in answer.stderr
    labels.unlink()
    answer = rejoinder("judge", "drift", file, *judge)
    assert answer.returncode == 2 and "labels.jsonl: there is no such file" in answer.stderr


def test_means_are_corrected_by_labels_on_the_run(rejoinder: Rejoinder, tmp_path: Path, rubric: Path) -> None:
    with judge_endpoint(asks) as server:
        endpoint = f"judge_engine: {{kind: openai, model: judge-small, options: {{base_url: '{server.base_url}'}}}}\n"
        judges = f"{QUICK_METRICS}judges:\n  - {{rubric: {rubric}}}\n{endpoint}max_dialogues: 30\n"
        spec = write_recorded_spec(tmp_path, extra=judges)
        assert rejoinder("run", spec, "--out", tmp_path / "run").returncode == 0
    verdicts = [json.loads(line) for line in (tmp_path / "run" / "records" / "verdicts.jsonl").open(encoding="utf-8")]
    good = [record for record in verdicts if record["candidate"] == "good"][::3]
    lines: list[dict[str, object]] = [
        {"case_id": record["case_id"], "candidate": "good", "labels": [record["verdict"]["label"]]} for record in good
    ]
    labels = written(tmp_path / "on_run.jsonl", lines)
    answer = rejoinder("judge", "correct", tmp_path / "run", "--labels", labels)
    assert answer.returncode == 0, answer.stderr
    assert f"corrected by prediction-powered inference, {len(lines)} of" in answer.stdout
    assert "corrected by adjusted counting" in answer.stdout
    assert "Judged means, corrected by people" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "Judged means, corrected by people" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")

    first = lines[0]
    for wrong, said in (
        (first, "case_id: line 1 labels this reply already"),
        (first | {"case_id": "nobody"}, "case_id: there is no case of this run 'nobody'"),
        (first | {"candidate": "god"}, "candidate: there is no candidate of this run 'god'; did you mean 'good'?"),
        (
            first | {"labels": ["fine"]},
            "labels.0: 'fine' is not on the scale of asking: pass, fail, or a number from 0 to 1",
        ),
        (first | {"labels": [2]}, "labels.0: '2.0' is not on the scale of asking"),
        (first | {"label": 1}, "label: there is no field 'label'; did you mean 'labels'?"),
        (first | {"seed": 7}, "seed: the run has no seed 7, only 0"),
        (
            first | {"measure": "askin"},
            "measure: there is no judged measure of this run 'askin'; did you mean 'asking'?",
        ),
    ):
        answer = rejoinder("judge", "correct", tmp_path / "run", "--labels", written(labels, [first, wrong]))
        assert answer.returncode == 2 and f"on_run.jsonl:2: {said}" in answer.stderr, answer.stderr
