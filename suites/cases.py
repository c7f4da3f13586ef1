"""Turning dialogues into cases: one case for each target turn, with the true history before it."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from suites.dialogue import Dialogue, Expectation, Message, Persona, Record, SuiteHeader, Target
from suites.loading import Half, Suite
from suites.userfile import InputError

_SWAPPED_ROLES = {"user": "assistant", "assistant": "user"}


class Case(Record):
    """One turn to be produced: what the model sees and what is expected of its reply."""

    id: str
    """`<dialogue id>#<index of the target turn>`, unique in the suite."""
    dialogue_id: str
    turn: int
    """Index of the target turn in the dialogue's messages, from 0."""
    messages: tuple[Message, ...]
    """The turns before the target, teacher-forced, system prompt first; roles as the model sees them."""
    tools: tuple[dict[str, Any], ...] = ()
    """Definitions of the tools that the model may call."""
    references: tuple[str, ...]
    """Good replies, the dialogue's own turn first."""
    expectation: Expectation
    tags: tuple[str, ...]
    facts: tuple[str, ...]
    language: str
    persona: Persona | None

    def messages_for_model(self) -> list[dict[str, Any]]:
        """`messages` as chat templates and endpoints take them."""
        return [message.for_model() for message in self.messages]


def cases_of(suite: Suite, half: Half = "held_out", only: Collection[str] | None = None) -> Iterator[Case]:
    """The cases of one half of a suite, dialogue by dialogue; of the dialogues with the ids `only`, if given.

    Raises:
        InputError: A line cannot be read, or the half holds no dialogue or no target at all.
    """
    dialogues = cases = 0
    for dialogue in suite.dialogues(half):
        dialogues += 1
        if only is not None and dialogue.id not in only:
            continue
        for case in cases_of_dialogue(dialogue, suite.header):
            cases += 1
            yield case
    if not dialogues:
        raise InputError("holds no dialogue; write one JSON object a line", file=suite.file_of(half))
    if not cases:
        raise InputError(
            f"holds no target turn; mark turns of the role '{suite.header.target_role}' with `target`, or set "
            "`targets: all` in the suite's header",
            file=suite.file_of(half),
        )


def shuffled_cases_of(suite: Suite, seed: int, only: Collection[str] | None = None) -> Iterator[Case]:
    """The cases of the held-out half, dialogue by dialogue, in a random order that a seed and the dialogues' ids fix.

    All dialogues are in memory meanwhile.

    Args:
        suite: The suite.
        seed: Another one gives another order.
        only: Ids of the dialogues; all of them if not given.

    Raises:
        InputError: A line cannot be read.
    """
    dialogues = [dialogue for dialogue in suite.dialogues() if only is None or dialogue.id in only]
    dialogues.sort(key=lambda dialogue: hashlib.sha256(f"{seed} {dialogue.id}".encode()).digest())
    for dialogue in dialogues:
        yield from cases_of_dialogue(dialogue, suite.header)


def cases_of_dialogue(dialogue: Dialogue, header: SuiteHeader) -> Iterator[Case]:
    """The cases of one dialogue, in the order of its turns."""
    for turn, message in enumerate(dialogue.messages):
        if not is_target(message, header):
            continue
        target = message.target or Target()
        yield Case(
            id=f"{dialogue.id}#{turn}",
            dialogue_id=dialogue.id,
            turn=turn,
            messages=messages_for_model(dialogue, header, turn),
            tools=tools_for_model(dialogue, header),
            references=references_of(message),
            expectation=target.expectation,
            tags=tuple(dict.fromkeys(dialogue.tags + target.tags)),
            facts=dialogue.facts,
            language=dialogue.language or header.language,
            persona=persona_of(dialogue, header),
        )


def persona_of(dialogue: Dialogue, header: SuiteHeader) -> Persona | None:
    """The card of who speaks in the target turns: the dialogue's, else the suite's, if either has one."""
    persona = dialogue.persona or header.persona
    return header.personas[persona] if isinstance(persona, str) else persona


def name_of_persona(dialogue: Dialogue, header: SuiteHeader) -> str | None:
    """What whoever speaks in the target turns is called: the name in the suite, or that on the dialogue's own card."""
    persona = dialogue.persona or header.persona
    return persona.name if isinstance(persona, Persona) else persona


def references_of(message: Message) -> tuple[str, ...]:
    """The good wordings of a target turn: its own, if it has one, then its further references, each once."""
    own = (message.content,) if message.content.strip() else ()
    return tuple(dict.fromkeys(own + (message.target or Target()).references))


def messages_for_model(dialogue: Dialogue, header: SuiteHeader, turns: int | None = None) -> tuple[Message, ...]:
    """The dialogue as a model sees it: system prompt first, roles swapped if the suite says so, no target marks.

    Args:
        dialogue: The dialogue.
        header: The suite's.
        turns: How many of the dialogue's messages; all if not given.
    """
    messages = with_system_prompt(dialogue, header)
    if turns is not None:
        messages = messages[: len(messages) - len(dialogue.messages) + turns]
    if header.target_role == "user":
        return tuple(_from_the_other_side(messages))
    return tuple(message.model_copy(update={"target": None}) for message in messages)


def tools_for_model(dialogue: Dialogue, header: SuiteHeader) -> tuple[dict[str, Any], ...]:
    """The tools that a model may call: the dialogue's, but none for one that takes the human's part."""
    return dialogue.tools if header.target_role == "assistant" else ()


def _from_the_other_side(messages: Iterable[Message]) -> Iterator[Message]:
    """Messages with their roles swapped, as the human knows them: what was said, but no tool's calls and results.

    What an assistant says before and after the use of a tool becomes one turn.
    """
    before: Message | None = None
    is_joined = False
    for message in messages:
        if message.role == "tool" or (message.tool_calls and not message.content.strip()):
            is_joined = True
            continue
        role = _SWAPPED_ROLES.get(message.role, message.role)
        seen = message.model_copy(update={"role": role, "target": None, "tool_calls": None})
        if before is not None and is_joined and before.role == role:
            before = before.model_copy(update={"content": f"{before.content}\n{seen.content}"})
        else:
            if before is not None:
                yield before
            before = seen
        is_joined = False
    if before is not None:
        yield before


def is_target(message: Message, header: SuiteHeader) -> bool:
    """Whether candidates have to produce this turn: a marked one, or any that says something if all are targets."""
    if message.role != header.target_role:
        return False
    return message.target is not None or (header.targets == "all" and bool(message.content.strip()))


def with_system_prompt(dialogue: Dialogue, header: SuiteHeader) -> tuple[Message, ...]:
    """The dialogue's messages, opened by its own system message or the suite's, with the dialogue's facts appended."""
    first, rest = dialogue.messages[0], dialogue.messages[1:]
    own = first.role == "system"
    prompt = "\n".join(filter(None, (first.content if own else header.system, *dialogue.facts)))
    if not prompt:
        return dialogue.messages
    return (Message(role="system", content=prompt), *(rest if own else dialogue.messages))


def sample_of_dialogues(suite: Suite, size: int) -> frozenset[str]:
    """Ids of `size` held-out dialogues, chosen by the hash of their ids: the same ones every time, wherever they stand.

    Raises:
        InputError: A line cannot be read.
    """
    ids = (dialogue.id for dialogue in suite.dialogues())
    return frozenset(heapq.nsmallest(size, ids, key=lambda name: hashlib.sha256(name.encode()).digest()))
