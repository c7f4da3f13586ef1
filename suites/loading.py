"""Finding a suite by name or path and reading its header and dialogues, one dialogue in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from suites.dialogue import Dialogue, SuiteHeader
from suites.userfile import InputError, YamlDocument, iterate_jsonl, parse_line, read_yaml, unknown_name

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
        folder = self.path.parent.resolve()
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise self.document.error(f"'{name}' leads out of the suite's folder; keep the file beside it", (half,))
        return file

    def dialogues(self, half: Half = "held_out") -> Iterator[Dialogue]:
        """The dialogues of one half, in the order of the file.

        Raises:
            InputError: A line cannot be read, or an id stands twice.
        """
        for _, dialogue in self.numbered_dialogues(half):
            yield dialogue

    def numbered_dialogues(self, half: Half = "held_out") -> Iterator[tuple[int, Dialogue]]:
        """As `dialogues`, each with its line number.

        Raises:
            InputError: A line cannot be read, or an id stands twice.
        """
        file = self.file_of(half)
        first_line_of: dict[str, int] = {}
        for line, data in iterate_jsonl(file):
            dialogue = parse_line(Dialogue, data, file, line)
            if dialogue.id in first_line_of:
                raise InputError(
                    f"'{dialogue.id}' stands in line {first_line_of[dialogue.id]} already; give every dialogue its own id",
                    file=file,
                    line=line,
                    field="id",
                )
            if dialogue.persona is not None and dialogue.persona not in self.header.personas:
                raise InputError(
                    unknown_name(dialogue.persona, list(self.header.personas), "persona"),
                    file=file,
                    line=line,
                    field="persona",
                )
            first_line_of[dialogue.id] = line
            yield line, dialogue

    def content_hash(self) -> str:
        """SHA-256 of the header and the held-out half, in hexadecimal: what a run's scores depend on.

        Raises:
            InputError: A file cannot be read.
        """
        digest = hashlib.sha256()
        digest.update(self.header.model_dump_json(by_alias=True, exclude={"train"}).encode())
        for dialogue in self.dialogues():
            digest.update(dialogue.model_dump_json().encode())
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
    if str(name_or_path) in builtin_names():
        path = BUILTIN / str(name_or_path) / "suite.yaml"
    else:
        path = (relative_to or Path()) / name_or_path
        if path.is_dir():
            path /= "suite.yaml"
        elif not path.exists() and path.suffix not in (".yaml", ".yml"):
            known = unknown_name(str(name_or_path), builtin_names(), "built-in suite")
            raise InputError(f"{known} (nor is there a file or folder of that name)", field="suite")
    document = read_yaml(path)
    return Suite(document.parse(SuiteHeader), document)
