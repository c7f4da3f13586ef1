"""The specs in `examples/`, which `make demo` runs: all that can be told of them without a model is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.preparation import prepare
from harness.spec import read_spec

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["demo.yaml", "persona.yaml"])
def test_an_example_is_right(name: str) -> None:
    spec_file = read_spec(EXAMPLES / name)
    prepared = prepare(spec_file)
    assert prepared.spec.baseline_name in prepared.spec.candidates
    for candidate in spec_file.spec.candidates.values():
        assert candidate.adapter is None or (EXAMPLES / candidate.adapter / "adapter_config.json").is_file()


def test_every_spec_is_run_by_the_demo() -> None:
    makefile = (EXAMPLES.parent / "Makefile").read_text(encoding="utf-8")
    assert [file.name for file in EXAMPLES.glob("*.yaml") if f"examples/{file.name}" not in makefile] == []
