"""Making a spec with a persona section ready: whom candidates imitate, controls, and what must not leak into the test."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from harness.persona.controls import with_controls
from harness.spec import SpecFile, located
from suites.checking import leaks_of, refuse_leaks
from suites.loading import Suite
from suites.userfile import unknown_name

_NEEDED = {"sklearn": "scikit-learn", "pymorphy3": "pymorphy3"}


def with_persona_section(spec_file: SpecFile, suite: Suite, personas: Sequence[str]) -> SpecFile:
    """The spec with its controls, checked; the same spec where it has no persona section.

    Args:
        spec_file: The spec.
        suite: Its suite.
        personas: Names of the suite's personas, in its order.

    Raises:
        InputError: A candidate imitates nobody that the suite knows, nobody is imitated, a library is missing, or replies of
            the training half stand in the held-out half.
    """
    spec = spec_file.spec
    for name, candidate in spec.candidates.items():
        if candidate.imitates is not None and candidate.imitates not in personas:
            problem = unknown_name(candidate.imitates, personas, "persona of this suite")
            raise spec_file.error(problem, "candidates", name, "imitates")
    if spec.persona is None:
        return spec_file
    imitators = [name for name, candidate in spec.candidates.items() if candidate.imitates is not None]
    if not imitators:
        problem = (
            "no candidate imitates anybody; say whom with `imitates: PERSONA` at a candidate, or leave this section out"
        )
        raise spec_file.error(problem, "persona")
    if spec.baseline_name in imitators:
        problem = "the baseline imitates somebody; name the generic model with `baseline`"
        raise spec_file.error(problem, "candidates", spec.baseline_name, "imitates")
    if missing := [package for module, package in _NEEDED.items() if find_spec(module) is None]:
        problem = f"needs {' and '.join(missing)}; install it with: pip install 'rejoinder[persona]'"
        raise spec_file.error(problem, "persona")
    if suite.header.train is None:
        problem = "the suite has no training half, from which a person's style is learned; name one with `train` in its header"
        raise spec_file.error(problem, "persona")
    if not suite.header.allow_leak:
        refuse_leaks(leaks_of(suite), suite)
    if not spec.persona.controls:
        return spec_file
    candidates = located(spec_file, lambda: with_controls(spec.candidates, spec.baseline_name, personas), "persona")
    return SpecFile(spec.model_copy(update={"candidates": candidates}), spec_file.document)
