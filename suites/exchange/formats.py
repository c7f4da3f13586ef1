"""The formats by name: what reads each, and what writes each. The formats themselves have a module each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from suites.dialogue import Dialogue, SuiteHeader
from suites.exchange import chatgpt, data_sets, obsidian, openai_chat, sharegpt, telegram, trl
from suites.exchange.reading import Found, ReadingOptions
from suites.userfile import InputError, unknown_name

Reader = Callable[[Path, ReadingOptions], Iterator[Found]]

TextsOf = Callable[[Path], Iterator[str]]

LinesOf = Callable[[Dialogue, SuiteHeader], Iterable[dict[str, Any]]]


class Format(NamedTuple):
    """What can be done with a format."""

    read: Reader
    texts: TextsOf | None = None
    """All text of its files as it stands, where what is read depends on it; its reader repairs text by `code_page`."""
    is_messenger: bool = False
    """Whether its dialogues are private ones between people, so that they are redacted unless asked otherwise."""


FORMATS: Mapping[str, Format] = {
    "openai": Format(openai_chat.read),
    "trl": Format(trl.read),
    "sharegpt": Format(sharegpt.read),
    "datasets": Format(data_sets.read),
    "obsidian": Format(obsidian.read, obsidian.texts),
    "telegram": Format(telegram.read, telegram.texts, is_messenger=True),
    "chatgpt": Format(chatgpt.read),
}
"""What is imported."""


LINE_FORMATS: Mapping[str, LinesOf] = {
    "openai": lambda dialogue, header: [openai_chat.line_of(dialogue, header)],
    "trl": lambda dialogue, header: [trl.line_of(dialogue, header)],
    "trl-prompt-completion": trl.completions_of,
    "sharegpt": lambda dialogue, header: [sharegpt.line_of(dialogue, header)],
}
"""What is exported as JSON objects, one a line, so that it can go to standard output."""

FileWriter = Callable[[Iterable[Dialogue], SuiteHeader, Path], int]

FILE_FORMATS: Mapping[str, FileWriter] = {
    "datasets": data_sets.write,
    "obsidian": obsidian.write,
    "chatgpt": chatgpt.write,
}
"""What is exported into a file or folder of its own."""


def format_of(name: str) -> Format:
    """The format called `name`.

    Raises:
        InputError: There is none.
    """
    if name not in FORMATS:
        raise InputError(unknown_name(name, list(FORMATS), "format"), field="format")
    return FORMATS[name]
