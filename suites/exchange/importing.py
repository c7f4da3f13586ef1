"""Making a suite of files in another format: reading, repairing, redacting, marking whose dialogues they are, writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from suites.checking import leaks_of, refuse_leaks
from suites.dialogue import Dialogue, Persona, SuiteHeader
from suites.exchange.encoding_damage import Damage, DamageSurvey, repair
from suites.exchange.formats import format_of
from suites.exchange.reading import Found, ReadingOptions
from suites.exchange.redaction import Redactor
from suites.loading import Half, Suite, load_suite
from suites.new_suite import header_of, name_of_folder, new_folder, write_dialogues, write_header
from suites.userfile import InputError, read_yaml

CARD = "persona.yaml"
"""A card in a folder of sources says whose dialogues lie in it; the folder's name is the persona's."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a suite is made of files in another format."""

    language: str = "en"
    """BCP 47 tag of the dialogues' language."""
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    card: Path | None = None
    """The card of who speaks in the target turns, a YAML file named after the persona."""
    redact: bool | None = None
    """Whether what tells who somebody is becomes placeholders; None: in messengers."""
    names: tuple[str, ...] = ()
    """Further names to replace."""
    repair_encoding: bool | None = None
    """Whether text whose UTF-8 was read in another code page is repaired; None: refuse such files."""
    allow_leak: bool = False
    """Whether the halves may share dialogues or replies; the suite is marked then."""


class Imported(NamedTuple):
    """A suite that was made, and what was done on the way."""

    suite: Suite
    dialogues: Mapping[Half, int]
    targets: int
    """Turns of the held-out half that candidates have to produce."""
    redacted: Mapping[str, int] | None
    """Replaced by kind: NAME, PHONE, EMAIL, CARD; None if nothing was to be replaced."""
    repaired: Damage | None


def import_suite(
    format_name: str, held_out: Path, folder: Path, *, train: Path | None = None, options: ImportOptions | None = None
) -> Imported:
    """Make a suite of files in another format. Each file is read at least twice: to see what is in it, and to take it over.

    Args:
        format_name: One of `suites.exchange.formats.FORMATS`.
        held_out: Dialogues to test on, or all if they are to be split afterwards: a file, or a folder of files.
        folder: Where the suite is to be, and what it is called; nothing may be there yet.
        train: Dialogues to train on.
        options: How it is made.

    Raises:
        InputError: A file cannot be read or is damaged, the halves share replies, the folder is there already or cannot be
            written, or an option is wrong. Nothing is left behind then.
    """
    options = options or ImportOptions()
    format_ = format_of(format_name)
    sources: dict[Half, Path] = {"held_out": held_out, **({"train": train} if train else {})}
    header = _header(folder, sources, options)
    with new_folder(folder) as draft:
        halves = {half: _Source(format_name, path, options) for half, path in sources.items()}
        survey = DamageSurvey()
        for source in halves.values():
            source.look_at(survey)
        damage = _damage_to_repair(survey, held_out, options.repair_encoding)
        should_redact = format_.is_messenger if options.redact is None else options.redact
        participants = {name: None for source in halves.values() for name in source.participants(damage)}
        redactor = Redactor(options.language, options.names, participants) if should_redact else None
        counts: dict[Half, int] = {}
        for half, source in halves.items():
            counts[half] = write_dialogues(source.dialogues(damage, redactor), draft / f"{half}.jsonl")
        cards = {name: card for source in halves.values() for name, card in source.personas.items()}
        header = header.model_copy(update={"personas": {**header.personas, **cards}})
        write_header(header, draft)
        made = load_suite(draft)
        leaks = [leak for leak in leaks_of(made) if leak.severity == "error"] if train else []
        if leaks and options.allow_leak:
            write_header(header.model_copy(update={"allow_leak": True}), draft)
        else:
            refuse_leaks(leaks, made, held_out)
    targets = halves["held_out"].targets
    return Imported(load_suite(folder), counts, targets, redactor.counts if redactor else None, damage)


def import_dialogues(format_name: str, path: Path, options: ReadingOptions | None = None) -> Iterator[Dialogue]:
    """The dialogues of a file in another format as they stand, one in memory at a time.

    Raises:
        InputError: There is no such format, a line cannot be read, or an id stands twice.
    """
    yield from _Source(format_name, path, ImportOptions(reading=options or ReadingOptions())).dialogues()


def _header(folder: Path, sources: dict[Half, Path], options: ImportOptions) -> SuiteHeader:
    fields: dict[str, Any] = {
        "name": name_of_folder(folder),
        "language": options.language,
        "target_role": options.reading.target_role,
        **{half: f"{half}.jsonl" for half in sources},
    }
    header = header_of(fields)
    if options.card is None:
        return header
    name = options.card.stem
    return header.model_copy(update={"personas": {name: read_card(options.card)}, "persona": name})


def _damage_to_repair(survey: DamageSurvey, file: Path, is_wanted: bool | None) -> Damage | None:
    damage = survey.damage()
    if damage is not None and is_wanted is None:
        raise InputError(
            f"holds UTF-8 that was once read as {damage.title}, in {damage.places:,} places ('{damage.before}' for "
            f"'{damage.after}'); have it repaired with --repair-encoding, or take it as it is with --keep-encoding",
            file=file,
        )
    return damage if is_wanted else None


class _Part(NamedTuple):
    """Files to read together, and whose dialogues they hold."""

    path: Path
    persona: str | None
    card: Persona | None


class _Source:
    """The files of one half, which are read several times."""

    def __init__(self, format_name: str, path: Path, options: ImportOptions) -> None:
        self._format_name = format_name
        self._format = format_of(format_name)
        self._path = path
        self._options = options
        self._parts = _parts(path, options.card)
        self.personas = {part.persona: part.card for part in self._parts if part.persona and part.card}
        """Cards that lie among the files, by the names of their folders."""
        self.targets = 0
        """Target turns of the dialogues that were given."""

    def look_at(self, survey: DamageSurvey) -> None:
        """Look at the encoding of everything: as it stands in the files where damaged names or dates would stop the reader."""
        if self._format.texts is None:
            contents = (turn.content for found, _ in self._found() for turn in found.dialogue.messages)
        else:
            contents = (text for part in self._parts for text in self._format.texts(part.path))
        for text in contents:
            survey.look_at(text)

    def participants(self, damage: Damage | None) -> list[str]:
        """The names of those who speak, as far as the format tells, repaired."""
        if self._format.texts is None:
            return []
        return list({name: None for found, _ in self._found(damage) for name in found.participants})

    def dialogues(self, damage: Damage | None = None, redactor: Redactor | None = None) -> Iterator[Dialogue]:
        """The dialogues, repaired and redacted.

        Raises:
            InputError: A file cannot be read, there is no dialogue at all, or an id stands twice.
        """
        for number, (found, persona) in enumerate(self._found(damage), start=1):
            dialogue = found.dialogue
            if damage is not None:
                dialogue = self._repaired(dialogue, damage.code_page)
            if redactor is not None:
                name = f"{persona or self._format_name}-{number:05d}"  # what the source calls it may name people
                dialogue = redactor.redacted(dialogue, found.participants).model_copy(update={"id": name})
            self.targets += sum(turn.target is not None for turn in dialogue.messages)
            yield dialogue

    def _repaired(self, dialogue: Dialogue, code_page: str) -> Dialogue:
        """A dialogue repaired, its id too, which may be a file's name, and its turns unless the reader has done so."""
        turns = dialogue.messages
        if self._format.texts is None:
            turns = tuple(turn.model_copy(update={"content": repair(turn.content, code_page)}) for turn in turns)
        return dialogue.model_copy(update={"messages": turns, "id": repair(dialogue.id, code_page)})

    def _found(self, damage: Damage | None = None) -> Iterator[tuple[Found, str | None]]:
        """Each dialogue with the name of the persona whose folder it lies in.

        Args:
            damage: What readers repair that depend on the text.
        """
        places: dict[str, tuple[Path, int]] = {}
        for part in self._parts:
            options = replace(self._options.reading, code_page=damage.code_page if damage else None)
            if part.card is not None and options.person is None:
                options = replace(options, person=part.card.name)
            for found in self._format.read(part.path, options):
                dialogue = found.dialogue
                if part.persona is not None:
                    dialogue = dialogue.model_copy(
                        update={"id": f"{part.persona}/{dialogue.id}", "persona": part.persona}
                    )
                _refuse_second(dialogue.id, places, found)
                yield found._replace(dialogue=dialogue), part.persona
        if not places:
            raise InputError("holds no dialogue", file=self._path)


def _refuse_second(name: str, places: dict[str, tuple[Path, int]], found: Found) -> None:
    file, line = places.setdefault(name, (found.file, found.line))
    if (file, line) != (found.file, found.line):
        raise InputError(
            f"'{name}' stands in line {line}{'' if file == found.file else f' of {file}'} already; give every dialogue an id "
            "of its own, or none",
            file=found.file,
            line=found.line,
            field="id",
        )


def _parts(path: Path, card: Path | None) -> list[_Part]:
    """What to read: the path as a whole, or, where folders in it hold cards, each of these for its persona.

    Raises:
        InputError: Beside folders that hold cards there is something else.
    """
    if card is not None or not path.is_dir():
        return [_Part(path, None, read_card(card) if card else None)]
    if (path / CARD).is_file():
        return [_Part(path, path.resolve().name, read_card(path / CARD))]
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    with_card = [entry for entry in entries if (entry / CARD).is_file()]
    if not with_card:
        return [_Part(path, None, None)]
    for entry in entries:
        if entry not in with_card:
            problem = f"stands beside folders that hold a {CARD}; give its dialogues a folder with a card too"
            raise InputError(problem, file=entry)
    return [_Part(entry, entry.name, read_card(entry / CARD)) for entry in with_card]


def read_card(file: Path) -> Persona:
    """The card of a persona: a YAML file with `name`, `description` and so on.

    Raises:
        InputError: It cannot be read, or a field is wrong.
    """
    return read_yaml(file).parse(Persona)
