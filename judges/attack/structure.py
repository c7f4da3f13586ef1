"""The proof that what is judged adds no structure to a prompt: a prompt is held beside the same one with an ordinary reply.

Structure is what the judge's chat template, its tokenizer and a reader of the prompt go by: messages and their roles,
special tokens, tags, and lines that begin like lines of the prompt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judges.prompting.tags import parts_in
from judges.prompting.wording import Wording

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """How a model's prompts are written, as far as their structure goes."""

    render: Callable[[Messages], str]
    """Messages as the text that is given to the tokenizer."""
    special_tokens: Collection[str]
    """All texts that the tokenizer takes for one token with a meaning of its own."""

    def tokens_in(self, messages: Messages) -> Counter[str]:
        """How often each special token stands in the rendered prompt; where several fit, the longest one is meant."""
        longest_first = sorted(self.special_tokens, key=lambda token: (-len(token), token))
        return Counter(re.findall("|".join(map(re.escape, longest_first)) or r"(?!)", self.render(messages)))


def structural_escapes(
    prompt: Messages, ordinary: Messages, template: ChatTemplate, wording: Wording
) -> tuple[str, ...]:
    """What a prompt has of structure beyond the same prompt with an ordinary reply of one line; nothing if it is whole.

    Args:
        prompt: The messages that are to be proven.
        ordinary: The messages of the same question and case on a reply of plain words.
        template: Of the judge's model.
        wording: Of the question: the names of roles, and the word before a verdict.
    """
    if [message["role"] for message in prompt] != [message["role"] for message in ordinary]:
        return ("the messages",)
    if list(prompt[:-1]) != list(ordinary[:-1]):
        return ("the messages before the last",)
    return (
        *_more_tokens(template.tokens_in(prompt), template.tokens_in(ordinary)),
        *_other_parts(str(prompt[-1]["content"]), str(ordinary[-1]["content"])),
        *_more_lines(str(prompt[-1]["content"]), str(ordinary[-1]["content"]), wording),
    )


def _more_tokens(found: Counter[str], usual: Counter[str]) -> Iterator[str]:
    for token in sorted(found.keys() | usual.keys()):
        if found[token] != usual[token]:
            yield f"{found[token] - usual[token]:+d} special token {token}"


def _other_parts(prompt: str, ordinary: str) -> Iterator[str]:
    """Whether a reader finds other parts, another text before the reply, or anything behind it."""
    found, usual = parts_in(prompt), parts_in(ordinary)
    if [part.tag for part in found] != [part.tag for part in usual] or found[:-1] != usual[:-1]:
        yield f"the parts {', '.join(part.tag for part in found)}"
    elif not prompt.endswith(_closing(found[-1].tag, found[-1].code)) or _after(prompt, found[-1].text):
        yield "text behind the reply"


def _closing(tag: str, code: str) -> str:
    return f"</{tag} {code}>" if code else f"</{tag}>"


def _after(prompt: str, last: str) -> bool:
    """Whether the last part that a reader finds ends before the prompt's own last tag."""
    return not prompt[: prompt.rindex("</")].rstrip("\n").endswith(last)


def _more_lines(prompt: str, ordinary: str, wording: Wording) -> Iterator[str]:
    """Lines that begin like a turn of the dialogue, a verdict or a heading, and are not there in the ordinary prompt."""
    names = (
        wording.user,
        wording.assistant,
        wording.tool,
        wording.verdict,
        "system",
        "user",
        "assistant",
        "judge",
        "human",
    )
    name = "|".join(map(re.escape, names))
    begins = re.compile(rf"^(?!\| )(?:[^\w\n]*(?:{name})[^\w\n]{{0,3}}:|#+ |[-=]{{3,}})", re.IGNORECASE | re.MULTILINE)
    usual = Counter(begins.findall(ordinary))
    for line in begins.findall(prompt):
        if usual[line] > 0:
            usual[line] -= 1
        else:
            yield f"a line that begins with '{line.strip()}'"
