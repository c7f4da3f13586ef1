"""A reviewer's marks of a run's replies as a labels file: what `rejoinder judge calibrate` reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from harness.run_folder import RunFolder
from judges.people.label_line import LabelLine
from reports.failures.review import REVIEW_FILE, Mark, read_review
from reports.tables import CASES_FILE, REPLIES_FILE
from suites.userfile import InputError


def write_review_labels(run: Path, out: Path) -> tuple[int, int]:
    """Write a line for each marked reply that says something.

    Args:
        run: The run's folder.
        out: The labels file; one that is there is written over.

    Returns:
        How many lines were written, and how many marked replies were left out because they are empty or never came.

    Raises:
        InputError: It is no run folder, nothing is marked, or the file cannot be written.
        ReportError: The review is torn.
    """
    RunFolder(run).read_manifest()
    marks = read_review(run).marks
    if not marks:
        problem = "marks no reply yet; open the run with `rejoinder view` and mark some"
        raise InputError(problem, file=run / REVIEW_FILE)
    chosen = [("case_id", "in", {mark.case_id for mark in marks})]
    cases = {row["case_id"]: row for row in pq.read_table(run / CASES_FILE, filters=chosen).to_pylist()}
    replies = pq.read_table(run / REPLIES_FILE, columns=["case_id", "candidate", "seed", "text"], filters=chosen)
    texts = {(row["case_id"], row["candidate"], row["seed"]): row["text"] for row in replies.to_pylist()}
    if unknown := next((mark for mark in marks if mark.place not in texts), None):
        place = f"the case '{unknown.case_id}', candidate '{unknown.candidate}', seed {unknown.seed}"
        raise InputError(f"marks a reply that the run does not have: {place}", file=run / REVIEW_FILE, field="marks")
    lines = [line for mark in marks if (line := _label_line(mark, cases[mark.case_id], texts[mark.place]))]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=out) from error
    return len(lines), len(marks) - len(lines)


def _label_line(mark: Mark, case: dict[str, Any], text: str | None) -> dict[str, Any] | None:
    """A line of the labels file; None where the reply is empty or never came."""
    if not (text or "").strip():
        return None
    line = LabelLine.model_validate(
        {
            "id": f"{mark.case_id} {mark.candidate} {mark.seed}",
            "context": json.loads(case["messages"]),
            "reply": text,
            "labels": [mark.label],
            "dialogue_id": case["dialogue_id"],
            "references": case["references"] or (),
            "expectation": json.loads(case["expectation"] or "{}"),
            "language": case["language"] or "en",
            "note": mark.note,
        }
    )
    return line.model_dump(mode="json", exclude_defaults=True)
