"""The tags around each part of a judged case: their code, how a part is written between them, and reading parts back.

A code is four consonants, so that it spells no word and costs two or three tokens. It is not secret but fitting: it is
taken from a hash of what stands between the tags and changed until it does not occur there, so that the same prompt
always has the same codes and no text can hold its own closing tag.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Final

_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
_LENGTH: Final = 4
_QUOTE: Final = "| "
_OPENING = re.compile(rf"<([a-z_0-9]+)(?: ([{_LETTERS}]{{{_LENGTH}}}))?>")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a case as it stands in a prompt."""

    tag: str
    """`context`, `reply` and so on."""
    text: str
    code: str = ""
    """Of its tags; empty where they have none."""


def code_for(*decisive: object, absent_from: Iterable[str]) -> str:
    """The code of tags: the first of a series of hashes of `decisive` that occurs in none of the texts.

    Args:
        *decisive: Plain values that JSON can write.
        absent_from: Texts that must not hold the code, in whatever case.
    """
    texts = [text.casefold() for text in absent_from]
    seed = json.dumps(decisive, ensure_ascii=False).encode("utf-8", "surrogatepass")
    for attempt in count():
        number = int.from_bytes(hashlib.sha256(seed + b"#%d" % attempt).digest()[:8])
        code = "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_LENGTH))
        if not any(code in text for text in texts):
            break
    return code


def tagged(part: Part) -> str:
    """A part between its tags; a single line stays on theirs, since prompts are read by small models too."""
    name = f"{part.tag} {part.code}".strip()
    text = f"\n{part.text}\n" if "\n" in part.text else part.text
    return f"<{name}>{text}</{part.tag}{part.code and ' '}{part.code}>"


def quoted(text: str) -> str:
    """Text of several lines with a bar before each, so that none of them begins like a line of the prompt."""
    return "\n".join(f"{_QUOTE}{line}" for line in text.split("\n")) if "\n" in text else text


def parts_in(prompt: str) -> list[Part]:
    """The parts of a case as a reader finds them: from an opening tag to the first tag that closes it.

    What is not closed is left out, as is all text outside tags.
    """
    parts: list[Part] = []
    position = 0
    while opening := _OPENING.search(prompt, position):
        tag, code = opening[1], opening[2] or ""
        closing = prompt.find(f"</{tag}{code and ' '}{code}>", opening.end())
        if closing < 0:
            position = opening.end()
            continue
        inside = prompt[opening.end() : closing]
        is_lined = len(inside) > 1 and inside[0] == inside[-1] == "\n"
        parts.append(Part(tag, inside[1:-1] if is_lined else inside, code))
        position = closing + 1
    return parts
