"""Joins the labels of `examples/labels` with their suite, into a file for `rejoinder judge calibrate`.

    python examples/judge_labels.py coffee_held_out correctness --out labels.jsonl
    rejoinder judge calibrate correctness --labels labels.jsonl --model JUDGE

The labels name a case of a built-in suite and hold a reply to it with a label for each of two rubrics. A judge may be
trained on the `train` halves; nobody but the judge's certificate should see the `held_out` halves.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from judges.people.label_line import LabelLine
from suites.cases import Case, cases_of_dialogue, messages_for_model
from suites.dialogue import NonBlank, UserWritten
from suites.loading import Half, load_suite
from suites.userfile import InputError, iterate_jsonl, parse_line

FOLDER = Path(__file__).parent / "labels"

Verdict = Literal["pass", "fail"]


class LabelledHalf(NamedTuple):
    """Half of a built-in suite."""

    suite: str
    half: Half


HALVES = {
    "coffee_train": LabelledHalf("coffee_orders", "train"),
    "coffee_held_out": LabelledHalf("coffee_orders", "held_out"),
    "grocery_ru_train": LabelledHalf("grocery_orders_ru", "train"),
    "grocery_ru_held_out": LabelledHalf("grocery_orders_ru", "held_out"),
}
"""By the name of the file in `FOLDER`, the half of a suite that its replies are for."""

RUBRICS = ("correctness", "appropriateness")
"""Built-in rubrics that every reply has a label for."""


class LabelledReply(UserWritten):
    """A line of a file in `FOLDER`."""

    case_id: NonBlank
    """The case of the suite that the reply is for."""
    reply: NonBlank
    """What a model may have said."""
    correctness: Verdict
    """Whether the items, quantities and other facts are right, and nothing is forgotten."""
    appropriateness: Verdict
    """Whether it is the right next step: what is missing is asked for, and nothing else."""
    why: NonBlank
    """What makes it so."""

    def verdict(self, rubric: str) -> Verdict:
        """The label for one of `RUBRICS`."""
        return self.correctness if rubric == "correctness" else self.appropriateness


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the labels file that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("half", choices=HALVES, help="whose replies")
    parser.add_argument("rubric", choices=RUBRICS, help="which of the two labels")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file to write")
    parser.add_argument("--references", action="store_true", help="add the suite's good replies, all as pass")
    given = parser.parse_args(arguments)
    try:
        lines = list(joined_lines(given.half, given.rubric, references=given.references))
    except InputError as error:
        parser.exit(2, f"{error}\n")
    texts = [line.model_dump_json(exclude_unset=True, exclude_none=True) for line in lines]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    passed = sum(line.labels == ("pass",) for line in lines)
    print(f"{len(lines)} replies, of which {passed} pass, in {given.out}")


def joined_lines(half: str, rubric: str, *, references: bool = False) -> Iterator[LabelLine]:
    """The labels of one of `HALVES` for one of `RUBRICS`, each with what the suite says of its case.

    Args:
        half: A key of `HALVES`.
        rubric: One of `RUBRICS`.
        references: After the labelled replies of a case give its references too, as pass. Each is shown with the other
            references, since a judge that sees a reply among the good ones has nothing to judge; where a case has but
            one, it is left out.

    Raises:
        InputError: A line of the labels is wrong, or names a case that the suite does not have.
    """
    labelled = replies_by_case(half)
    for case, joined in cases_with_lines(half):
        own = [(reply.reply, reply.verdict(rubric), reply.why) for reply in labelled.pop(case.id, [])]
        for number, (reply, verdict, why) in enumerate(own, start=1):
            told = {"id": f"{case.id}/{number}", "reply": reply, "labels": (verdict,), "note": why}
            yield joined.model_copy(update=told)
        for number, reference in enumerate(case.references if references and len(case.references) > 1 else ()):
            others = tuple(other for other in case.references if other != reference)
            told = {"id": f"{case.id}/reference/{number}", "reply": reference, "references": others}
            yield joined.model_copy(update=told)
    if labelled:
        problem = f"the suite '{HALVES[half].suite}' has no case '{next(iter(labelled))}' in this half"
        raise InputError(problem, file=file_of(half), field="case_id")


def replies_by_case(half: str) -> dict[str, list[LabelledReply]]:
    """The lines of one of the files in `FOLDER`, by their case.

    Raises:
        InputError: A line cannot be read.
    """
    by_case: dict[str, list[LabelledReply]] = {}
    for number, data in iterate_jsonl(file_of(half)):
        reply = parse_line(LabelledReply, data, file_of(half), number)
        by_case.setdefault(reply.case_id, []).append(reply)
    return by_case


def cases_with_lines(half: str) -> Iterator[tuple[Case, LabelLine]]:
    """The cases of the suite, each with a labels line that lacks only its reply, labelled pass until told otherwise."""
    suite = load_suite(HALVES[half].suite)
    for dialogue in suite.dialogues(HALVES[half].half):
        without_facts = dialogue.model_copy(update={"facts": ()})  # a line has them in a field of their own
        for case in cases_of_dialogue(dialogue, suite.header):
            yield (
                case,
                LabelLine(
                    context=messages_for_model(without_facts, suite.header, case.turn),
                    labels=("pass",),
                    dialogue_id=case.dialogue_id,
                    references=case.references,
                    expectation=case.expectation,
                    facts=case.facts,
                    language=case.language,
                    persona=case.persona,
                ),
            )


def file_of(half: str) -> Path:
    """Where the labels of one of `HALVES` stand."""
    return FOLDER / f"{half}.jsonl"


if __name__ == "__main__":
    main()
