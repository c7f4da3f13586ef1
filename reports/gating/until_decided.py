"""How a run went that stops when its gate is decided, as its manifest keeps it. Deciding is in `reports.gating.looks`."""

from __future__ import annotations

from pydantic import ValidationError

from reports.errors import ReportError
from reports.gating.policy import GateRule, Outcome
from reports.records import Record
from reports.statistics.clusters import Interval
from reports.tables import MANIFEST_FILE, RunTables


class Standing(Record):
    """One rule for one candidate: what was decided at which look, or what is known at the last one."""

    rule: GateRule
    candidate: str
    outcome: Outcome
    """`inconclusive` where it is open."""
    after: int
    """Dialogues that were there."""
    figure: float | None
    """The mean, difference or win rate over these dialogues; None where nothing was measured."""
    interval: Interval | None
    """That holds at every look: the share of a level that a look may spend decides its width."""


class UntilDecided(Record):
    """What a run did that judges its rules while it goes on."""

    order_seed: int
    """Fixes the random order of the dialogues."""
    dialogues: int
    """That there are to replay."""
    replayed: int
    """How many were, up to the look at which it ended."""
    cases: int
    """Target turns of these dialogues."""
    looks: tuple[int, ...]
    """After how many dialogues the rules were judged."""
    standings: tuple[Standing, ...]
    """Of all rules that can be decided while a run goes on."""

    @property
    def stopped_early(self) -> bool:
        """Whether a part of the dialogues was not replayed because everything was decided."""
        return self.replayed < self.dialogues

    def standing(self, rule: GateRule, candidate: str) -> Standing | None:
        """What is known of a rule for a candidate; None where it was not followed."""
        return next((one for one in self.standings if one.candidate == candidate and one.rule == rule), None)

    def slices_of(self, rule: GateRule) -> list[GateRule]:
        """The rules that were followed for a rule about every slice of a kind, each about one of them.

        They were cut out of the whole suite; the dialogues that were replayed, alone, might be cut into others.
        """
        found: list[GateRule] = []
        for one in self.standings:
            if one.rule not in found and one.rule.model_copy(update={"slice": rule.slice}) == rule:
                found.append(one.rule)
        return found


def until_decided_of(tables: RunTables) -> UntilDecided | None:
    """How the run went, if it was one that stops when its gate is decided.

    Raises:
        ReportError: Its manifest cannot be read.
    """
    written = tables.manifest.until_decided
    try:
        return None if written is None else UntilDecided.model_validate(written)
    except ValidationError:
        raise ReportError(
            "says in `until_decided` what this version of Rejoinder cannot read; use the version that wrote it",
            file=tables.folder / MANIFEST_FILE,
        ) from None
