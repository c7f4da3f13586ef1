"""What may be wrong with one dialogue that could be read: its turns, its targets and what is expected of them.

What only shows beside other dialogues, duplicates and leaks, is found in `suites.checking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from suites.cases import is_target, references_of, with_system_prompt
from suites.dialogue import Dialogue, DialogueAct, Expectation, Mention, Message, SuiteHeader
from suites.tool_calls import name_of_tool
from suites.words import words_of

Severity = Literal["error", "warning"]
"""`error`: the suite cannot be run, or its scores would be wrong. `warning`: probably not what was meant."""


class Problem(NamedTuple):
    """Something wrong with a dialogue."""

    severity: Severity
    check: str
    """Name of the check that found it: "empty_turn"."""
    field: str
    problem: str
    """What is wrong and what to do."""


def problems_of(dialogue: Dialogue, header: SuiteHeader) -> Iterator[Problem]:
    """Everything that is wrong with a dialogue, turn by turn."""
    yield from _turn_order(dialogue)
    yield from _tools(dialogue)
    for turn, message in enumerate(dialogue.messages):
        place = f"messages.{turn}"
        last = turn == len(dialogue.messages) - 1
        yield from _empty_turn(message, place, last)
        if is_target(message, header):
            nothing_before = turn == 0 and not _has_prompt(dialogue, header)
            yield from _target(message, place, nothing_before)
        elif message.target is not None:
            yield Problem(
                "error",
                "wrong_role",
                f"{place}.target",
                f"marks a turn of the role '{message.role}', but candidates answer as '{header.target_role}'; mark their "
                "turns, or set the header's `target_role`",
            )


def _has_prompt(dialogue: Dialogue, header: SuiteHeader) -> bool:
    return with_system_prompt(dialogue, header)[0].role == "system"


def _turn_order(dialogue: Dialogue) -> Iterator[Problem]:
    calls: set[str] = set()
    for turn, (before, message) in enumerate(pairwise(dialogue.messages), start=1):
        place = f"messages.{turn}"
        calls.update(str(call.get("id")) for call in before.tool_calls or ())
        if message.role == "system":
            yield Problem("error", "late_system", place, "is a system message after the first turn; put it first")
        elif message.role == before.role and message.role != "tool" and not before.tool_calls:
            yield Problem(
                "warning",
                "same_role",
                place,
                f"is a second turn of the role '{message.role}' in a row, which many chat templates refuse; join the two",
            )
        if message.role == "tool" and (message.tool_call_id or "None") not in calls:
            yield Problem(
                "warning", "tool_call", place, "answers no tool call of a turn before it; give it that call's id"
            )


def _tools(dialogue: Dialogue) -> Iterator[Problem]:
    """Calls of tools that the dialogue, which defines some, does not define."""
    names = [name_of_tool(tool) for tool in dialogue.tools]
    for turn, message in enumerate(dialogue.messages):
        for number, call in enumerate(message.tool_calls or ()):
            if names and name_of_tool(call) not in names:
                place = f"messages.{turn}.tool_calls.{number}"
                problem = f"calls no tool that `tools` defines: {', '.join(map(str, names))}"
                yield Problem("warning", "tool_call", place, problem)


def _empty_turn(message: Message, place: str, last: bool) -> Iterator[Problem]:
    """A target at the end may be empty: its references say what it should be."""
    if message.content.strip() or message.tool_calls or message.role == "tool":
        return
    if message.target is None:
        yield Problem(
            "error", "empty_turn", f"{place}.content", "is an empty turn; write what is said, or leave it out"
        )
    elif message.target.references and not last:
        yield Problem(
            "warning",
            "empty_turn",
            f"{place}.content",
            "is an empty turn in the history of those after it; make its best reference its content",
        )


def _target(message: Message, place: str, nothing_before: bool) -> Iterator[Problem]:
    references = references_of(message)
    if not references:
        yield Problem(
            "error", "no_reference", place, "is a target with neither content nor references; give it a good reply"
        )
    if nothing_before:
        yield Problem(
            "error",
            "no_context",
            place,
            "is a target with nothing before it; give the suite or the dialogue a system prompt",
        )
    if message.target is None:
        return
    yield from _repeated_references(message, place)
    for problem in _expectation_problems(message.target.expectation, references):
        yield problem._replace(field=f"{place}.target.{problem.field}")


def _repeated_references(message: Message, place: str) -> Iterator[Problem]:
    seen = {words_of(message.content): "the turn's own content"} if message.content.strip() else {}
    for number, reference in enumerate(message.target.references if message.target else ()):
        words = words_of(reference)
        if words and words in seen:
            yield Problem(
                "warning",
                "repeated_reference",
                f"{place}.target.references.{number}",
                f"says the same, word for word, as {seen[words]}; take it out",
            )
        seen.setdefault(words, f"references.{number}")


def _expectation_problems(expectation: Expectation, references: Sequence[str]) -> Iterator[Problem]:
    """Expectations that no reply can meet, and references that do not meet them. Fields are below the target.

    Words are compared as they are, not by their stems: what is found here is certain, and not all there is.
    """
    forbidden = [phrase for mention in expectation.must_not_mention for phrase in _phrases(mention)]
    wanted = [(f"must_mention.{i}", mention) for i, mention in enumerate(expectation.must_mention)]
    wanted += [(f"order.{i}.item", line.item) for i, line in enumerate(expectation.order)]
    for field, mention in wanted:
        if clash := _clash(mention, forbidden):
            problem = f"'{clash[0]}' must be mentioned here and '{clash[1]}' must not be, by must_not_mention"
            yield Problem("error", "expectation", f"expectation.{field}", problem)
    known = [phrase for mention in expectation.said_already for phrase in _phrases(mention)]
    for i, mention in enumerate(expectation.missing):
        if clash := _clash(mention, known):
            problem = f"'{clash[0]}' is missing here and '{clash[1]}' was said already, by said_already"
            yield Problem("error", "expectation", f"expectation.missing.{i}", problem)
    if expectation.missing and expectation.act is DialogueAct.CHAT:
        problem = "something is missing, so the act that is due is hardly 'chat'"
        yield Problem("warning", "expectation", "expectation.act", problem)
    for reference in references:
        for phrase in forbidden:
            if _holds(reference, phrase):
                problem = f"forbids '{phrase}', which the good reply '{reference}' holds"
                yield Problem("error", "expectation", "expectation.must_not_mention", problem)


def _clash(mention: Mention, against: Sequence[str]) -> tuple[str, str] | None:
    """A phrase of `mention` and the one of `against` that it holds, if all its alternatives hold one."""
    clashes = [next(((p, other) for other in against if _holds(p, other)), None) for p in _phrases(mention)]
    return clashes[0] if None not in clashes else None


def _phrases(mention: Mention) -> tuple[str, ...]:
    return (mention,) if isinstance(mention, str) else mention


def _holds(text: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand next to each other in `text`."""
    words = " ".join(words_of(phrase))
    return bool(words) and f" {words} " in f" {' '.join(words_of(text))} "
