"""Options of the commands that hold a run against a gate, and what they ask for: by which rules, and on what terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.gate_policy import WrittenRules
    from reports.gating.gate import GateRule, Terms


class Allowed(StrEnum):
    """What may differ; as in `reports.gating.likeness`, which would be slow to import for `--help`."""

    SUITE = "suite"
    CONTEXTS = "contexts"
    REFERENCES = "references"
    RUBRICS = "rubrics"
    JUDGES = "judges"
    METRICS = "metrics"
    HARDWARE = "hardware"


Policy = Annotated[
    Path | None, typer.Option("--policy", help="File whose `gate` rules hold; those of the run's spec if not given.")
]
Released = Annotated[
    list[str] | None, typer.Option("--candidate", help="Who is to be released; all but the baseline if not given.")
]
Allow = Annotated[
    list[Allowed] | None, typer.Option("--allow", help="What may differ from a stored run that rules compare with.")
]


@dataclass(frozen=True, slots=True)
class AskedGate:
    """What a command was asked to hold a run against."""

    written: WrittenRules | None
    """None where the rules of the run's own spec hold."""
    terms: Terms

    @property
    def rules(self) -> Sequence[GateRule] | None:
        """The rules; None where those of the run's own spec hold."""
        return self.written.rules if self.written else None

    @contextmanager
    def naming_fields(self) -> Iterator[None]:
        """What does not fit the run is said with the file, the line and the field of the rule.

        Raises:
            InputError: A rule of the file did not fit.
        """
        if self.written is None:
            yield
            return
        with self.written.naming_fields():
            yield


def asked_gate(
    policy: Path | None, released: Sequence[str] | None, allow: Sequence[Allowed] | None, *, strict: bool
) -> AskedGate:
    """What the options ask for.

    Args:
        policy: As `Policy`.
        released: As `Released`.
        allow: As `Allow`.
        strict: Whether to refuse where a stored run or a slice is missing.

    Raises:
        InputError: The policy cannot be read or a field is wrong.
    """
    from harness.gate_policy import read_policy  # noqa: PLC0415
    from reports.gating.gate import Terms  # noqa: PLC0415

    written = read_policy(policy) if policy else None
    return AskedGate(written, Terms(released or (), [one.value for one in allow or ()], strict))
