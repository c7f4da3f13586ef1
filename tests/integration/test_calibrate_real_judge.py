"""`rejoinder judge calibrate` with a real judge model on the `transformers` engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from judges.loading import load_rubric
from judges.people.certificate import certificate_holds, read_certificate

COMMAND = [str(Path(sys.executable).with_name("rejoinder")), "judge", "calibrate"]

RUBRIC = """\
name: asking
scale: {kind: binary}
readout: {kind: label_probabilities, minimum_mass: 0}
languages:
  en:
    question: Does the reply ask the customer something?
    anchors: {pass: it asks, fail: it asks nothing}
"""

RATED = [
    ("Which size would you like?", [1, 1, 1]),
    ("It is three euros.", [0, 0]),
    ("Anything else?", [1, 1]),
    ("Have a nice day.", [0, 0, 1]),
    ("Oat milk or cow's milk?", [1]),
    ("We are closed.", [0]),
]


@pytest.mark.model
def test_a_real_judge_gets_its_certificate_beside_the_rubric(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    rubric = tmp_path / "rubrics" / "asking.yaml"
    rubric.write_text(RUBRIC, encoding="utf-8")
    labels = tmp_path / "labels.jsonl"
    lines = [
        {
            "context": [{"role": "user", "content": f"A coffee, please, for table {table}."}],
            "reply": reply,
            "labels": rated,
        }
        for table in range(2, 6)
        for reply, rated in RATED
    ]
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    command = [*COMMAND, rubric, "--labels", labels, "--model", checkpoint, "--engine", "transformers"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert answer.returncode == 0, answer.stderr

    (file,) = rubric.parent.glob("*.json")
    certificate = read_certificate(file)
    assert certificate.judge.startswith("SmolLM2-135M-Instruct@")
    assert file.name == f"asking.{certificate.judge}.en.certificate.json"
    assert certificate_holds(certificate, load_rubric(rubric), certificate.judge, "en")
    assert (certificate.coverage, certificate.replies, certificate.ratings, certificate.contexts) == (1, 24, 48, 4)
    assert certificate.confusion is not None
    assert sum(sum(row.values()) for row in certificate.confusion.values()) == 24
    assert sum(certificate.confusion["pass"].values()) == 12
    by_name = {figure.name: figure for figure in certificate.figures}
    assert 0 <= (by_name["roc_auc"].value or -1) <= 1
    assert by_name["accuracy"].value == pytest.approx(
        (certificate.confusion["pass"]["pass"] + certificate.confusion["fail"]["fail"]) / 24
    )
    shown = answer.stdout.splitlines()
    assert "labels    labels.jsonl: 48 ratings of 24 replies to 4 contexts" in shown
    assert f"ROC AUC                               {by_name['roc_auc'].value:.3f}   none" in answer.stdout
    assert "cannot be said: with fewer than 5 contexts there is no interval." in answer.stdout
    assert shown[-1] == f"certificate  {file}"
