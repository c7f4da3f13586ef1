"""Specs with recorded replies for the end-to-end tests, and reading what a run logged."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from suites.cases import cases_of
from suites.loading import load_suite

Rejoinder = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs the command line with these arguments."""

COMMAND = [str(Path(sys.executable).with_name("rejoinder"))]

QUICK_METRICS = "metrics: [bleu, chrf, exact_match, act]\n"
"""For tests that are not about measures: these load no library that takes seconds."""

Records = dict[str, dict[tuple[str, ...], dict[str, Any]]]


def write_recorded_spec(folder: Path, suite: str = "coffee_orders", extra: str = "") -> Path:
    """A spec whose candidate `good` says a reference of each case, and `poor` one of another case."""
    cases = list(cases_of(load_suite(suite)))
    with (folder / "replies.jsonl").open("w", encoding="utf-8") as lines:
        for case, other in zip(cases, cases[7:] + cases[:7], strict=True):
            for candidate, reply in (("good", case.references[-1]), ("poor", other.references[0])):
                line = {"case_id": case.id, "candidate": candidate, "reply": reply, "completion_tokens": len(reply)}
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    spec = folder / "eval.yaml"
    spec.write_text(
        f"suite: {suite}\nengine: {{kind: recorded, options: {{replies: replies.jsonl}}}}\n"
        f"candidates: {{poor: {{}}, good: {{}}}}\n{extra}",
        encoding="utf-8",
    )
    return spec


def records_of(run: Path) -> Records:
    """All records of a run by file and by what they are about, without what cannot be the same twice (latency).

    A record that stands twice is an error.
    """
    found: Records = {}
    for file in sorted((run / "records").glob("*.jsonl")):
        places = found.setdefault(file.name, {})
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            record.pop("latency_s", None)
            place = tuple(str(record.get(name)) for name in ("case_id", "candidate", "seed", "measure"))
            assert place not in places, f"{file.name} holds {place} twice"
            places[place] = record
    return found
