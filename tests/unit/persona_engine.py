"""An engine that imitates the persons of `persona_suite`, without a model. Holds no tests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from persona_suite import MANNERS, Scribe

from harness.engines.engine import (
    ChatMessages,
    Completion,
    EngineError,
    ModelIdentity,
    Request,
    RequestError,
    TokenLogprobs,
)


class WordEngine:
    """Writes in the manner of the person that a candidate is named after, and finds the words of that manner likely."""

    concurrency = 4
    replicas = 1

    def __init__(self, dies_after: int | None = None, broken: str | None = None, weights: str = "w") -> None:
        self.scored: list[tuple[str, str]] = []
        self._scribe = Scribe(seed=3)
        self._dies_after = dies_after
        self._broken = broken
        self._weights = weights

    async def check(self) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    def identity(self, candidate: str) -> ModelIdentity:
        return ModelIdentity(name=candidate, base=self._weights, adapter=candidate)

    async def complete(self, request: Request) -> Completion:
        person = request.candidate.partition(".")[0] if not request.candidate.endswith("prompt_only") else "vera"
        return Completion(text=self._scribe.reply(person if person in MANNERS else "vera"), finish_reason="stop")

    async def label_logprobs(self, candidate: str, messages: ChatMessages, labels: Sequence[str]) -> tuple[float, ...]:
        raise RequestError("no")

    async def score(
        self, candidate: str, messages: ChatMessages, text: str, *, replica: int | None = None
    ) -> TokenLogprobs:
        if self._dies_after is not None and len(self.scored) >= self._dies_after:
            raise EngineError("the engine is gone")
        if candidate == self._broken:
            raise RequestError("too long")
        await asyncio.sleep(0)
        self.scored.append((candidate, text))
        known = " ".join(MANNERS.get(candidate, ()))
        words = tuple(text.split())
        return TokenLogprobs(words, tuple(-0.5 if word in known else -2.0 for word in words))
