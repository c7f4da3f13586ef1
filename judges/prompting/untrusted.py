"""Making text that others wrote harmless inside a prompt: replies and dialogues must not look like its structure.

What can be told about a text without changing it, whether it attacks a judge, is `judges.attack.detection`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from judges.prompting.special_tokens import WITHOUT_BRACKETS

# `[INST]`, `[/INST]`, `[gMASK]`, `[@BOS@]`, `[|user|]`; but not `[1]`, nor several words in brackets.
_LONGEST_WORD = 64
_WORD = re.compile(r"\S*[^\W\d_]\S*")

_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that nobody sees, as the inside of a character class: Unicode's `Default_Ignorable_Code_Point`
(DerivedCoreProperties.txt), that is zero-width and bidirectional characters, tags and variation selectors, and beside them
the interlinear annotations and the empty Braille pattern."""

_PICTURE = "[©®‼⁉™ℹ↔-↪⌚-⏿Ⓜ▪-◾☀-➿⤴⤵⬀-⯿〰〽㊗㊙\U0001f000-\U0001faff][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
_FLAG_OF_A_COUNTRY_PART = "\U0001f3f4(?:{})\U000e007f".format(
    "|".join("".join(chr(0xE0000 + ord(letter)) for letter in name) for name in ("gbeng", "gbsct", "gbwls"))
)
_EMOJI = rf"{_FLAG_OF_A_COUNTRY_PART}|[0-9#*]\ufe0f\u20e3|{_PICTURE}(?:\u200d{_PICTURE})*"

# Persian and the languages of India are misspelt without their joiners.
_JOINING = "\u0620-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1cff"
_JOINER = f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"

_SEEN_OR_INVISIBLE = re.compile(f"(?P<seen>{_EMOJI}|{_JOINER})|[{INVISIBLE}]")


def harmless(text: str, special_tokens: Collection[str] = ()) -> str:
    """`text` without anything a tokenizer or a reader of the prompt could take for structure; else as it was.

    Characters that nobody sees are removed, but for those inside emoji and the joiners of scripts that need them. Angle
    brackets, and what Unicode normalisation turns into them, become single angle quotes; a word in square brackets gets
    round ones; line separators become line feeds, other control characters spaces, and lone surrogates the replacement
    character. Special tokens without brackets are broken by a middle dot.

    Args:
        text: What somebody wrote.
        special_tokens: Of the judge's own tokenizer, where it can name them; others than those in brackets matter.
    """
    seen = without_invisible(text)
    lines = "".join(map(_plain, _LINE_END.sub("\n", seen)))
    return _tokens_pattern(frozenset(special_tokens)).sub("\\1·", _with_round_brackets(lines))


def one_line(text: str, special_tokens: Collection[str] = ()) -> str:
    """`harmless` text on one line, so that no turn of a dialogue can forge another turn."""
    return " ".join(harmless(text, special_tokens).split())


def without_invisible(text: str) -> str:
    """`text` without characters that nobody sees."""
    return text if text.isascii() else _SEEN_OR_INVISIBLE.sub(lambda match: match["seen"] or "", text)


def encodable(text: str) -> str:
    """`text` as it is, but for lone surrogates, which no tokenizer takes."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cs" else c for c in text)


def _with_round_brackets(text: str) -> str:
    """`text` with round brackets for square ones around a word, also where these stand within others."""
    characters = list(text)
    opened: list[int] = []
    for place, character in enumerate(text):
        if character == "[":
            opened.append(place)
        elif character == "]" and opened:
            begin = opened.pop()
            if place - begin <= _LONGEST_WORD + 1 and _WORD.fullmatch(text, begin + 1, place):
                characters[begin], characters[place] = "()"
    return "".join(characters)


# Every tag of a prompt and nearly every special token holds an angle bracket: `</reply>`, `<|im_start|>`, `<s>`,
# `<start_of_turn>`, `<<SYS>>`, `<｜User｜>`. The quotes put in their place look alike and, unlike the full-width
# brackets, no Unicode normalisation turns them back.
_IN_PLACE_OF = {"<": "‹", ">": "›", "[": "[", "]": "]", "|": "|"}


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" if character not in "\n\t":
            return " "
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
    normalised = unicodedata.normalize("NFKD", character)
    return next((plain for bracket, plain in _IN_PLACE_OF.items() if bracket in normalised), character)


@lru_cache(maxsize=16)
def _tokens_pattern(special_tokens: frozenset[str]) -> re.Pattern[str]:
    """Finds the first character of every special token that the brackets do not give away."""
    own = {token for token in special_tokens if len(token) > 1 and token.strip() and not set("<>") & set(token)}
    tokens = sorted(own.union(WITHOUT_BRACKETS), key=lambda token: (-len(token), token))
    return re.compile(rf"(?s)(?=(?:{'|'.join(map(re.escape, tokens))}))(.)")
