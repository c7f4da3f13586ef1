"""Telling what a reasoning model thinks from what it replies, by the tags around its thoughts. Generates nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from suites.dialogue import NonBlank

ReasoningTags = tuple[NonBlank, NonBlank]
"""What begins the thoughts, and what ends them."""

THINK: ReasoningTags = ("<think>", "</think>")
_KNOWN_TAGS: tuple[ReasoningTags, ...] = (THINK, ("<seed:think>", "</seed:think>"), ("[THINK]", "[/THINK]"))

_WHITE_SPACE_TOKENS = 8
"""So many at most are looked for between the tag that ends a prompt and the prompt's end."""


class Spoken(NamedTuple):
    """What a model wrote, in its two parts."""

    reasoning: str | None
    """None where there are no thoughts."""
    reply: str


def tags_in(template: str) -> ReasoningTags | None:
    """The tags that a chat template speaks of, if any."""
    return next((tags for tags in _KNOWN_TAGS if tags[1] in template), None)


def split_text(text: str, tags: ReasoningTags, *, opened: bool = False) -> Spoken:
    """Split a text where its thoughts end. Thoughts come first; tags in the middle of a reply are a part of it.

    Args:
        text: All that was generated.
        tags: What begins the thoughts, and what ends them.
        opened: Whether the prompt has begun the thoughts.

    Returns:
        An empty reply where the thoughts do not end. An end without a beginning ends thoughts that a prompt began which
        cannot be seen here, such as an endpoint's.
    """
    begin, end = tags
    without_begin = text.lstrip().removeprefix(begin)
    begun = opened or without_begin != text.lstrip()
    reasoning, ended, reply = without_begin.partition(end)
    if not begun and (not ended or begin in text):
        return Spoken(None, text)
    return Spoken(reasoning.strip(), reply.lstrip())


class ReasoningSplitter:
    """Splits what a local model generates. Its tags may be special tokens, which are not in the decoded text."""

    def __init__(self, tokenizer: Any, tags: ReasoningTags) -> None:
        self._tokenizer = tokenizer
        self._tags = tags

    def split(self, prompt: Sequence[int], tokens: Sequence[int], text: str) -> Spoken:
        """The thoughts and the reply.

        Args:
            prompt: Tokens of the prompt. Thoughts have begun where it ends with the tag that begins them.
            tokens: The generated tokens.
            text: Their text without special tokens, up to where the reply ends.
        """
        for tag in reversed(self._tags):  # the last one first, so that the places before it stay
            text = self._with_tag(tag, tokens, text)
        return split_text(text, self._tags, opened=self._is_opened_by(prompt))

    def _is_opened_by(self, prompt: Sequence[int]) -> bool:
        begin = self._tags[0]
        ending = prompt[-len(self._tokens_of(begin)) - _WHITE_SPACE_TOKENS :]
        return str(self._tokenizer.decode(ending)).rstrip().endswith(begin)

    def _with_tag(self, tag: str, tokens: Sequence[int], text: str) -> str:
        """The text with a tag in it, if that is among the tokens, whatever part of it decoding left out."""
        wanted = self._tokens_of(tag)
        for place in range(len(tokens) - len(wanted) + 1):
            if list(tokens[place : place + len(wanted)]) == wanted:
                before, left_in = self._decoded(tokens[:place]), self._decoded(wanted)
                return text[: len(before)] + tag + text[len(before) + len(left_in) :]
        return text

    def _tokens_of(self, tag: str) -> list[int]:
        return list(self._tokenizer(tag, add_special_tokens=False)["input_ids"])

    def _decoded(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))
