"""Emoji, emoticons and the bracket smiles of Russian chats."""

from __future__ import annotations

from typing import Final

import regex

_EMOJI: Final = regex.compile(
    r"(?:\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\p{EMod}|\ufe0f|\u200d\p{Extended_Pictographic})*+"
    r"|[0-9#*]\ufe0f?\u20e3)"
)
"""One sign as it is seen: a flag, a family joined by joiners, a skin tone and a keycap are one each (UTS #51)."""
_NOT_EMOJI: Final = regex.compile(r"[\u00a9\u00ae\u2122](?!\ufe0f)")
"""Pictographic by property, but plain text unless asked to be shown as a picture: ©, ® and ™."""
_EMOTICON: Final = regex.compile(
    r"(?<!\w)(?:[:;=8xX][-'^o]?(?:\)+|\(+|[DPpOo/|*3]\b|[*/|])|<3+|\^_*\^|-_+-)(?!\w)|(?<=[\p{L}\d!?.…\s])\){2,}|(?<=[\p{L}!?…]\s?)\({2,}"
)


def emoji_in(text: str) -> int:
    """How many emoji, emoticons (`:-)`, `<3`) and bracket smiles (`)))`) stand in `text`; a run of brackets is one.

    A single bracket that closes nothing is a smile too, as in `привет)`.
    """
    plain = _NOT_EMOJI.sub("", text)
    without, emoji = _EMOJI.subn(" ", plain)
    without, emoticons = _EMOTICON.subn(" ", without)
    return int(emoji + emoticons) + _unopened_brackets(without)


def _unopened_brackets(text: str) -> int:
    """Closing brackets behind a word that no bracket opened; numbers of a list ("1)") are none."""
    depth = found = 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif sign == ")" and not text[:place].rstrip()[-1:].isdigit():
            found += 1
    return found
