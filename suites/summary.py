"""What a suite holds, counted: for lists of suites and for their documentation."""

from __future__ import annotations

from collections import Counter

from suites.cases import cases_of_dialogue
from suites.dialogue import Record
from suites.loading import Half, Suite


class HalfSummary(Record):
    """The counts of one half."""

    dialogues: int
    targets: int
    references: int
    """Good wordings of all targets together, the turns' own contents included."""
    acts: dict[str, int]
    """How many targets each dialogue act is due at, the commonest first."""
    tags: dict[str, int]
    """How many targets bear each tag, by their own or their dialogue's, the commonest first."""


class SuiteSummary(Record):
    """A suite at a glance."""

    name: str
    version: str
    language: str
    description: str
    path: str
    """The header's file."""
    held_out: HalfSummary
    train: HalfSummary | None


def summarise(suite: Suite) -> SuiteSummary:
    """Count what a suite holds, reading both halves once.

    Raises:
        InputError: A line cannot be read.
    """
    header = suite.header
    return SuiteSummary(
        name=header.name,
        version=header.version,
        language=header.language,
        description=header.description,
        path=str(suite.path),
        held_out=_summarise_half(suite, "held_out"),
        train=_summarise_half(suite, "train") if header.train is not None else None,
    )


def _summarise_half(suite: Suite, half: Half) -> HalfSummary:
    dialogues = targets = references = 0
    acts: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    for dialogue in suite.dialogues(half):
        dialogues += 1
        for case in cases_of_dialogue(dialogue, suite.header):
            targets += 1
            references += len(case.references)
            tags.update(case.tags)
            if case.expectation.act is not None:
                acts[case.expectation.act.value] += 1
    return HalfSummary(
        dialogues=dialogues,
        targets=targets,
        references=references,
        acts=dict(acts.most_common()),
        tags=dict(tags.most_common()),
    )
