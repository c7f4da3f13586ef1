"""Gate rules with the file that they stand in, and whether a run will have what the gate of its spec asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.spec import SpecFile, read_spec, with_folders
from harness.tabulation import described_cases
from reports.gating.cases_meant import each_slice, require_slice
from reports.gating.checking import check_measure, require_stored_run
from reports.gating.policy import GateRule, Policy
from reports.gating.rule_errors import RuleError, of_rule
from reports.records import Measure, PairMeasure
from suites.cases import Case
from suites.userfile import YamlDocument, read_yaml


@dataclass(frozen=True, slots=True)
class WrittenRules:
    """The rules under `gate` in a file of the user's."""

    rules: tuple[GateRule, ...]
    document: YamlDocument

    @contextmanager
    def naming_fields(self) -> Iterator[None]:
        """What does not fit a run is said with the file, the line and the field of the rule.

        Raises:
            InputError: A rule did not fit.
        """
        try:
            yield
        except RuleError as error:
            field = ("gate",) if error.rule is None else ("gate", error.rule, error.field)
            raise self.document.error(error.problem, field) from error

    def require_stored_runs(self) -> None:
        """See that the stored runs are there that rules compare with.

        Raises:
            InputError: One is not.
        """
        with self.naming_fields():
            for index, rule in enumerate(self.rules):
                with of_rule(index):
                    require_stored_run(rule)


def read_policy(path: Path) -> WrittenRules:
    """The rules of a policy file, with the folders of stored runs resolved against its own.

    Raises:
        InputError: The file cannot be read or a field is wrong.
    """
    document = read_yaml(path)
    return WrittenRules(with_folders(document.parse(Policy).gate, path.parent), document)


def read_gate_of_spec(path: Path) -> WrittenRules:
    """The rules of a spec file.

    Raises:
        InputError: The file cannot be read or a field is wrong.
    """
    return _gate_of(read_spec(path))


def check_gate(spec_file: SpecFile, measures: Collection[Measure], pairs: Collection[PairMeasure]) -> None:
    """See, before anything is generated, that the run will have what its gate asks for.

    Args:
        spec_file: The spec with the gate.
        measures: All that the run will take.
        pairs: By which rubrics it will compare replies.

    Raises:
        InputError: A rule names a measure that the run will not have, or a stored run that is not there.
    """
    written = _gate_of(spec_file)
    with written.naming_fields():
        for index, rule in enumerate(written.rules):
            with of_rule(index):
                check_measure(rule, measures, pairs)
    written.require_stored_runs()


def check_slices(spec_file: SpecFile, cases: Iterable[Case]) -> None:
    """See, before anything is loaded, that the run will have cases for the slices of its gate.

    Args:
        spec_file: The spec with the gate.
        cases: All that the run will replay.

    Raises:
        InputError: A rule is about a slice without a case.
    """
    written, described = _gate_of(spec_file), described_cases(cases)
    with written.naming_fields():
        for index, rule in enumerate(written.rules):
            with of_rule(index):
                require_slice(rule, described)
                if rule.slice is not None and not any(each_slice(rule, described)):
                    raise RuleError(f"no case of the suite has any slice of the kind '{rule.slice.kind}'", "slice")


def _gate_of(spec_file: SpecFile) -> WrittenRules:
    return WrittenRules(spec_file.spec.gate, spec_file.document)
