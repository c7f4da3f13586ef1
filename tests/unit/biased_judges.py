"""Judge models whose weakness is known exactly, for the probes. Holds no tests."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quoted_parts import unquoted

from judges.prompting.tags import parts_in
from judges.structured_output import StructuredOutput

PASSES = ("yes", "да", "1")
FAILS = ("no", "нет", "2")


@dataclass(frozen=True)
class Seen:
    """What a judge model sees of one prompt."""

    task: str
    """All that stands before the case."""
    parts: Mapping[str, str]
    """The parts of the case by their tags."""

    @property
    def reply(self) -> str:
        return self.parts["reply"]

    def first_listed(self, *answers: str) -> str:
        """The answer that is named first where the judge is told how to answer."""
        found = re.search(r"(?:Answer only|Ответь только): (\w+)", self.task)
        assert found and found[1] in answers
        return found[1]


@dataclass
class BiasedJudgeModel:
    """Passes a reply with the probability that a rule gives it, and always says the same when it replies itself."""

    rule: Callable[[Seen], float]
    own_reply: str = "Indeed."
    identity: str = "biased@00000000"
    asked: list[Seen] = field(default_factory=list)

    async def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        structure: StructuredOutput | None = None,
    ) -> str:
        return self.own_reply

    async def label_logprobs(self, messages: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> tuple[float, ...]:
        last = messages[-1]["content"]
        seen = Seen(
            task=messages[0]["content"].partition("<")[0] if len(messages) > 1 else last.partition("<")[0],
            parts={part.tag: unquoted(part.text) for part in parts_in(last)},
        )
        self.asked.append(seen)
        passing = self.rule(seen)
        shares = {**dict.fromkeys(PASSES, passing), **dict.fromkeys(FAILS, 1 - passing)}
        return tuple(math.log(share) if (share := shares.get(label, 0.0)) else -math.inf for label in labels)


def likes_the_first_answer(by: float) -> Callable[[Seen], float]:
    """Gives the answer that is listed first a probability of `by`."""

    def rule(seen: Seen) -> float:
        return by if seen.first_listed("yes", "no", "да", "нет") in ("yes", "да") else 1 - by

    return rule


def likes_length(words: int) -> Callable[[Seen], float]:
    """Passes replies with more words than that."""
    return lambda seen: float(len(seen.reply.split()) > words)


def goes_by(pattern: str) -> Callable[[Seen], float]:
    """Passes replies in which a regular expression is found."""
    return lambda seen: float(bool(re.search(pattern, seen.reply)))


def goes_by_references(seen: Seen) -> float:
    """Passes replies that stand among the references; without any it passes none."""
    return float(seen.reply in seen.parts.get("references", ""))
