"""The run on a suite outside the persons' domain, which shows what fine-tunes have forgotten."""

from __future__ import annotations

from pathlib import Path

from harness.spec import SpecFile
from reports.persona.price import OUTSIDE
from reports.persona.roles import imitators_among


def outside_spec(spec_file: SpecFile) -> SpecFile | None:
    """The spec of that run; None where the spec asks for none.

    The generic model and the imitators replay the other suite, without a person's card, since cards belong to their suite;
    controls stay away. There is no gate.
    """
    spec = spec_file.spec
    if spec.persona is None or spec.persona.outside is None:
        return None
    settings = {name: candidate.model_dump(mode="json") for name, candidate in spec.candidates.items()}
    imitators = {one.candidate for one in imitators_among(settings, spec.baseline_name)}
    candidates = {
        name: candidate.model_copy(update={"imitates": None, "persona": None})
        for name, candidate in spec.candidates.items()
        if name == spec.baseline_name or name in imitators
    }
    changes = {
        "suite": spec.persona.outside,
        "candidates": candidates,
        "baseline": spec.baseline_name,
        "persona": None,
        "gate": (),
    }
    return SpecFile(spec.model_copy(update=changes), spec_file.document)


def outside_folder(run_folder: Path) -> Path:
    """Where that run lies: in the folder of the run that it belongs to."""
    return run_folder / OUTSIDE
