"""Checking a whole suite: everything that is wrong with it at once, each with its file, line and field.

What is wrong with single lines comes from `suites.loading`, with single dialogues from `suites.dialogue_checks`;
duplicates and leaks between the halves are found here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from suites.cases import is_target
from suites.dialogue import Dialogue, Record
from suites.dialogue_checks import Severity, problems_of
from suites.leaks import RUN_LENGTH, Leak, LeakFinder
from suites.loading import Half, Suite
from suites.userfile import InputError

MAX_FINDINGS_A_CHECK = 50


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
    leak_finder = LeakFinder(suite.header)
    training: list[Finding] = []
    if suite.header.train is not None:
        training = list(_cut(_training_findings(suite, leak_finder), max_findings_a_check))
    return [*_cut(_held_out_findings(suite, leak_finder), max_findings_a_check), *training]


def _training_findings(suite: Suite, leak_finder: LeakFinder) -> Iterator[Finding]:
    for line, dialogue, findings in _examined_lines(suite, "train"):
        yield from findings
        if dialogue is not None:
            leak_finder.learn(line, dialogue)


def _held_out_findings(suite: Suite, leak_finder: LeakFinder) -> Iterator[Finding]:
    dialogues = targets = leaking = 0
    file = ""
    for line, dialogue, findings in _examined_lines(suite, "held_out"):
        yield from findings
        if dialogue is None:
            continue
        file = str(suite.file_of("held_out"))
        targets_here = sum(is_target(message, suite.header) for message in dialogue.messages)
        leaks = leak_finder.leaks(dialogue)
        dialogues, targets, leaking = dialogues + 1, targets + targets_here, leaking + bool(leaks)
        if not targets_here:
            problem = f"holds no target, so nothing of '{dialogue.id}' is replayed; mark a turn, or take it out"
            yield Finding(severity="warning", check="no_target", problem=problem, file=file, line=line)
        for leak in leaks:
            yield _leak_finding(leak, suite, file, line)
    if leaking:
        problem = (
            f"{leaking:,} of {dialogues:,} held-out dialogues ({leaking / dialogues:.1%}) share {RUN_LENGTH} words in a "
            "row or more with the training half, so they test memory; reword one of the halves"
        )
        yield Finding(severity="warning", check="leaking_dialogues", problem=problem, file=file)
    if dialogues and not targets:
        problem = "holds no target at all; mark turns with `target`, or set the header's `targets: all`"
        yield Finding(severity="error", check="no_target_at_all", problem=problem, file=file)


def _examined_lines(suite: Suite, half: Half) -> Iterator[tuple[int, Dialogue | None, list[Finding]]]:
    """Each line of a half by number: its dialogue, if it could be read, and what is wrong with it by itself.

    What is wrong with the file as a whole comes with the number 0.
    """
    line_of_messages: dict[int, int] = {}
    line = 0
    try:
        file = str(suite.file_of(half))
        if half == "train" and file == str(suite.file_of("held_out")):
            raise suite.document.error("is the held-out half too; nothing may be trained on what is tested", (half,))
        for line, dialogue in suite.dialogues_or_errors(half):
            if isinstance(dialogue, list):
                yield line, None, [_unreadable(error) for error in dialogue]
                continue
            findings = [
                Finding(
                    severity=found.severity,
                    check=found.check,
                    problem=found.problem,
                    file=file,
                    line=line,
                    field=found.field,
                )
                for found in problems_of(dialogue, suite.header)
            ]
            first_line = line_of_messages.setdefault(_content_hash(dialogue), line)
            if first_line != line:
                problem = f"is the same, turn by turn, as the dialogue in line {first_line}; take one of the two out"
                findings.append(
                    Finding(
                        severity="warning",
                        check="same_messages",
                        problem=problem,
                        file=file,
                        line=line,
                        field="messages",
                    )
                )
            yield line, dialogue, findings
        if not line:
            raise InputError("holds no dialogue; write one JSON object a line", file=file)
    except InputError as error:
        yield 0, None, [_unreadable(error)]


def _unreadable(error: InputError) -> Finding:
    return Finding(
        severity="error", check="unreadable", problem=error.problem, file=error.file, line=error.line, field=error.field
    )


def _content_hash(dialogue: Dialogue) -> int:
    turns = tuple((turn.role, turn.content, str(turn.tool_calls)) for turn in dialogue.messages)
    return hash((dialogue.facts, dialogue.persona, turns))


def _leak_finding(leak: Leak, suite: Suite, file: str, line: int) -> Finding:
    other = f"{suite.file_of('train')}:{leak.training_line}"
    severity: Severity = "warning" if leak.kind == "run" else "error"
    match leak.kind:
        case "dialogue":
            problem = f"is the same dialogue as in {other}; take one of the two out"
        case "reply":
            problem = f"is the same reply as in {other}; reword one of the two"
        case "run":
            shared = f"{leak.words.count(' ') + 1} words"
            problem = f"shares {shared} in a row with {other}: '{leak.words}'; reword one of the two"
    return Finding(
        severity=severity, check=f"leaked_{leak.kind}", problem=problem, file=file, line=line, field=leak.field
    )


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
            yield Finding(
                severity=severity,
                check=check,
                problem=f"and {count - limit:,} more findings of the check '{check}'",
                file=file,
            )
