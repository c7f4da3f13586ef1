"""Policies in files of their own, and whether a run will have what the gate of its spec asks for."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.spec import SpecFile, with_folders
from reports.blessed import names_blessed_runs
from reports.errors import ReportError
from reports.gating.checking import check_measure
from reports.gating.policy import GateRule, Policy
from reports.records import Measure, PairMeasure
from suites.userfile import read_yaml


def read_policy(path: Path) -> tuple[GateRule, ...]:
    """The rules of a policy file, with the folders of stored runs resolved against its own.

    Raises:
        InputError: The file cannot be read or a field is wrong.
    """
    return with_folders(read_yaml(path).parse(Policy).gate, path.parent)


def check_gate(spec_file: SpecFile, measures: Collection[Measure], pairs: Collection[PairMeasure]) -> None:
    """See, before anything is generated, that the run will have what its gate asks for.

    Args:
        spec_file: The spec with the gate.
        measures: All that the run will take.
        pairs: By which rubrics it will compare replies.

    Raises:
        InputError: A rule names a measure that the run will not have, or a stored run that is not there.
    """
    for index, rule in enumerate(spec_file.spec.gate):
        try:
            check_measure(rule, measures, pairs)
        except ReportError as error:
            raise spec_file.error(error.problem.removeprefix("gate: "), "gate", index, "measure") from error
        if rule.against_run and not (rule.against_run.is_dir() or names_blessed_runs(rule.against_run)):
            problem = f"there is no such run folder: {rule.against_run}; name one that `rejoinder run` wrote"
            raise spec_file.error(problem, "gate", index, "against_run")
