"""The words a judge may answer with: the label that each means, how to list them, and how to find one in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from judges.prompting.substitution import substitute
from judges.prompting.wording import Wording

_NUMBER = r"[-−]?\d+(?:[.,]\d+)?"
_END_OF_ANSWER = r"(?!\w|[.,]\d)"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one question, in one language."""

    words: Mapping[str, str]
    """Label to the word that means it; empty where any number in `bounds` is an answer."""
    bounds: tuple[float, float]
    """Lowest and highest score, for numbers."""
    wording: Wording

    def listed(self) -> str:
        """The answers as a person lists them: `yes or no`, `a, b or c`, `a number from 0 to 100`."""
        words = list(self.words.values())
        if not words:
            lowest, highest = (f"{bound:g}" for bound in self.bounds)
            return substitute(self.wording.number, {"lowest": lowest, "highest": highest})
        return f"{', '.join(words[:-1])} {self.wording.or_word} {words[-1]}"

    def word_for(self, label: str) -> str:
        """The answer that means `label`."""
        return self.words.get(label, label)

    def variants(self, label: str) -> tuple[str, ...]:
        """How a model may begin the answer: as it is written, and with its first letter in the other case.

        Variants with a space before them are left out: after a chat template models do not begin their answer so.
        """
        word = self.words[label]
        return tuple(dict.fromkeys((word, word[0].swapcase() + word[1:])))

    def label_in(self, text: str) -> str | None:
        """The label of the last `Verdict: …` in a text, or of a text that is nothing but an answer.

        None where there is neither, or where the number is off the scale.
        """
        after_cue = rf"\b{re.escape(self.wording.verdict)}\W{{0,4}}?[:：]\W{{0,6}}?{self._answer}"
        given = re.findall(after_cue, text, re.IGNORECASE)
        return self.label_of(given[-1]) if given else self.label_alone(text)

    def label_alone(self, text: str) -> str | None:
        """The label of a text that is nothing but an answer."""
        given = re.match(rf"\W*?{self._answer}\W*\Z", text, re.IGNORECASE)
        return self.label_of(given[1]) if given else None

    def label_at_start(self, text: str) -> str | None:
        """The label of an answer that a text begins with, or of the last `Verdict: …` in it.

        More text may follow only after a punctuation mark or on a new line: `No, it is not.` is an answer, `No one asks.`
        is none.
        """
        given = re.match(rf"\W*?{self._answer}\W*?(?:[.,;:!)–—\n]|\Z)", text, re.IGNORECASE)
        return self.label_of(given[1]) if given else self.label_in(text)

    def label_of(self, answer: str) -> str | None:
        """The label that an answer by itself means; None where it means none, or where the number is off the scale."""
        if self.words:
            return next((label for label, word in self.words.items() if word.casefold() == answer.casefold()), None)
        try:
            number = float(answer.replace(",", ".").replace("−", "-"))
        except ValueError:
            return None
        return f"{number:g}" if self.bounds[0] <= number <= self.bounds[1] else None

    @property
    def _answer(self) -> str:
        """A regular expression for an answer, which is its only group."""
        words = "|".join(re.escape(word) for word in sorted(self.words.values(), key=len, reverse=True))
        return rf"(?<!\w)({words or _NUMBER}){_END_OF_ANSWER}"
