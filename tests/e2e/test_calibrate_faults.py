"""`rejoinder judge calibrate`: everything that can be wrong is said before a model is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded_runs import Rejoinder

from harness.judging.asked_judge import AskedRubric
from harness.judging.rubric_calibration import CalibrationRequest

LINE = {"context": [{"role": "user", "content": "A tea."}], "reply": "Sure.", "labels": ["pass"]}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """A labels file for the built-in rubric `style`."""
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps(LINE) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"context": [], "labels": ["pass"]}, "labels.jsonl:2: reply: is missing"),
        (LINE | {"labels": ["pass", "good"]}, "labels.jsonl:2: labels.1: 'good' is not on the scale: pass, fail"),
        (LINE | {"lables": [1]}, "labels.jsonl:2: lables: there is no field 'lables'; did you mean 'labels'?"),
        (LINE | {"language": "ru"}, "labels.jsonl: holds labels in en and ru"),
    ],
)
def test_a_wrong_line_ends_it(rejoinder: Rejoinder, labels: Path, line: dict[str, object], said: str) -> None:
    with labels.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    answer = rejoinder("judge", "calibrate", "style", "--labels", labels, "--model", "no-such-model")
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stile", "--labels", "labels.jsonl"), "there is no rubric 'stile'; did you mean 'style'?"),
        (("style", "--labels", "label.jsonl"), "there is no such file; did you mean 'labels.jsonl'?"),
        (("style", "--labels", "labels.jsonl", "--language", "ru"), "holds no label in 'ru', only in en"),
        (("style", "--labels", "labels.jsonl", "--language", "fi"), "there are no texts in 'fi'"),
        (("style", "--labels", "labels.jsonl", "--out", "new/c.json"), "is no folder that can be written to"),
        (("style", "--labels", "labels.jsonl", "--out", "."), "is a folder; name a file with --out"),
        (("style", "--labels", "labels.jsonl", "--engine", "vlm"), "there is no engine 'vlm'; did you mean 'vllm'?"),
    ],
)
def test_a_wrong_argument_ends_it(rejoinder: Rejoinder, labels: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = rejoinder("judge", "calibrate", *arguments, "--model", "no-such-model")
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert [file.name for file in labels.parent.iterdir()] == [labels.name]


def test_where_certificates_go(labels: Path) -> None:
    built_in = AskedRubric("style", beside=Path("specs"))
    assert CalibrationRequest(AskedRubric("style"), labels).out_folder == Path()
    assert CalibrationRequest(built_in, labels).out_folder == Path("specs")
    assert CalibrationRequest(AskedRubric("rubrics/tone.yaml"), labels).out_folder == Path("rubrics")
    assert CalibrationRequest(built_in, labels, out=Path("kept/style.json")).out_folder == Path("kept")
