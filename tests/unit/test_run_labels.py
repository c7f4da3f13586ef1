"""People's labels on a run: every wrong line is named, and every report shows the raw and the corrected mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_run_folder import manifest, result, run_of_values

from reports.analysis import analyse
from reports.corrected import HUMAN_LABELS_FILE, corrected_means
from reports.errors import ReportError
from reports.pages.corrected_text import corrected_lines
from reports.pages.html import html_report
from reports.pages.markdown import markdown_report
from reports.tables import RunTables, read_tables

DIALOGUES = [f"d{i // 3}" for i in range(60)]
IDS = [f"{dialogue}#{position}" for position, dialogue in enumerate(DIALOGUES)]


def judged_run(folder: Path, language: str = "en", **changes: Any) -> Path:
    """20 dialogues of 3 turns; the judge passes each reply that people pass, and half of the others."""
    good = np.arange(60) % 2 == 0
    scores = np.where(good | (np.arange(60) % 4 == 1), 0.9, 0.2)
    data = manifest(["base", "june"])
    data["suite"]["language"] = language
    results = [
        result(case_id, name, "quality", score, label="pass" if score > 0.5 else "fail")
        for name in ("base", "june")
        for case_id, score in zip(IDS, scores.tolist(), strict=True)
    ]
    values: dict[str, list[float | None]] = {"base": [1.0] * 60, "june": [1.0] * 60}
    run = run_of_values(folder, values, DIALOGUES, manifest_data=data, **changes)
    from report_run_folder import RESULTS, write_table

    write_table(run / "results.parquet", RESULTS, results)
    return run


def with_labels(run: Path) -> Path:
    labels = [
        {"case_id": IDS[i], "candidate": "june", "seed": 0, "measure": "quality", "value": float(i % 2 == 0)}
        for i in range(30)
    ]
    (run / HUMAN_LABELS_FILE).write_text(json.dumps(labels), encoding="utf-8")
    return run


def tables(folder: Path, **more: Any) -> RunTables:
    return read_tables(with_labels(judged_run(folder, **more)))


def test_raw_and_corrected_stand_side_by_side(tmp_path: Path) -> None:
    by_power, by_count = corrected_means(tables(tmp_path))
    assert (by_power.candidate, by_power.labelled, by_power.replies, by_power.dialogues) == ("june", 30, 60, 10)
    assert by_power.raw == pytest.approx(0.9 * 0.75 + 0.2 * 0.25)
    assert by_count.raw == 0.75
    for each in (by_power, by_count):
        assert each.mean == pytest.approx(0.5, abs=0.06)
        assert each.interval is not None and each.interval.low < 0.5 < each.interval.high < 0.8


def test_every_report_shows_them(tmp_path: Path) -> None:
    run = tables(tmp_path)
    analysis = analyse(run)
    (line, _) = corrected_lines(corrected_means(run), run.measures)
    assert line.startswith("quality, june: 0.725 [")
    assert "corrected by prediction-powered inference, 30 of 60 in 10 dialogues labelled." in line
    for text in (markdown_report(analysis).replace("\\", ""), html_report(analysis)):
        assert "Judged means, corrected by people" in text
        assert "adjusted counting" in text and "30 of 60 in 10 dialogues" in text
    russian = markdown_report(analyse(tables(tmp_path / "ru", language="ru"))).replace("\\", "")
    assert "исправленные по меткам людей" in russian and "30 из 60, диалогов: 10" in russian


def test_a_run_without_labels_shows_nothing(tmp_path: Path) -> None:
    run = read_tables(judged_run(tmp_path))
    assert corrected_means(run) == ()
    assert "corrected by people" not in markdown_report(analyse(run))


def test_a_torn_file_of_labels_is_named(tmp_path: Path) -> None:
    run = with_labels(judged_run(tmp_path))
    (run / HUMAN_LABELS_FILE).write_text("[{", encoding="utf-8")
    with pytest.raises(ReportError, match=r"human_labels.json: cannot be read; write it anew"):
        corrected_means(read_tables(run))
