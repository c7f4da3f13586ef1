"""Hashes of weight files, and what is in safetensors files. No weights become arrays or tensors here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suites.userfile import InputError

HASH_LENGTH = 16
"""Hexadecimal digits of a short hash: 64 bits, plenty to tell the models of one laboratory apart."""


def fingerprint(files: Iterable[Path]) -> str:
    """Short SHA-256 over names and contents of files, whatever order they come in.

    Raises:
        InputError: A file cannot be read.
    """
    ordered = sorted(files, key=lambda file: file.name)
    try:
        with ThreadPoolExecutor(max_workers=4) as readers:  # hashing lets other threads run; shards are large
            contents = list(readers.map(_content_hash, ordered))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=error.filename) from error
    whole = hashlib.sha256()
    for file, content in zip(ordered, contents, strict=True):
        whole.update(f"{file.name}\0{content}\n".encode())
    return whole.hexdigest()[:HASH_LENGTH]


def _content_hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def text_hash(text: str) -> str:
    """Short SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def tensor_shapes(file: Path) -> Mapping[str, tuple[int, ...]]:
    """The shape of each tensor of a safetensors file by name, from its header.

    Raises:
        InputError: The file cannot be read or is not safetensors.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - comes with the engines only

    try:
        with safe_open(file, framework="numpy") as tensors:
            return {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read as safetensors ({error})", file=file) from None


def zero_tensors(file: Path) -> set[str]:
    """Names of the tensors of a safetensors file that hold nothing but zeros; reads the whole file into memory.

    Raises:
        InputError: The file cannot be read or is not safetensors.
    """
    from safetensors import SafetensorError, deserialize  # noqa: PLC0415 - comes with the engines only

    try:
        tensors = deserialize(file.read_bytes())  # type: ignore[no-untyped-call]
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read as safetensors ({error})", file=file) from None
    # Zero is all zero bits in every number type, and a set sign; a set bit in another place of such bytes is next to nothing.
    return {name for name, tensor in tensors if not bytes(tensor["data"]).translate(None, b"\x00\x80")}
