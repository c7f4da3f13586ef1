"""Finding a suite by name or path and reading its header and dialogues, one dialogue in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from suites.dialogue import Dialogue, SuiteHeader
from suites.userfile import (
    InputError,
    YamlDocument,
    jsonl_values_or_errors,
    parsed_or_errors,
    read_yaml,
    unknown_name,
    unreadable,
)

BUILTIN = Path(__file__).parent / "builtin"

Half = Literal["held_out", "train"]


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite's header and where its dialogues lie."""

    header: SuiteHeader
    document: YamlDocument

    @property
    def path(self) -> Path:
        """The header's file."""
        return self.document.path

    def file_of(self, half: Half) -> Path:
        """The JSONL file of one half.

        Raises:
            InputError: The suite has no such half, or its path leads out of the suite's folder.
        """
        name = self.header.held_out if half == "held_out" else self.header.train
        if name is None:
            raise self.document.error(f"the suite '{self.header.name}' has no training half", ("train",))
        try:
            folder = self.path.parent.resolve()
            file = (folder / name).resolve()
        except (OSError, ValueError, RuntimeError) as error:  # a loop of links, a null byte, a name without end
            raise self.document.error(unreadable(Path(name), error).problem, (half,)) from error
        if not file.is_relative_to(folder):
            raise self.document.error(f"'{name}' leads out of the suite's folder; keep the file beside it", (half,))
        return file

    def dialogues(self, half: Half = "held_out") -> Iterator[Dialogue]:
        """The dialogues of one half, in the order of the file.

        Raises:
            InputError: A line cannot be read, an id stands twice, or a persona is not known.
        """
        for _, dialogue in self.dialogues_or_errors(half):
            if isinstance(dialogue, list):
                raise dialogue[0]
            yield dialogue

    def dialogues_or_errors(self, half: Half = "held_out") -> Iterator[tuple[int, Dialogue | list[InputError]]]:
        """Each line of one half by number: its dialogue, or all that is wrong with it.

        Raises:
            InputError: The file cannot be read.
        """
        file = self.file_of(half)
        first_line_of: dict[str, int] = {}
        for line, data in jsonl_values_or_errors(file):
            dialogue = [data] if isinstance(data, InputError) else parsed_or_errors(Dialogue, data, file, line)
            if not isinstance(dialogue, list):
                first_line = first_line_of.setdefault(dialogue.id, line)
                if errors := self._misfits(dialogue, file, line, first_line):
                    dialogue = errors
            yield line, dialogue

    def _misfits(self, dialogue: Dialogue, file: Path, line: int, first_line: int) -> list[InputError]:
        """What does not fit the rest of the suite."""
        errors = []
        if first_line != line:
            problem = f"'{dialogue.id}' stands in line {first_line} already; give every dialogue an id of its own"
            errors.append(InputError(problem, file=file, line=line, field="id"))
        if isinstance(dialogue.persona, str) and dialogue.persona not in self.header.personas:
            problem = unknown_name(dialogue.persona, list(self.header.personas), "persona")
            errors.append(InputError(problem, file=file, line=line, field="persona"))
        return errors

    def content_hash(self) -> str:
        """SHA-256 of the header and the held-out half, in hexadecimal: what a run's scores depend on.

        Raises:
            InputError: A file cannot be read.
        """
        digest = hashlib.sha256()
        # Fields that came later count only where they are used, so that the hashes of older suites stay as they were.
        unused = {name for name in ("persona", "allow_leak") if not getattr(self.header, name)}
        digest.update(self.header.model_dump_json(by_alias=True, exclude={"train", *unused}).encode())
        for dialogue in self.dialogues():
            digest.update(dialogue.model_dump_json(exclude={"date"}).encode())
        return digest.hexdigest()


def builtin_names() -> list[str]:
    """The names of the suites that come with Rejoinder."""
    return sorted(folder.name for folder in BUILTIN.iterdir() if (folder / "suite.yaml").is_file())


def load_suite(name_or_path: str | Path, *, relative_to: Path | None = None) -> Suite:
    """Read the header of a suite.

    Args:
        name_or_path: A built-in name, a header file, or a folder with a `suite.yaml`.
        relative_to: Folder that a relative path starts from; the working directory if not given.

    Raises:
        InputError: There is no such suite, or its header is wrong.
    """
    path = _header_file(str(name_or_path), relative_to or Path())
    document = read_yaml(path)
    header = document.parse(SuiteHeader)
    if header.persona is not None and header.persona not in header.personas:
        raise document.error(unknown_name(header.persona, list(header.personas), "persona"), ("persona",))
    return Suite(header, document)


def _header_file(name_or_path: str, folder: Path) -> Path:
    """Where the header of a suite is looked for."""
    names = builtin_names()
    if name_or_path in names:
        return BUILTIN / name_or_path / "suite.yaml"
    path = folder / name_or_path
    try:
        if path.is_dir():
            return path / "suite.yaml"
        if path.suffix in (".yaml", ".yml") or path.exists():
            return path
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    raise InputError(unknown_name(name_or_path, names, "built-in suite, file or folder"), field="suite")
