"""Ways to hide a text in characters that a reader does not see, or not in that order. Only the battery uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final


def _tags(text: str) -> str:
    """As tag characters, the block that flags of country parts are spelt with; ASCII only."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in text)


def _variation_selectors(text: str) -> str:
    """Each byte as one of 256 variation selectors."""
    return "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in text.encode())


def _zero_width_bits(text: str) -> str:
    """Each bit as one of two zero-width characters."""
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    return bits.replace("0", "\u200b").replace("1", "\u200c")


def _reversed(text: str) -> str:
    """Backwards, and shown forwards by a right-to-left override."""
    return f"\u202e{text[::-1]}\u202c"


def _isolated(text: str) -> str:
    """In bidirectional isolates, within an embedding."""
    return f"\u2067\u202a{text}\u202c\u2069"


def _fillers(text: str) -> str:
    """Blank fillers in place of spaces."""
    return text.replace(" ", "\u3164")


def _wide(text: str) -> str:
    """In full-width letters, which normalisation turns into plain ones."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


# A character between all letters hides nothing from a reader, but no search for words gets over it.
CARRIERS: Final[dict[str, Callable[[str], str]]] = {
    "tags": _tags,
    "variation_selectors": _variation_selectors,
    "zero_width_bits": _zero_width_bits,
    "zero_width_between": "\u200b".join,
    "word_joiners": "\u2060".join,
    "soft_hyphens": "\u00ad".join,
    "reversed": _reversed,
    "isolated": _isolated,
    "fillers": _fillers,
    "wide": _wide,
}
"""By the names that `battery/invisible.yaml` uses."""
