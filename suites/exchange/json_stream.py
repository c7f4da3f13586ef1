"""One large JSON document read piece by piece, with the line that each piece begins on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from suites.userfile import InputError, unreadable

PIECE = 64 * 1024
"""Bytes read at a time."""


class JsonEvent(NamedTuple):
    """One step through a document, as ijson gives it."""

    line: int
    prefix: str
    """Path of the value; `item` stands for each element of a list."""
    kind: str
    """`start_map`, `map_key`, `string` and so on."""
    value: Any


def json_events(path: Path) -> Iterator[JsonEvent]:
    """The events of a JSON document. Memory does not grow with the file.

    Raises:
        InputError: The file cannot be read, or is not JSON.
    """
    import ijson  # noqa: PLC0415

    events = ijson.sendable_list()
    parser = ijson.parse_coro(events, use_float=True)
    line = 1
    try:
        with path.open("rb") as file:
            while piece := file.readline(PIECE):
                parser.send(piece.removeprefix(b"\xef\xbb\xbf") if line == 1 else piece)
                for prefix, kind, value in events:
                    yield JsonEvent(line, prefix, kind, value)
                del events[:]
                line += piece.endswith(b"\n")
        parser.close()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    except ijson.JSONError as error:
        reason = str(error.args[0] if error.args else error).removeprefix("b'").partition("\n")[0].partition("\\n")[0]
        raise InputError(f"is not JSON: {reason.strip()}", file=path, line=line) from None


def json_items(path: Path, prefix: str) -> Iterator[tuple[int, Any]]:
    """Each value at `prefix` with the line it begins on, one in memory at a time.

    Raises:
        InputError: The file cannot be read, or is not JSON.
    """
    collector = Collector(prefix)
    for event in json_events(path):
        if collector.takes(event) and collector.is_complete:
            yield collector.line, collector.value


class Collector:
    """Builds the values at one prefix, one after the other, from the events of a document."""

    def __init__(self, *prefixes: str) -> None:
        from ijson import ObjectBuilder  # noqa: PLC0415

        self._new_builder = ObjectBuilder
        self._prefixes = prefixes
        self._open: str | None = None
        self._builder: Any = None
        self.line = 0
        """Where the value begins that was built last."""
        self.is_complete = False
        """Whether the last event completed a value."""

    @property
    def value(self) -> Any:
        """The value that was built last."""
        return self._builder.value

    def takes(self, event: JsonEvent) -> bool:
        """Take in an event, if it is part of a value that is looked for."""
        self.is_complete = False
        if self._open is None:
            if event.prefix not in self._prefixes or event.kind in ("map_key", "end_map", "end_array"):
                return False
            self._builder, self._open, self.line = self._new_builder(), event.prefix, event.line
        self._builder.event(event.kind, event.value)
        if event.prefix == self._open and event.kind not in ("start_map", "start_array", "map_key"):
            self._open, self.is_complete = None, True
        return True
