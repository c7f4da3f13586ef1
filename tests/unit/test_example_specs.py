"""The specs in `examples/`, which `make demo` runs: all that can be told of them without a model is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.preparation import prepare
from harness.spec import read_spec

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["demo.yaml", "persona.yaml"])
def test_an_example_is_right(name: str) -> None:
    candidates = prepare(read_spec(EXAMPLES / name)).plan.candidates
    adapters = [Path(candidate.adapter) for candidate in candidates.values() if candidate.adapter is not None]
    assert adapters
    assert all((adapter / "adapter_config.json").is_file() for adapter in adapters)


def test_every_spec_is_run_by_the_demo() -> None:
    makefile = (EXAMPLES.parent / "Makefile").read_text(encoding="utf-8")
    assert [file.name for file in EXAMPLES.glob("*.yaml") if f"examples/{file.name}" not in makefile] == []
