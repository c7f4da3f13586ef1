"""How numbers are printed: decimals, signs, percentages and the decimal comma of Russian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.statistics.clusters import Interval

MARKS: Final = {"better": "▲", "worse": "▼", "different": "≠", "unclear": ""}
"""Signs for how a candidate relates to the baseline; they tell as much as colours do."""

MINUS: Final = "\N{MINUS SIGN}"
_THIN_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Prints numbers in one language."""

    language: str = "en"

    def value(self, number: float, decimals: int) -> str:
        """A plain number: `0.713`."""
        text = f"{number:.{decimals}f}"
        if float(text) == 0:
            text = text.removeprefix("-")
        return self._localised(text.replace("-", MINUS))

    def signed(self, number: float, decimals: int) -> str:
        """A number with its sign: `+0.031`."""
        text = self.value(number, decimals)
        return text if text.startswith(MINUS) or float(f"{number:.{decimals}f}") == 0 else f"+{text}"

    def interval(self, interval: Interval, decimals: int, *, signed: bool = True) -> str:
        """Both ends: `[+0.012, +0.050]`, with a semicolon between decimal commas."""
        written = self.signed if signed else self.value
        separator = "; " if self._comma else ", "
        return f"[{written(interval.low, decimals)}{separator}{written(interval.high, decimals)}]"

    def percent(self, share: float) -> str:
        """A share from 0 to 1 as a percentage that is 0 or 100 only when it is exactly that: `99.9 %`."""
        percentage = 100 * share
        if 0 < percentage < 1 or 99 < percentage < 100:
            return f"{self._localised(f'{min(max(percentage, 0.1), 99.9):.1f}')}{_NO_BREAK}%"
        return f"{percentage:.0f}{_NO_BREAK}%"

    def count(self, number: int) -> str:
        """A whole number with its thousands apart: `200,000`."""
        return f"{number:,}".replace(",", _THIN_SPACE) if self._comma else f"{number:,}"

    def p_value(self, p_value: float) -> str:
        """A p-value to three decimals, or that it is smaller: `<0.001`."""
        return f"<{self._localised('0.001')}" if p_value < 0.001 else self._localised(f"{p_value:.3f}")

    @property
    def _comma(self) -> bool:
        return self.language == "ru"

    def _localised(self, text: str) -> str:
        return text.replace(".", ",") if self._comma else text
