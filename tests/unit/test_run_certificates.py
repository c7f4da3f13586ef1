"""Which certificate a run takes for a judge, and where it looks for it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from test_run_judges import SPEC, NamedEngine, judging

from harness.judging.certificates import RunCertificate, certificates_of
from harness.judging.judge_models import EngineJudgeModel
from judges.loading import load_rubric
from judges.people.agreement import Figure, Interval
from judges.people.certificate import Certificate, write_certificate
from suites.userfile import InputError

ENGINE: Any = NamedEngine()
SERVED = EngineJudgeModel(ENGINE).identity


def certificate(judge: str = SERVED, day: int = 1, **fields: Any) -> Certificate:
    rubric = load_rubric("style")
    figure = Figure(name="roc_auc", value=0.8, interval=Interval(low=0.7, high=0.9), replies=10, contexts=5)
    known: dict[str, Any] = {
        "rubric": "style",
        "rubric_hash": rubric.digest(),
        "readout": rubric.readout_kinds,
        "scale": rubric.scale.kind,
    }
    return Certificate(
        date=datetime(2026, 11, day, tzinfo=UTC),
        rejoinder="0.1.0",
        rubric_version="1",
        rubric_file="style",
        judge=judge,
        language="en",
        labels_file="labels.jsonl",
        labels_sha256="0" * 64,
        replies=10,
        ratings=10,
        contexts=5,
        figures=(figure,),
        **{**known, **fields},
    )


def found(folder: Path, text: str = "judges:\n  - {rubric: style}\n") -> dict[str, RunCertificate]:
    return certificates_of(judging(folder, text, SPEC), ENGINE)


def test_one_that_counts_comes_before_a_newer_one_that_does_not(tmp_path: Path) -> None:
    assert found(tmp_path) == {}
    write_certificate(certificate("other@11111111", day=9), tmp_path / "a.certificate.json")
    (change,) = found(tmp_path)["style"].changes
    assert (change.what, change.was, change.now) == ("judge", "other@11111111", SERVED)
    for day in (2, 3):
        write_certificate(certificate(day=day), tmp_path / f"b{day}.certificate.json")
    best = found(tmp_path)["style"]
    assert (best.changes, Path(best.file).name) == ((), "b3.certificate.json")
    assert (best.coverage, best.decisive) == (1.0, certificate().decisive.name)


def test_a_judge_with_a_name_of_its_own_has_its_rubrics_certificate(tmp_path: Path) -> None:
    write_certificate(certificate(), tmp_path / "style.certificate.json")
    assert found(tmp_path, "judges:\n  - {rubric: style, name: manner}\n")["manner"].changes == ()
    assert found(tmp_path, "judges:\n  - {rubric: appropriateness}\n") == {}


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "style.certificate.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"style.certificate.json: is not JSON"):
        found(tmp_path)
