"""A run with a real model that was killed, and killed again, ends as one that was left alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_server import LOCAL_MODELS, CommandServer
from killed_runs import start_and_kill, whole_lines
from recorded_runs import records_of

from harness import evaluate_spec

pytest.importorskip("torch", reason="needs rejoinder[transformers]")

pytestmark = pytest.mark.model

KILLS = 3


@pytest.fixture
def command_server() -> Iterator[CommandServer]:
    """Has imported torch before a command needs it."""
    server = CommandServer(LOCAL_MODELS)
    yield server
    server.close()


@pytest.fixture
def spec(checkpoint: Path, tmp_path: Path) -> Path:
    """Ten replies, two at a time."""
    file = tmp_path / "eval.yaml"
    fields: dict[str, Any] = {
        "suite": "coffee_orders",
        "max_dialogues": 2,
        "engine": {
            "kind": "transformers",
            "model": str(checkpoint),
            "options": {"batch_size": 2, "dtype": "float32"},  # batches differ after a kill; in float32 replies do not
        },
        "candidates": {"base": {}, "prompted": {"system": "You take orders in a small cafe."}},
        "sampling": {"max_tokens": 6},
        "metrics": ["exact_match"],
    }
    file.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return file


def test_a_model_killed_three_times_finishes_as_if_undisturbed(
    spec: Path, command_server: CommandServer, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    completions = out / "records" / "completions.jsonl"
    generator = random.Random(20261122)
    logged = b""
    for _ in range(KILLS):
        start_and_kill(command_server, spec, out, len(logged) + 1, generator.uniform(0, 0.3))
        now = completions.read_bytes()
        assert now.startswith(whole_lines(logged)), "a finished reply was changed or generated again"
        logged = now
    assert 0 < whole_lines(logged).count(b"\n") < 10, "the kills did not fall into the replay"
    evaluate_spec(spec, out=out)  # in this process, which has loaded torch already
    assert completions.read_bytes().startswith(whole_lines(logged))
    evaluate_spec(spec, out=tmp_path / "undisturbed")
    found, expected = (records_of(folder) for folder in (out, tmp_path / "undisturbed"))
    for place, record in found["completions.jsonl"].items():
        undisturbed = expected["completions.jsonl"][place]
        assert record.pop("token_logprobs") == pytest.approx(undisturbed.pop("token_logprobs"), abs=1e-3)
    assert found == expected
