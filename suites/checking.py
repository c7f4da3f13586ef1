"""Checking a whole suite: everything that is wrong with it at once, each with its file, line and field.

What is wrong with single lines comes from `suites.loading`, with single dialogues from `suites.dialogue_checks`;
duplicates and leaks between the halves are found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from suites.cases import is_target, name_of_persona
from suites.dialogue import Dialogue, Record
from suites.dialogue_checks import Problem, Severity, problems_of
from suites.leaks import RUN_LENGTH, Leak, LeakFinder
from suites.loading import Half, Suite
from suites.personas import PersonCards
from suites.sufficiency import PersonCounts
from suites.userfile import InputError

MAX_FINDINGS_A_CHECK = 50

_LEAKS = ("leaked_dialogue", "leaked_reply", "leaked_run")


class Finding(Record):
    """Something wrong with a suite. As text it reads as an `InputError` does."""

    severity: Severity
    check: str
    """Name of the check that found it, for filters: "empty_turn", "leaked_reply"."""
    problem: str
    """What is wrong and what to do."""
    file: str | None = None
    line: int | None = None
    """From 1; None where the whole file is meant."""
    field: str = ""
    """Path in the line's object; positions in lists count from 0."""

    def __str__(self) -> str:
        return str(InputError(self.problem, file=self.file, line=self.line, field=self.field))


def check_suite(suite: Suite, *, max_findings_a_check: int | None = MAX_FINDINGS_A_CHECK) -> list[Finding]:
    """Find what is wrong with a suite: first in the held-out half, then in the training half, line by line.

    Each half is read once; hashes of the training half's words stay in memory (see `suites.leaks`).

    Args:
        suite: Its header has been read without fault.
        max_findings_a_check: How many findings of one check are listed for each half before the rest is only counted;
            None lists all.
    """
    leak_finder, cards = LeakFinder(suite.header), PersonCards(suite.header)
    training: list[Finding] = []
    if suite.header.train is not None:
        training = list(_cut(_training_findings(suite, leak_finder, cards), max_findings_a_check))
    return [*_cut(_held_out_findings(suite, leak_finder, cards), max_findings_a_check), *training]


def leaks_of(suite: Suite) -> list[Finding]:
    """All dialogues, replies and runs of words that both halves of a suite share."""
    return [finding for finding in check_suite(suite, max_findings_a_check=None) if finding.check in _LEAKS]


def refuse_leaks(leaks: Sequence[Finding], suite: Suite, source: Path | None = None) -> None:
    """See that the halves of a suite share no whole dialogue or reply.

    Args:
        leaks: What `leaks_of` found in it.
        suite: The suite.
        source: Of a new suite, which is not where it will be yet, the file that its held-out dialogues come from.

    Raises:
        InputError: They do; the first held-out dialogue that does is named.
    """
    errors = [leak for leak in leaks if leak.severity == "error"]
    if errors:
        first = errors[0]
        name = next(islice(suite.dialogues(), (first.line or 1) - 1, None)).id
        what = "stands" if first.check == "leaked_dialogue" else f"holds a reply ({first.field}) that stands"
        way = "--allow-leak" if source else "`allow_leak: true` in its header"
        raise InputError(
            f"the dialogue '{name}' {what} in the training half too, and so in all {len(errors):,}; what a candidate was "
            f"trained on does not test it: take them out, or use the suite all the same with {way}, and every report will "
            "say so",
            file=source or first.file,
            line=None if source else first.line,
        )


def _training_findings(suite: Suite, leak_finder: LeakFinder, cards: PersonCards) -> Iterator[Finding]:
    for line, dialogue, findings in _examined_lines(suite, "train", cards):
        yield from findings
        if dialogue is not None:
            leak_finder.learn(line, dialogue)


def _held_out_findings(suite: Suite, leak_finder: LeakFinder, cards: PersonCards) -> Iterator[Finding]:
    dialogues = targets = leaking = 0
    persons = PersonCounts()
    file = ""
    for line, dialogue, findings in _examined_lines(suite, "held_out", cards):
        yield from findings
        if dialogue is None:
            continue
        file = str(suite.file_of("held_out"))
        targets_here = sum(is_target(message, suite.header) for message in dialogue.messages)
        leaks = leak_finder.leaks(dialogue)
        dialogues, targets, leaking = dialogues + 1, targets + targets_here, leaking + bool(leaks)
        if persona := name_of_persona(dialogue, suite.header):
            persons.count(persona, targets_here)
        if not targets_here:
            problem = f"holds no target, so nothing of '{dialogue.id}' is replayed; mark a turn, or take it out"
            yield _finding(Problem("warning", "no_target", "", problem), file, line)
        for leak in leaks:
            yield _finding(_leak_problem(leak, suite.file_of("train"), suite.header.allow_leak), file, line)
    if leaking:
        problem = (
            f"{leaking:,} of {dialogues:,} held-out dialogues ({leaking / dialogues:.1%}) share {RUN_LENGTH} words in a "
            "row or more with the training half, so they test memory; reword one of the halves"
        )
        yield _finding(Problem("warning", "leaking_dialogues", "", problem), file)
    for problem in persons.shortages():
        yield _finding(Problem("warning", "few_replies", "", problem), file)
    if dialogues and not targets:
        problem = "holds no target at all; mark turns with `target`, or set the header's `targets: all`"
        yield _finding(Problem("error", "no_target_at_all", "", problem), file)


def _examined_lines(
    suite: Suite, half: Half, cards: PersonCards
) -> Iterator[tuple[int, Dialogue | None, list[Finding]]]:
    """Each line of a half by number: its dialogue, if it could be read, and what is wrong with it by itself.

    What is wrong with the file as a whole comes with the number 0.
    """
    line_of_content: dict[int, int] = {}
    line = 0
    try:
        file = str(suite.file_of(half))
        if half == "train" and file == str(suite.file_of("held_out")):
            raise suite.document.error("is the held-out half too; nothing may be trained on what is tested", (half,))
        for line, dialogue in suite.dialogues_or_errors(half):
            if isinstance(dialogue, list):
                yield line, None, [_unreadable(error) for error in dialogue]
                continue
            problems = list(problems_of(dialogue, suite.header))
            first_line = line_of_content.setdefault(_content_hash(dialogue), line)
            if first_line != line:
                problem = f"is the same, turn by turn, as the dialogue in line {first_line}; take one of the two out"
                problems.append(Problem("warning", "same_messages", "messages", problem))
            if (error := cards.take(dialogue, suite.file_of(half), line)) is not None:
                problems.append(Problem("error", "second_card", error.field, error.problem))
            yield line, dialogue, [_finding(problem, file, line) for problem in problems]
        if not line:
            raise InputError("holds no dialogue; write one JSON object a line", file=file)
    except InputError as error:
        yield 0, None, [_unreadable(error)]


def _unreadable(error: InputError) -> Finding:
    return _finding(Problem("error", "unreadable", error.field, error.problem), error.file, error.line)


def _finding(problem: Problem, file: str | None, line: int | None = None) -> Finding:
    return Finding(**problem._asdict(), file=file, line=line)


def _content_hash(dialogue: Dialogue) -> int:
    turns = tuple((turn.role, turn.content, str(turn.tool_calls)) for turn in dialogue.messages)
    return hash((dialogue.facts, dialogue.persona, turns))


def _leak_problem(leak: Leak, training_file: Path, is_allowed: bool) -> Problem:
    other = f"{training_file}:{leak.training_line}"
    severity: Severity = "warning" if is_allowed else "error"
    match leak.kind:
        case "dialogue":
            return Problem(severity, "leaked_dialogue", leak.field, f"is the same dialogue as in {other}; take one out")
        case "reply":
            return Problem(
                severity, "leaked_reply", leak.field, f"is the same reply as in {other}; reword one of the two"
            )
        case "run":
            shared = f"{leak.words.count(' ') + 1} words in a row with {other}: '{leak.words}'"
            return Problem("warning", "leaked_run", leak.field, f"shares {shared}; reword one of the two")


def _cut(findings: Iterable[Finding], limit: int | None) -> Iterator[Finding]:
    """The findings, but of each check only the first `limit`, and then how many more there are."""
    counts: Counter[tuple[str, Severity]] = Counter()
    file = None
    for finding in findings:
        counts[finding.check, finding.severity] += 1
        file = finding.file
        if limit is None or counts[finding.check, finding.severity] <= limit:
            yield finding
    for (check, severity), count in counts.items():
        if limit is not None and count > limit:
            yield _finding(
                Problem(severity, check, "", f"and {count - limit:,} more findings of the check '{check}'"), file
            )
