"""Leaks: what the held-out half of a suite shares with its training half, word for word.

A candidate that was trained on a held-out reply is not tested by it. What counts is a shared run of words, without
regard to case and punctuation; eight is the shortest run that Brown et al. 2020 ("Language Models are Few-Shot
Learners", appendix C) count, since shorter ones are shared by chance. How bad a leak is, `suites.checking` says.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from suites.cases import is_target
from suites.dialogue import Dialogue, SuiteHeader
from suites.words import words_of

RUN_LENGTH = 8
"""Words in a row that two halves must not share."""


class Leak(NamedTuple):
    """Something in a held-out dialogue that stands in the training half too."""

    kind: Literal["dialogue", "reply", "run"]
    """The whole dialogue; a whole target reply of at least `RUN_LENGTH` words; a run of words in any turn."""
    field: str
    """Where in the held-out dialogue."""
    training_line: int
    """A line of the training half that holds it, the first of several."""
    words: str
    """What is shared, normalised; empty for a whole dialogue."""


class LeakFinder:
    """Learns the training half, then finds what a held-out dialogue shares with it.

    Only 64-bit hashes are kept: at most 12 bytes for each word of the training half, and thrice that while they are
    sorted. System and tool messages are left out: prompts and tool output are alike for good reasons.
    """

    def __init__(self, header: SuiteHeader) -> None:
        self._header = header
        self._hashes = array("q")
        self._lines = array("I")
        self._sorted: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]] | None = None

    def learn(self, line: int, dialogue: Dialogue) -> None:
        """Take in the training dialogue that stands on `line`. All have to be learned before the first search."""
        hashes = [dialogue_hash(dialogue)]
        for text in texts_of(dialogue, self._header):
            hashes += _text_hashes(text.words)
        self._hashes.extend(hashes)
        self._lines.extend([line] * len(hashes))

    def leaks(self, dialogue: Dialogue) -> list[Leak]:
        """What a held-out dialogue shares with the training half: all of it, or some of its turns and references."""
        whole = self._training_lines([dialogue_hash(dialogue)])[0]
        if whole is not None:
            return [Leak("dialogue", "messages", whole, "")]
        return [leak for text in texts_of(dialogue, self._header) for leak in self._leaks_of_text(text)]

    def _leaks_of_text(self, text: Text) -> Iterator[Leak]:
        if len(text.words) < RUN_LENGTH:
            return
        *lines, whole = self._training_lines(_text_hashes(text.words))
        if whole is not None and text.is_reply:
            yield Leak("reply", text.field, whole, " ".join(text.words))
            return
        start = 0
        while start < len(lines):
            end = start
            while end < len(lines) and lines[end] is not None:
                end += 1
            first = lines[start]
            if first is not None:
                yield Leak("run", text.field, first, " ".join(text.words[start : end + RUN_LENGTH - 1]))
            start = end + 1

    def _training_lines(self, hashes: Sequence[int]) -> list[int | None]:
        """For each hash the first line that it was learned from, None for one that was not."""
        if self._sorted is None:
            learned = np.frombuffer(self._hashes, dtype=np.int64) if self._hashes else np.empty(0, np.int64)
            order = np.argsort(learned, kind="stable")
            self._sorted = learned[order], np.array(self._lines, dtype=np.uint32)[order]
        known, lines = self._sorted
        wanted = np.array(hashes, dtype=np.int64)
        places = np.searchsorted(known, wanted)
        found = places < len(known)
        found[found] = known[places[found]] == wanted[found]
        return [int(lines[place]) if there else None for place, there in zip(places, found, strict=True)]


class Text(NamedTuple):
    """A turn or a reference."""

    field: str
    words: tuple[str, ...]
    is_reply: bool
    """Whether it is a good reply of a target turn."""


def texts_of(dialogue: Dialogue, header: SuiteHeader) -> Iterator[Text]:
    """What is said in a dialogue, turn by turn, and the references of its targets; no prompts and no tools' output."""
    for turn, message in enumerate(dialogue.messages):
        if message.role in ("user", "assistant"):
            place = f"messages.{turn}"
            yield Text(f"{place}.content", words_of(message.content), is_target(message, header))
            for number, reference in enumerate(message.target.references if message.target else ()):
                yield Text(f"{place}.target.references.{number}", words_of(reference), True)


def _text_hashes(words: tuple[str, ...]) -> list[int]:
    """A hash for each run of `RUN_LENGTH` words, and one for the whole text; none for a shorter text."""
    if len(words) < RUN_LENGTH:
        return []
    runs = [hash(words[start : start + RUN_LENGTH]) for start in range(len(words) - RUN_LENGTH + 1)]
    return [*runs, hash(("whole text", words))]


def dialogue_hash(dialogue: Dialogue) -> int:
    """Equal for dialogues of the same turns, whatever their prompts."""
    turns = (message for message in dialogue.messages if message.role != "system")
    return hash(tuple((turn.role, words_of(turn.content) or turn.content.strip()) for turn in turns))
