"""What a suite is made of: messages, dialogues, target turns and what is expected of them.

Nothing here reads files (see `suites.loading`) or turns dialogues into cases (see `suites.cases`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["system", "user", "assistant", "tool"]

NonBlank = Annotated[str, Field(min_length=1, pattern=r"\S")]

Mention = NonBlank | Annotated[tuple[NonBlank, ...], Field(min_length=1)]
"""A phrase, or several phrases of which any one will do (`["oat milk", "oat"]`)."""


class Record(BaseModel):
    """Base of everything that is read from or written to a file: frozen and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class OrderLine(Record):
    """One line of an order: how many of what."""

    item: Mention
    quantity: Annotated[int, Field(ge=1)] = 1


class Expectation(Record):
    """What a good reply to one target turn does, whatever its wording.

    Phrases are matched by word stems, without regard to case, in the suite's language.
    """

    act: DialogueAct | None = None
    must_mention: tuple[Mention, ...] = ()
    must_not_mention: tuple[Mention, ...] = ()
    missing: tuple[Mention, ...] = ()
    """What the customer has not said yet. A good question asks for at least one of these."""
    said_already: tuple[Mention, ...] = ()
    """What the customer has said. A reply that asks for one of these again suffers from amnesia."""
    order: tuple[OrderLine, ...] = ()
    """The lines a confirmation must name, each with its quantity."""


class Target(Record):
    """Marks a turn as one that candidates have to produce.

    The turn's own content is always the first reference; `references` are further good wordings.
    """

    references: tuple[NonBlank, ...] = ()
    expectation: Expectation = Expectation()
    tags: tuple[NonBlank, ...] = ()


class Message(Record):
    """One turn in the OpenAI / TRL convention, with an optional mark that makes it a target."""

    role: Role
    content: str = ""
    name: str | None = None
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None
    target: Target | None = None

    def for_model(self) -> dict[str, Any]:
        """The message as chat templates and endpoints take it: set fields only, without the target mark."""
        return self.model_dump(mode="json", exclude={"target"}, exclude_none=True)


class Dialogue(Record):
    """A whole conversation. All statistics take the dialogue as the cluster of its cases."""

    id: NonBlank
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    tags: tuple[NonBlank, ...] = ()
    facts: tuple[NonBlank, ...] = ()
    """What is true in this dialogue beyond the suite's system prompt ("Sold out today: bagels.");
    appended to the system prompt, one a line."""
    language: str | None = None
    persona: str | None = None


class Persona(Record):
    """A card that says how one certain person or character answers."""

    name: NonBlank
    description: NonBlank
    facts: tuple[NonBlank, ...] = ()
    manner: tuple[NonBlank, ...] = ()
    samples: tuple[NonBlank, ...] = ()


class SuiteHeader(Record):
    """The YAML file of a suite: everything but the dialogues."""

    schema_version: Annotated[Literal[1], Field(alias="schema")] = 1
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    version: NonBlank = "1"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")] = "en"
    """A BCP 47 language tag; `en` and `ru` have tokenizers and stemmers of their own."""
    description: str = ""
    licence: str = ""
    system: str = ""
    """System prompt of every dialogue that does not open with a system message of its own."""
    target_role: Literal["assistant", "user"] = "assistant"
    """`user` swaps the roles: the model takes the human's part."""
    targets: Literal["marked", "all"] = "marked"
    """`marked`: only turns with a `target`; `all`: every turn of the target role."""
    held_out: NonBlank
    """The dialogues that candidates are tested on: a JSONL file beside the header."""
    train: NonBlank | None = None
    """The dialogues that candidates may be trained on: a JSONL file beside the header."""
    personas: dict[NonBlank, Persona] = {}

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
