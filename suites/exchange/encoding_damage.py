"""Text whose UTF-8 was once read as Mac Roman or a Windows code page ("–ü—Ä–∏–≤–µ—Ç" for "Привет"), and its repair.

The ftfy library repairs such text where it is Latin, but lets Cyrillic pass that was read as Mac Roman; what is needed
here, to be sure and to touch nothing else, is little: signs that are UTF-8 again when they are written back in the code
page they were read in. Text that never was damaged hardly ever is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

CODE_PAGES: Mapping[str, str] = {"mac_roman": "Mac Roman", "cp1252": "Windows-1252", "cp1251": "Windows-1251"}
"""Code pages that UTF-8 is read in by mistake, by Python's names for them."""

_UTF8 = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_PLAUSIBLE = re.compile(
    "[\u00a0-\u017f\u0218-\u021b\u0370-\u045f\u0490-\u0493\u04e8-\u04e9\u2000-\u206f\u20a0-\u20bf\u2116\u2122\u2190-\u21ff\u2600-\u27bf"
    "\ufe00-\ufe0f\uff00-\uffef\U0001f000-\U0001faff]+"
)
"""Signs of European dialogues. Accented letters beside quotation marks are UTF-8 by chance now and then, but of other
signs: in Windows-1252 `é…”` is a Chinese one, and in Windows-1251 `б№«` is a t with a dot. So damaged Chinese, Korean and
Vietnamese is not found."""

MIN_TOGETHER = 3
"""Signs of two bytes in a row that are not UTF-8 by chance; a sign of three bytes is enough by itself."""

MIN_WEAK = 3
"""Places that may be chance which have to be found if there are no others."""


class Damage(NamedTuple):
    """What was found in a text, or in many."""

    code_page: str
    places: int
    """How many were found."""
    before: str
    """One of them, as it stands."""
    after: str
    """The same repaired."""

    @property
    def title(self) -> str:
        """The code page as people call it."""
        return CODE_PAGES[self.code_page]


class DamageSurvey:
    """Looks through the texts of a file, or of many, and then says whether they are damaged."""

    def __init__(self) -> None:
        self._strong: Counter[str] = Counter()
        self._weak: Counter[str] = Counter()
        self._untouched: Counter[str] = Counter()
        self._examples: dict[str, tuple[str, str]] = {}

    def look_at(self, text: str) -> None:
        """Take in one text."""
        if text.isascii():
            return
        for code_page in CODE_PAGES:
            for run in _RUNS[code_page].findall(text):
                repaired = _repaired_run(run, code_page)
                if repaired is None:
                    self._untouched[code_page] += 1
                else:
                    is_strong = len(repaired) >= MIN_TOGETHER or len(repaired.encode()) > 2 * len(repaired)
                    counts = self._strong if is_strong else self._weak
                    counts[code_page] += 1
                    is_first_strong = counts is self._strong and counts[code_page] == 1
                    if is_first_strong or code_page not in self._examples:
                        self._examples[code_page] = run, repaired

    def damage(self) -> Damage | None:
        """The damage that was found, if it is certain.

        A place that no chance makes is; others are if there are several and hardly anything speaks against it.
        """
        found = {page: self._strong[page] + self._weak[page] for page in CODE_PAGES}
        page = max(found, key=lambda name: (self._strong[name], found[name]))
        is_certain = self._strong[page] > 0 or (
            self._weak[page] >= MIN_WEAK and self._weak[page] >= 9 * self._untouched[page]
        )
        return Damage(page, found[page], *self._examples[page]) if is_certain else None


def repair(text: str, code_page: str) -> str:
    """`text` with all that was UTF-8 once read as it should have been; the rest stays."""
    if text.isascii():
        return text
    return _RUNS[code_page].sub(lambda run: _repaired_run(run[0], code_page) or run[0], text)


def _bytes_of(run: str, code_page: str) -> bytes:
    """The bytes that were read as `run`. What a code page has no sign for was read as the control sign of that number."""
    return b"".join(bytes([ord(c)]) if "\x80" <= c <= "\x9f" else c.encode(code_page) for c in run)


def _repaired_run(run: str, code_page: str) -> str | None:
    """What a run of signs was before it was read in the wrong code page, or None if it was not."""
    raw = _bytes_of(run, code_page)
    if not _UTF8.fullmatch(raw):
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if _PLAUSIBLE.fullmatch(text) else None


def _runs_of(code_page: str) -> re.Pattern[str]:
    """Runs of the signs that the upper half of a code page is read as."""
    signs = {bytes([byte]).decode(code_page, errors="ignore") or chr(byte) for byte in range(0x80, 0x100)}
    return re.compile(f"[{re.escape(''.join(sorted(signs)))}]+")


_RUNS: Mapping[str, re.Pattern[str]] = {code_page: _runs_of(code_page) for code_page in CODE_PAGES}
