"""A whole persona run with an engine that scores: replies, perplexities, reports, and going on after the engine was lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from persona_engine import WordEngine
from persona_suite import persona_suite

from harness.engines import selection
from harness.evaluation import RunIncomplete, evaluate_spec

SPEC = """suite: .
engine: {kind: words}
metrics: [act]
candidates:
  generic: {}
  june: {imitates: june}
  bo: {imitates: bo}
persona: {controls: true}
"""


@dataclass
class Plugin:
    """What `entry_points` would give for an installed engine."""

    engine: WordEngine
    name: str = "words"

    def load(self) -> Any:
        return lambda options, candidates: self.engine


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    persona_suite(tmp_path, dict.fromkeys(("june", "bo", "vera"), (12, 6)))
    file = tmp_path / "eval.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return file


def serve(engine: WordEngine, monkeypatch: pytest.MonkeyPatch) -> WordEngine:
    monkeypatch.setattr(selection, "entry_points", lambda **_: [Plugin(engine)])
    return engine


def test_a_run_scores_what_the_persons_said_and_goes_on_after_a_loss(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    serve(WordEngine(dies_after=30), monkeypatch)
    with pytest.raises(RunIncomplete, match="the engine is gone"):
        evaluate_spec(spec, out=out)
    logged = (out / "records" / "perplexities.jsonl").read_text(encoding="utf-8").count("\n")
    engine = serve(WordEngine(), monkeypatch)
    evaluate_spec(spec, out=out)
    lines = (out / "records" / "perplexities.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(engine.scored) == len(lines) - logged
    found = json.loads((out / "persona.json").read_text(encoding="utf-8"))
    matrix = found["matrix"]
    assert matrix["persons"] == ["june", "bo", "vera"]
    cells = {(cell["candidate"], cell["person"]): cell for cell in matrix["cells"]}
    assert len(cells) == 7 * 3
    assert cells["june", "june"]["is_lowest"]
    assert cells["bo", "bo"]["is_lowest"]
    assert {gain["candidate"]: gain["personal"]["relation"] for gain in matrix["gains"]} == {
        "june": "better",
        "bo": "better",
    }
    assert found["notes"] == [
        {
            "kind": "few_held_out",
            "person": person,
            "candidate": None,
            "count": count,
            "detail": None,
            "perplexities": None,
        }
        for person, count in ((p["name"], p["held_out_replies"]) for p in found["persons"])
        if person != "vera" and count < 20
    ]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'class="number heat-4"' in page
