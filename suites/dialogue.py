"""What a suite is made of: messages, dialogues, target turns and what is expected of them.

Nothing here reads files (see `suites.loading`) or turns dialogues into cases (see `suites.cases`).
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from suites.tool_calls import ToolDefinition

Role = Literal["system", "user", "assistant", "tool"]

NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]

Mention = NonBlank | Annotated[tuple[NonBlank, ...], Field(min_length=1)]
"""A phrase, or several phrases of which any one will do (`["oat milk", "oat"]`)."""

_LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"


def _check_language_tag(value: str) -> str:
    if not re.fullmatch(_LANGUAGE_TAG, value):
        raise ValueError("must be a language tag such as en, ru or pt-BR")
    return value


LanguageTag = Annotated[
    str, AfterValidator(_check_language_tag), WithJsonSchema({"type": "string", "pattern": _LANGUAGE_TAG})
]
"""A BCP 47 language tag."""

_FILE_NAME = r"^[A-Za-z0-9_.-]+$"


def _check_suite_name(value: str) -> str:
    if not re.fullmatch(_FILE_NAME, value):
        raise ValueError("must consist of the letters A to Z, digits, '_', '-' and '.', since it names files")
    return value


class Record(BaseModel):
    """Base of everything that is read from or written to a file: frozen and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UserWritten(Record):
    """Base of what users write by hand: the docstrings of its fields go into the JSON Schema that editors show."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class DialogueAct(StrEnum):
    """What a turn of the one who leads the dialogue does (its main act, one a turn)."""

    CLARIFY = "clarify"
    """Asks for something that is missing or ambiguous."""
    CONFIRM = "confirm"
    """Repeats what was agreed, to close it or to have it confirmed."""
    INFORM = "inform"
    """Tells a fact: a price, what there is, that something is sold out and what there is instead."""
    REFUSE = "refuse"
    """Declines what cannot or must not be done here."""
    CHAT = "chat"
    """Greets, thanks, makes small talk."""


class OrderLine(UserWritten):
    """One line of an order: how many of what."""

    item: Mention
    """The item's name, or several names of which any one will do."""
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    """How many of it."""


class Expectation(UserWritten):
    """What a good reply to one target turn does, whatever its wording.

    Phrases are matched by word stems, without regard to case, in the suite's language.
    """

    act: DialogueAct | None = None
    """The one main act that is due: clarify, confirm, inform, refuse or chat."""
    must_mention: tuple[Mention, ...] = ()
    """Phrases that every good reply holds."""
    must_not_mention: tuple[Mention, ...] = ()
    """Phrases that no good reply holds."""
    missing: tuple[Mention, ...] = ()
    """What the customer has not said yet. A good question asks for at least one of these."""
    said_already: tuple[Mention, ...] = ()
    """What the customer has said. A reply that asks for one of these again suffers from amnesia."""
    order: tuple[OrderLine, ...] = ()
    """The lines a confirmation must name, each with its quantity."""


class Target(UserWritten):
    """Marks a turn as one that candidates have to produce.

    The turn's own content is always the first reference; `references` are further good wordings.
    """

    references: tuple[NonBlank, ...] = ()
    """Further good wordings of this turn."""
    expectation: Expectation = Expectation()
    """What a good reply does, whatever its wording."""
    tags: tuple[NonBlank, ...] = ()
    """Names to slice results by, beside those of the dialogue."""


class Message(UserWritten):
    """One turn in the OpenAI / TRL convention, with an optional mark that makes it a target."""

    role: Role
    """Who speaks: system, user, assistant or tool."""
    content: str = ""
    """What is said."""
    name: str | None = None
    """The speaker's name, where several speak in one role."""
    tool_calls: tuple[dict[str, Any], ...] | None = None
    """The tools that an assistant turn calls, as the OpenAI convention has them."""
    tool_call_id: str | None = None
    """Which call a tool message answers."""
    target: Target | None = None
    """Marks the turn as one that candidates have to produce."""

    def for_model(self) -> dict[str, Any]:
        """The message as chat templates and endpoints take it: set fields only, without the target mark."""
        return self.model_dump(mode="json", exclude={"target"}, exclude_none=True)


class Persona(UserWritten):
    """A card that says how one certain person or character answers."""

    name: NonBlank
    """What the person is called."""
    description: NonBlank
    """Who it is, in a sentence."""
    facts: tuple[NonBlank, ...] = ()
    """What is true of the person, and must not be contradicted."""
    manner: tuple[NonBlank, ...] = ()
    """How the person talks."""
    samples: tuple[NonBlank, ...] = ()
    """Things the person would say."""


class Dialogue(UserWritten):
    """A whole conversation. All statistics take the dialogue as the cluster of its cases."""

    id: NonBlank
    """Names the dialogue, once in a file."""
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    """The turns, in order."""
    tools: tuple[ToolDefinition, ...] = ()
    """The tools that the assistant may call, as the OpenAI convention has them; rendered by the model's chat template."""
    tags: tuple[NonBlank, ...] = ()
    """Names to slice results by; they hold for all targets of the dialogue."""
    facts: tuple[NonBlank, ...] = ()
    """What is true in this dialogue beyond the suite's system prompt ("Sold out today: bagels.");
    appended to the system prompt, one a line."""
    language: LanguageTag | None = None
    """BCP 47 tag of this dialogue's language; the suite's if not given."""
    persona: NonBlank | Persona | None = None
    """Who speaks in the target turns: the name of one of the suite's personas, or a card of its own; the suite's if not
    given."""
    date: datetime | None = None
    """When it began, by which a suite is split; taken as UTC where it bears no time zone."""


class SuiteHeader(UserWritten):
    """The YAML file of a suite: everything but the dialogues."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    """Version of this file format."""
    name: Annotated[str, AfterValidator(_check_suite_name), WithJsonSchema({"type": "string", "pattern": _FILE_NAME})]
    """Names the suite in reports and run folders."""
    version: NonBlank = "1"
    """The suite's own version, to be raised whenever scores cannot be compared with earlier ones."""
    language: LanguageTag = "en"
    """A BCP 47 language tag; `en` and `ru` have stemmers and phrasebooks of their own."""
    description: str = ""
    """What the suite tests, for readers of a report."""
    licence: str = ""
    """Under which terms the dialogues may be used."""
    system: str = ""
    """System prompt of every dialogue that does not open with a system message of its own."""
    target_role: Literal["assistant", "user"] = "assistant"
    """`user` swaps the roles: the model takes the human's part."""
    targets: Literal["marked", "all"] = "marked"
    """`marked`: only turns with a `target`; `all`: every turn of the target role that says something."""
    held_out: NonBlank
    """The dialogues that candidates are tested on: a JSONL file beside the header."""
    train: NonBlank | None = None
    """The dialogues that candidates may be trained on: a JSONL file beside the header."""
    personas: dict[NonBlank, Persona] = {}
    """Cards of persons or characters, by the name that dialogues and candidates use."""
    persona: NonBlank | None = None
    """Name of the persona that speaks in the target turns of every dialogue that names none."""
    allow_leak: bool = False
    """Marks a suite whose halves share dialogues or replies and are used all the same; every report says so."""
