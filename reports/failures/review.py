"""What a reviewer says of a run, kept in its folder as `review.json`: names of failure groups, and marks of replies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from reports.files import write_text
from reports.records import Record
from reports.tables import read_json_file

REVIEW_FILE: Final = "review.json"

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Note = Annotated[str, StringConstraints(max_length=2_000)]

PlaceOfReply = tuple[str, str, int]
"""Case, candidate, seed."""


class Mark(Record):
    """A reviewer's word on one reply."""

    case_id: str
    candidate: str
    seed: int
    label: Literal["pass", "fail"]
    measure: str | None = None
    """The judged measure that it is about; None if it is about the reply as a whole."""
    note: Note = ""

    @property
    def place(self) -> PlaceOfReply:
        """Which reply it is on."""
        return self.case_id, self.candidate, self.seed


class Review(Record):
    """`review.json`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    names: dict[str, Name] = {}
    """A group's own name by the key of its fault, as `act:clarify:confirm`."""
    marks: tuple[Mark, ...] = ()
    """At most one of a reply and measure."""

    def named(self, key: str, name: str) -> Review:
        """With another name for a group; an empty one gives the group its first name back.

        Raises:
            ValidationError: The name is too long.
        """
        names = {**self.names, key: name.strip()}
        return Review(names={key: name for key, name in names.items() if name}, marks=self.marks)

    def marked(self, mark: Mark) -> Review:
        """With a mark in place of an earlier one of the same reply and measure."""
        others = self.unmarked(mark.place, mark.measure)
        return others.model_copy(update={"marks": (*others.marks, mark)})

    def unmarked(self, place: PlaceOfReply, measure: str | None = None) -> Review:
        """Without the mark of a reply."""
        kept = tuple(mark for mark in self.marks if (mark.place, mark.measure) != (place, measure))
        return self.model_copy(update={"marks": kept})

    def mark_of(self, place: PlaceOfReply) -> Mark | None:
        """What was said last of a reply."""
        return next((mark for mark in reversed(self.marks) if mark.place == place), None)


def read_review(run_folder: Path) -> Review:
    """The review of a run; an empty one where nobody has reviewed it.

    Raises:
        ReportError: `review.json` is not what this version of Rejoinder writes.
    """
    if not (run_folder / REVIEW_FILE).exists():
        return Review()
    return read_json_file(run_folder / REVIEW_FILE, TypeAdapter(Review))


def write_review(run_folder: Path, review: Review) -> None:
    """Keep a review, whole or not at all.

    Raises:
        ReportError: It cannot be written.
    """
    write_text(run_folder / REVIEW_FILE, review.model_dump_json(indent=1) + "\n")
