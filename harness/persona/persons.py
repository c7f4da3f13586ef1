"""The replies that the persons of a suite really gave, in both of its halves.

A person is one of the suite's personas, seen as the author of replies; the card that describes it is not used here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reports.persona.tables import PERSON_REPLIES, PERSON_REPLIES_FILE
from suites.cases import Case, cases_of_dialogue, name_of_persona
from suites.dialogue import Dialogue
from suites.loading import Half, Suite


@dataclass(frozen=True, slots=True)
class PersonCase:
    """A turn that a person took: its context, and what was really said."""

    case: Case
    person: str | None
    """Name of the suite's persona, or the name on the dialogue's own card; None in dialogues that are no persona's."""
    half: Half
    reply: str | None
    """None where the suite has no words for this turn."""


@dataclass(frozen=True, slots=True)
class PersonReply:
    """What a person really said, as a run folder keeps it."""

    person: str | None
    half: Half
    dialogue_id: str
    case_id: str
    language: str
    text: str | None


def person_cases(suite: Suite, only: Collection[str] | None = None) -> Iterator[PersonCase]:
    """The turns of both halves, the training half first.

    Of the training half all turns of the target role, whether or not they are marked: an adapter learns from each. Of the
    held-out half the cases that are replayed.

    Args:
        suite: The suite; without a training half there are only held-out turns.
        only: Ids of the held-out dialogues; all if not given.

    Raises:
        InputError: A line cannot be read.
    """
    if suite.header.train is not None:
        every_turn = suite.header.model_copy(update={"targets": "all"})
        for dialogue in suite.dialogues("train"):
            for case in cases_of_dialogue(dialogue, every_turn):
                yield PersonCase(case, name_of_persona(dialogue, suite.header), "train", _said(case, dialogue))
    for dialogue in suite.dialogues("held_out"):
        if only is None or dialogue.id in only:
            for case in cases_of_dialogue(dialogue, suite.header):
                yield PersonCase(case, name_of_persona(dialogue, suite.header), "held_out", _said(case, dialogue))


def write_person_replies(folder: Path, cases: Iterator[PersonCase]) -> None:
    """Write `person_replies.parquet` once, at the start of a run: with it the reports can be made without the suite."""
    rows = [
        {
            "person": one.person,
            "half": one.half,
            "dialogue_id": one.case.dialogue_id,
            "case_id": one.case.id,
            "language": one.case.language,
            "text": one.reply,
        }
        for one in cases
    ]
    unfinished = folder / f".{PERSON_REPLIES_FILE}.unfinished"
    pq.write_table(pa.Table.from_pylist(rows, PERSON_REPLIES), unfinished, compression="zstd")
    unfinished.replace(folder / PERSON_REPLIES_FILE)


def read_person_replies(folder: Path) -> list[PersonReply]:
    """What `write_person_replies` wrote; nothing where the run has no persona section."""
    file = folder / PERSON_REPLIES_FILE
    return [PersonReply(**row) for row in pq.read_table(file).to_pylist()] if file.is_file() else []


def _said(case: Case, dialogue: Dialogue) -> str | None:
    said = dialogue.messages[case.turn].content
    return said if said.strip() else None
