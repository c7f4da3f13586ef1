"""Making text that others wrote harmless inside a prompt: replies and dialogues must not look like its structure."""

from __future__ import annotations

import re
import unicodedata

# Every tag of a prompt and nearly every special token holds an angle bracket: `</reply>`, `<|im_start|>`, `<s>`,
# `<start_of_turn>`, `<<SYS>>`, `<｜User｜>`. The quotes put in their place look alike and, unlike the full-width
# brackets, no Unicode normalisation turns them back.
_ANGLE_BRACKETS = str.maketrans({**dict.fromkeys("<＜﹤", "‹"), **dict.fromkeys(">＞﹥", "›")})

# The other family: `[INST]`, `[/INST]`, `[gMASK]`, `[TOOL_CALLS]`.
_SQUARE_TOKEN = re.compile(r"[\[［](/?[^\W\d]\w*)[\]］]")

_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def harmless(text: str) -> str:
    """`text` without anything a tokenizer or a reader of the prompt could take for structure; else as it was.

    Angle brackets become single angle quotes, a word in square brackets gets round ones, line separators become
    line feeds, other control characters spaces, and lone surrogates the replacement character.
    """
    lines = _LINE_END.sub("\n", text).translate(_ANGLE_BRACKETS)
    return _SQUARE_TOKEN.sub(r"(\1)", "".join(_plain(character) for character in lines))


def one_line(text: str) -> str:
    """`harmless` text on one line, so that no turn of a dialogue can forge another turn."""
    return " ".join(harmless(text).split())


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" if character not in "\n\t":
            return " "
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character
