"""The specs in `examples/`, which `make demo` runs: all that can be told of them without a model is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.preparation import prepare
from harness.spec import read_spec
from judges.loading import load_rubric
from judges.people.certificate import SUFFIX, certificate_holds, read_certificate

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["demo.yaml", "persona.yaml"])
def test_an_example_is_right(name: str) -> None:
    candidates = prepare(read_spec(EXAMPLES / name)).plan.candidates
    adapters = [Path(candidate.adapter) for candidate in candidates.values() if candidate.adapter is not None]
    assert adapters
    assert all((adapter / "adapter_config.json").is_file() for adapter in adapters)


@pytest.mark.parametrize("rubric", [judge.rubric for judge in read_spec(EXAMPLES / "demo.yaml").spec.judges])
def test_the_demo_s_judge_is_certified_for_its_rubrics_as_they_are_now(rubric: str) -> None:
    (file,) = EXAMPLES.glob(f"{rubric}.*{SUFFIX}")
    certificate = read_certificate(file)
    standing = certificate_holds(certificate, load_rubric(rubric), certificate.judge, "en")
    assert standing.changes == ()
    assert certificate.decisive.name == "roc_auc"
    assert certificate.decisive.interval is not None
    assert certificate.decisive.interval.low > 0.5


def test_every_spec_is_run_by_the_demo() -> None:
    makefile = (EXAMPLES.parent / "Makefile").read_text(encoding="utf-8")
    assert [file.name for file in EXAMPLES.glob("*.yaml") if f"examples/{file.name}" not in makefile] == []
