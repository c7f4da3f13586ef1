"""The append-only log of a run: one JSON object a line, in the file the moment it exists.

A line that was cut off (power cut, kill, full disk) is dropped when the log is opened again; every other line stays as it
was written. Nothing here knows what the records mean.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from suites.userfile import InputError

SYNC_INTERVAL_S = 1.0
"""At most so much work is lost when the machine itself fails; a killed process loses none."""

RecordT = TypeVar("RecordT", bound=BaseModel)


class RunLogError(Exception):
    """A record could not be written. What was written before is intact and the run can be resumed."""


class RunLog(Generic[RecordT]):
    """One file of records of one kind."""

    def __init__(self, path: Path, record_type: type[RecordT], sync_interval_s: float = SYNC_INTERVAL_S) -> None:
        """Take a file.

        Args:
            path: The file; it need not exist yet.
            record_type: What each line holds.
            sync_interval_s: Records are brought to the disk at most so often; 0 brings each there before `append` returns.
        """
        self.path = path
        self._type = record_type
        self._sync_interval_s = sync_interval_s
        self._descriptor: int | None = None
        self._reader: BinaryIO | None = None
        self._end = 0
        self._synced_at = 0.0

    def open_for_append(self) -> None:
        """Cut off a torn last line and make ready to append.

        Raises:
            RunLogError: The file cannot be written.
        """
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            self._end = end_of_last_whole_line(self._descriptor)
            os.ftruncate(self._descriptor, self._end)
        except OSError as error:
            raise self._failed(error) from error

    def append(self, record: RecordT) -> None:
        """Write one record as a whole line; a line that does not fit on the disk is taken back.

        Raises:
            RunLogError: It could not be written.
        """
        assert self._descriptor is not None, "open_for_append comes first"
        line = record.model_dump_json(exclude_none=True).encode() + b"\n"
        try:
            _write_all(self._descriptor, line, self._end)
            now = time.monotonic()
            if now - self._synced_at >= self._sync_interval_s:
                os.fsync(self._descriptor)
                self._synced_at = now
        except OSError as error:
            os.ftruncate(self._descriptor, self._end)
            raise self._failed(error) from error
        self._end += len(line)

    def close(self) -> None:
        """Bring everything to the disk and close the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def records(self) -> Iterator[RecordT]:
        """The records in the order they were written; none if there is no file. A torn last line is passed over.

        Raises:
            InputError: A whole line is not a record of this kind.
        """
        for _, record in self.placed_records():
            yield record

    def placed_records(self) -> Iterator[tuple[int, RecordT]]:
        """As `records`, each with the byte offset of its line, for `record_at`."""
        if not self.path.exists():
            return
        offset = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.endswith(b"\n"):
                    yield offset, self._parse(line, number)
                offset += len(line)

    def record_at(self, offset: int) -> RecordT:
        """The record whose line starts at a byte offset that `placed_records` gave."""
        if self._reader is None:
            self._reader = self.path.open("rb")
        self._reader.seek(offset)
        return self._type.model_validate_json(self._reader.readline())

    def _parse(self, line: bytes, number: int) -> RecordT:
        try:
            return self._type.model_validate_json(line)
        except ValidationError as error:
            raise InputError(
                f"is not a record of this version of Rejoinder ({error.errors()[0]['msg']}); "
                "run again into a new folder with --out",
                file=self.path,
                line=number,
            ) from error

    def _failed(self, error: OSError) -> RunLogError:
        return RunLogError(
            f"{self.path}: cannot be written ({error.strerror}); make room or give write access, then run the same command "
            "again: it goes on where it stopped"
        )


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, position)
        view, position = view[written:], position + written


def end_of_last_whole_line(descriptor: int, block: int = 65536) -> int:
    """Byte offset behind the last line feed of an open file; 0 if it has none."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - block)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
