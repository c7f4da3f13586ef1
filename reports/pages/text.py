"""Making text that a model or a suite wrote safe to look at: control characters become visible signs.

Escaping for HTML, Markdown, XML or the terminal is the business of whoever writes that format.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f]"  # C0 but tab and newline: what steers terminals and is not allowed in XML
    "|[\x80-\x9f]"
    "|[\u202a-\u202e\u2066-\u2069]"  # bidirectional embeddings, overrides and isolates
    "|[\u2028\u2029\ufeff\ufffe\uffff]"
    "|[\ud800-\udfff]"  # lone surrogates cannot be written as UTF-8
)


def visible(text: str) -> str:
    """The text with every control character replaced by a sign for it; tabs and line ends stay.

    C0 characters become Unicode's control pictures (ESC is ␛), others their code point in brackets (⟨U+202E⟩).
    """
    return _CONTROL.sub(_sign, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`visible`, with all white space as single spaces."""
    return " ".join(visible(text).split())


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"
