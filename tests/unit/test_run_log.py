"""The run log: whole lines survive everything, torn lines vanish."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records import CompletionRecord
from harness.run_log import RunLog, RunLogError, end_of_last_whole_line
from suites.userfile import InputError


def record(number: int, text: str = "hello") -> CompletionRecord:
    return CompletionRecord(case_id=f"d#{number}", candidate="base", seed=0, key="k", text=text)


def opened(path: Path) -> RunLog[CompletionRecord]:
    log = RunLog(path, CompletionRecord)
    log.open_for_append()
    return log


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.jsonl")
    written = [
        record(n, text) for n, text in enumerate(["", "a\nb", "\x00\x1b[31m", "привет 🙂", "‮abc", "x" * 100_000])
    ]
    for one in written:
        log.append(one)
    log.close()
    assert list(log.records()) == written


def test_a_record_is_in_the_file_before_the_log_is_closed(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.jsonl")
    log.append(record(1))
    assert [r.case_id for r in RunLog(log.path, CompletionRecord).records()] == ["d#1"]


@given(cut=st.integers(min_value=1, max_value=60))
def test_a_torn_last_line_is_cut_off_and_the_rest_is_kept(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    log = opened(path)
    for n in range(3):
        log.append(record(n))
    log.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut])
    again = opened(path)
    assert [r.case_id for r in again.records()] == ["d#0", "d#1"]
    again.append(record(2))
    again.close()
    assert path.read_bytes() == whole


def test_a_torn_line_alone_leaves_an_empty_log(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"case_id": "d#')
    log = opened(path)
    assert list(log.records()) == []
    assert path.stat().st_size == 0


def test_a_damaged_whole_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"case_id": 1}\n')
    with pytest.raises(InputError, match=r"log\.jsonl:1: is not a record"):
        list(RunLog(path, CompletionRecord).records())


def test_a_line_that_did_not_fit_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path / "log.jsonl")
    log.append(record(1))
    before = log.path.read_bytes()
    whole_write = os.pwrite

    def full_after_ten_bytes(descriptor: int, data: memoryview, position: int) -> int:
        if len(data) <= 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole_write(descriptor, data[:10], position) if position == len(before) else _no_space()

    def _no_space() -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full_after_ten_bytes)
    with pytest.raises(RunLogError, match="No space left on device"):
        log.append(record(2))
    monkeypatch.undo()
    assert log.path.read_bytes() == before
    log.append(record(2))
    assert [r.case_id for r in log.records()] == ["d#1", "d#2"]


def test_record_at_finds_a_line_by_its_offset(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.jsonl")
    for n in range(5):
        log.append(record(n, "я" * n))
    places = list(log.placed_records())
    assert [log.record_at(offset) for offset, _ in reversed(places)] == [r for _, r in reversed(places)]


@pytest.mark.parametrize("block", [1, 2, 7, 65536])
@pytest.mark.parametrize("content", [b"", b"abc", b"\n", b"a\nb", b"a\nbc\n", b"\n\n\nxyz"])
def test_end_of_last_whole_line(tmp_path: Path, content: bytes, block: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert end_of_last_whole_line(file.fileno(), block) == content.rfind(b"\n") + 1
