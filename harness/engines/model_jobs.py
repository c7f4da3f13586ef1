"""What the `transformers` engine asks of its model: write a reply, score one, or tell labels apart; each job and its batch."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engines.chat_prompts import ChatPrompts
from harness.engines.engine import FinishReason, Sampling
from harness.engines.structure_matching import StructureMatcher

if TYPE_CHECKING:
    from harness.engines.decoding import Writing


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """Says where a reply ends."""

    prompts: ChatPrompts
    end_tokens: frozenset[int]
    stop: tuple[str, ...]
    """Texts that end the reply and are no part of it."""

    def is_reached(self, tokens: Sequence[int]) -> bool:
        """Whether the last token ends the reply."""
        return tokens[-1] in self.end_tokens or self._ends_with_stop(tokens)

    def _ends_with_stop(self, tokens: Sequence[int]) -> bool:
        if not self.stop:
            return False
        longest = max(len(stop.encode()) for stop in self.stop)
        tail = self.prompts.text(tokens[-longest - 1 :])  # a token is at least one byte
        return any(stop in tail for stop in self.stop)

    def cut(self, tokens: Sequence[int]) -> tuple[str, FinishReason]:
        """The reply's text and why it ends there."""
        if tokens[-1] in self.end_tokens:
            return self.prompts.text(tokens[:-1]), "stop"
        text = self.prompts.text(tokens)
        ends = [index for stop in self.stop if (index := text.find(stop)) >= 0]
        return (text[: min(ends)], "stop") if ends else (text, "length")


@dataclass(frozen=True, slots=True)
class WriteJob:
    """A reply to be written."""

    tokens: list[int]
    new_tokens: int
    adapter: Path | None
    sampling: Sampling
    seed: int
    end: ReplyEnd
    matcher: StructureMatcher | None = None

    @property
    def group(self) -> Hashable:
        """Replies that are drawn in the same way share a batch."""
        return type(self), self.adapter, self.sampling

    @staticmethod
    def run(model: Any, jobs: Sequence[WriteJob], closing: threading.Event) -> Iterator[tuple[int, Writing]]:
        """Write all replies, giving each as soon as it is finished."""
        from harness.engines.decoding import Writing, write  # noqa: PLC0415 - imports torch

        writings = [Writing(job.tokens, job.new_tokens, job.seed, job.end.is_reached, job.matcher) for job in jobs]
        for index in write(model, writings, jobs[0].sampling, closing):
            yield index, writings[index]


@dataclass(frozen=True, slots=True)
class _ReadJob:
    """Tokens to be read, with nothing to be written."""

    tokens: list[int]
    adapter: Path | None
    new_tokens = 0

    @property
    def group(self) -> Hashable:
        """All of one kind and one adapter share a batch."""
        return type(self), self.adapter


@dataclass(frozen=True, slots=True)
class ScoreJob(_ReadJob):
    """A reply to be read: the last `length` of `tokens`."""

    length: int

    @staticmethod
    def run(model: Any, jobs: Sequence[ScoreJob], _: threading.Event) -> Iterator[tuple[int, tuple[float, ...]]]:
        """Log-probability of each token of each reply."""
        from harness.engines.decoding import reply_logprobs  # noqa: PLC0415 - imports torch

        yield from enumerate(reply_logprobs(model, [job.tokens for job in jobs], [job.length for job in jobs]))


@dataclass(frozen=True, slots=True)
class LabelJob(_ReadJob):
    """A prompt after which one of the tokens `labels` may come."""

    labels: Sequence[int]

    @staticmethod
    def run(model: Any, jobs: Sequence[LabelJob], _: threading.Event) -> Iterator[tuple[int, tuple[float, ...]]]:
        """Log-probability of each label after each prompt."""
        from harness.engines.decoding import label_logprobs  # noqa: PLC0415 - imports torch

        yield from enumerate(label_logprobs(model, [job.tokens for job in jobs], [job.labels for job in jobs]))


ModelJob = WriteJob | ScoreJob | LabelJob
