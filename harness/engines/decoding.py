"""Reading and writing batches of token sequences with one causal language model in torch.

Padding, the key-value cache and the drawing of tokens live here; text, adapters and queues do not. A result depends on
the other rows of its batch by floating-point noise only. To be called where torch records no gradients. Imports torch, so
import it late.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from harness.engines.batching import common_beginning
from harness.engines.engine import EngineError, Sampling
from harness.engines.structure_matching import StructureMatcher

MIN_SHARED_TOKENS = 16
"""A common beginning that is shorter is read with each row: a pass of its own would cost more."""


@dataclass(slots=True)
class Writing:
    """What is written after one prompt, and how far it has come."""

    prompt: list[int]
    limit: int
    """How many tokens may be written."""
    seed: int
    is_finished: Callable[[Sequence[int]], bool]
    """Asked with the tokens so far, after each of them."""
    matcher: StructureMatcher | None = None
    """Says which tokens may come next; all, where there is none."""
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    """Natural log-probability of each token under the model itself, whatever the sampling."""


class _Rows:
    """The state of a batch between two steps: cache, attention mask and the logits of what comes next."""

    def __init__(self, model: Any, sequences: Sequence[list[int]], keep: int = 1) -> None:
        """Read the sequences.

        Args:
            model: The causal language model.
            sequences: Tokens to be read, one row each.
            keep: For how many of the last positions logits are needed; no sequence may be shorter.
        """
        self._model = model
        self._cache = DynamicCache(config=model.config)
        shared = min(common_beginning(sequences), min(map(len, sequences)) - keep)
        if len(sequences) == 1 or shared < MIN_SHARED_TOKENS or not self._cache_can_be_repeated():
            shared = 0
        if shared:
            self._forward(self._tensor([sequences[0][:shared]]), torch.ones(1, shared, dtype=torch.long), keep=1)
            self._cache.batch_repeat_interleave(len(sequences))
        width = max(map(len, sequences)) - shared
        rest = [list(sequence[shared:]) for sequence in sequences]
        # Padding stands on the left, after the common beginning, so that all rows end, and go on, in one column.
        tokens = self._tensor([[0] * (width - len(row)) + row for row in rest])
        mask = [[1] * shared + [0] * (width - len(row)) + [1] * len(row) for row in rest]
        self._mask = torch.tensor(mask)
        self.logits: torch.Tensor = self._forward(tokens, self._mask, keep=keep)
        """Shape (rows, keep, vocabulary), float32."""

    def _cache_can_be_repeated(self) -> bool:
        """Whether every layer keeps all keys and values: true of attention without a window, not of recurrent layers."""
        return all(type(layer) is DynamicLayer for layer in self._cache.layers) and bool(self._cache.layers)

    def _tensor(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(rows, device=self._model.device)

    def _forward(self, tokens: torch.Tensor, mask: torch.Tensor, *, keep: int) -> torch.Tensor:
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        output = self._model(
            input_ids=tokens,
            attention_mask=mask.to(self._model.device),
            position_ids=positions.to(self._model.device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=keep,
        )
        logits: torch.Tensor = output.logits
        return logits.float()

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""
        if len(rows) < self._mask.shape[0]:
            index = torch.tensor(rows)
            self._mask = self._mask[index]
            self._cache.batch_select_indices(index.to(self._model.device))

    def step(self, tokens: Sequence[int]) -> None:
        """Read one more token in each row."""
        self._mask = torch.cat([self._mask, torch.ones(len(tokens), 1, dtype=torch.long)], dim=1)
        self.logits = self._forward(self._tensor([[token] for token in tokens]), self._mask, keep=1)


def label_logprobs(
    model: Any, prompts: Sequence[list[int]], labels: Sequence[Sequence[int]]
) -> list[tuple[float, ...]]:
    """Natural log-probability of each label token right after its prompt.

    Args:
        model: The causal language model.
        prompts: Tokens of each prompt.
        labels: For each prompt, the tokens in question.

    Raises:
        EngineError: The model calculates no numbers.
    """
    logprobs = torch.log_softmax(_Rows(model, prompts).logits[:, -1], dim=-1)
    rows = [tuple(row[list(tokens)].tolist()) for row, tokens in zip(logprobs, labels, strict=True)]
    for row in rows:
        _check_numbers(row)
    return rows


def reply_logprobs(model: Any, sequences: Sequence[list[int]], lengths: Sequence[int]) -> list[tuple[float, ...]]:
    """Natural log-probability of each of the last tokens of each sequence, given all before it.

    Args:
        model: The causal language model.
        sequences: Tokens of prompt and reply, one after the other.
        lengths: For each sequence, how many of its last tokens are the reply; at least one, fewer than all.

    Raises:
        EngineError: The model calculates no numbers.
    """
    keep = max(lengths) + 1
    if keep > min(map(len, sequences)):  # a whole sequence is no longer than another one's reply
        return [reply_logprobs(model, [s], [n])[0] for s, n in zip(sequences, lengths, strict=True)]
    rows = []
    for logits, sequence, length in zip(_Rows(model, sequences, keep).logits, sequences, lengths, strict=True):
        reply = torch.tensor(sequence[-length:], device=logits.device)
        logprobs = torch.log_softmax(logits[-length - 1 : -1], dim=-1)
        rows.append(tuple(logprobs.gather(-1, reply[:, None])[:, 0].tolist()))
        _check_numbers(rows[-1])
    return rows


def write(model: Any, writings: Sequence[Writing], sampling: Sampling, closing: threading.Event) -> Iterator[int]:
    """Write on after each prompt, all at a time, until each is finished.

    Args:
        model: The causal language model.
        writings: What to go on with; the tokens and their log-probabilities are put there.
        sampling: How tokens are drawn.
        closing: Ends the work early when set.

    Yields:
        The index of each writing as soon as it is finished.

    Raises:
        EngineError: The model calculates no numbers.
    """
    rows = _Rows(model, [writing.prompt for writing in writings])
    numbers = [_uniform_numbers(writing) for writing in writings]
    active = list(range(len(writings)))
    for step in range(max(writing.limit for writing in writings)):
        logits = rows.logits[:, -1]
        allowed = _allowed(logits, [writings[index].matcher for index in active])
        tokens = draw(allowed, sampling, [numbers[index][step] for index in active])
        logprobs = logits.gather(-1, tokens[:, None])[:, 0] - logits.logsumexp(-1)
        _check_numbers(logprobs.tolist())
        going_on = []
        for row, (index, token, logprob) in enumerate(zip(active, tokens.tolist(), logprobs.tolist(), strict=True)):
            writing = writings[index]
            writing.tokens.append(token)
            if writing.matcher is not None:
                writing.matcher.consume_token(token)
            writing.logprobs.append(logprob)
            if writing.is_finished(writing.tokens) or len(writing.tokens) == writing.limit:
                yield index
            else:
                going_on.append(row)
        if not going_on or closing.is_set():
            return
        rows.keep(going_on)
        active = [active[row] for row in going_on]
        rows.step([writings[index].tokens[-1] for index in active])


def _allowed(logits: torch.Tensor, matchers: Sequence[StructureMatcher | None]) -> torch.Tensor:
    """The logits, with those at minus infinity that a row's structure does not allow; shape (rows, vocabulary)."""
    if all(matcher is None for matcher in matchers):
        return logits
    allowed = logits.clone()
    for row, matcher in zip(allowed, matchers, strict=True):
        if matcher is not None:
            bias = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)[: len(row)]
            row[: len(bias)].masked_fill_((bias == 0).to(row.device), -torch.inf)
            row[len(bias) :] = -torch.inf  # rows that only pad the model's vocabulary
    return allowed


def _uniform_numbers(writing: Writing) -> list[float]:
    """One number in [0, 1) for each token, from the seed alone: so a reply does not depend on who is in its batch."""
    generator = torch.Generator().manual_seed(writing.seed)
    numbers: list[float] = torch.rand(writing.limit, generator=generator, dtype=torch.float64).tolist()
    return numbers


def draw(logits: torch.Tensor, sampling: Sampling, numbers: Sequence[float]) -> torch.Tensor:
    """Draw one token a row by inverting the cumulative distribution at the row's number.

    Temperature comes first, then `top_k`, then `top_p` of what is left, as in transformers and vLLM. Tokens that are just
    as likely as the last one allowed are allowed too.

    Args:
        logits: Shape (rows, vocabulary), float32.
        sampling: How to draw; at temperature 0 the likeliest token is taken.
        numbers: One a row, in [0, 1).

    Returns:
        Shape (rows,), token ids.
    """
    if sampling.temperature == 0:
        return logits.argmax(-1)
    probabilities = torch.softmax(logits / sampling.temperature, dim=-1)
    if sampling.top_k is not None or sampling.top_p < 1:
        probabilities = probabilities * (probabilities >= _least_allowed(probabilities, sampling))
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    marks = torch.tensor(numbers, dtype=torch.float64, device=logits.device)[:, None] * cumulative[:, -1:]
    return torch.searchsorted(cumulative, marks, right=True)[:, 0]


def _least_allowed(probabilities: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Probability of the least likely token that `top_k` and `top_p` allow; shape (rows, 1)."""
    vocabulary = probabilities.shape[-1]
    size = min(sampling.top_k or 64, vocabulary)
    likeliest = probabilities.topk(size).values
    while sampling.top_k is None and size < vocabulary and bool((likeliest.sum(-1) < sampling.top_p).any()):
        size = min(8 * size, vocabulary)  # sorting the whole vocabulary is slow and seldom needed
        likeliest = probabilities.topk(size).values
    kept = likeliest.sum(-1, keepdim=True) if sampling.top_k is not None else 1.0
    before = likeliest.cumsum(-1) - likeliest
    return likeliest.masked_fill(before >= sampling.top_p * kept, torch.inf).amin(-1, keepdim=True)


def _check_numbers(logprobs: Sequence[float]) -> None:
    if any(map(math.isnan, logprobs)):
        raise EngineError(
            "the model calculates NaN; choose another `dtype` under the engine's options (bfloat16 or float32)"
        )
