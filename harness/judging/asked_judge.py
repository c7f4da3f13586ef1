"""Whom a command asks, and by which rubric: as its options name them, or as a spec's runs have them.

Nothing is loaded here; see `harness.judging.judge_engine`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.judging.judge_models import JUDGE
from harness.judging.run_judges import is_written_in_python, rubric_of
from harness.preparation import judge_engine_of
from harness.spec import SAME_ENGINE, JudgeEngineSpec, SpecFile, resolved_path
from judges.loading import builtin_rubric_names, load_rubric, with_readout, with_reasons
from judges.readouts.readout import Readout
from judges.rubrics.rubric import Rubric
from suites.userfile import FieldPath, InputError

_OPTIONS: dict[FieldPath, str] = {
    ("engine", "kind"): "--engine",
    ("engine", "model"): "--model",
    ("engine", "options"): "--base-url",
    ("engine", "options", "base_url"): "--base-url",
    ("candidates", JUDGE, "adapter"): "--adapter",
    ("candidates", JUDGE, "model"): "--model",
}
"""What the settings of an engine are called on the command line; others cannot be given there."""


class SeveralEntriesError(InputError):
    """Several entries under a spec's `judges` ask the rubric that a command names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"is asked by several judges of the spec; name one of them: {', '.join(names)}", field="RUBRIC"
        )
        self.names = names


@dataclass(frozen=True, slots=True)
class AskedRubric:
    """The rubric of a command."""

    source: str
    """A built-in name or a rubric file."""
    name: str | None = None
    """In place of the rubric's own."""
    readout: Readout | None = None
    """In place of the rubric's own."""
    beside: Path = Path()
    """Where the certificates of a built-in rubric are."""

    @property
    def is_builtin(self) -> bool:
        """Whether it comes with Rejoinder."""
        return self.source in builtin_rubric_names()

    @property
    def folder(self) -> Path:
        """Where its certificates are: where runs look for them."""
        return self.beside if self.is_builtin else Path(self.source).parent

    def load(self, language: str | None = None) -> Rubric:
        """Read and check it. No reasons are asked for: judges are measured by their verdicts.

        Raises:
            InputError: There is no such rubric, it is wrong, does not go with the readout, or has no texts in `language`.
        """
        rubric = with_reasons(load_rubric(self.source, language=language), "none")
        if self.readout is not None:
            rubric = with_readout(rubric, self.readout)
        return rubric.model_copy(update={"name": self.name}) if self.name else rubric


@dataclass(frozen=True, slots=True)
class AskedJudge:
    """The judge of a command."""

    engine: JudgeEngineSpec
    """Paths in it start from the working directory, or are absolute."""
    spec_file: SpecFile | None = None
    """The spec that it comes from; None where options name it."""
    entry: int | None = None
    """Its place under the spec's `judges`."""

    @contextmanager
    def naming_fields(self) -> Iterator[None]:
        """What its engine complains of is said with the option, or with the field of the spec, that the user wrote."""
        try:
            yield
        except InputError as error:
            if error.field_path[:1] not in (("engine",), ("candidates",)):
                raise
            raise self._named(error) from error

    def _named(self, error: InputError) -> InputError:
        if self.spec_file is None:
            option = _OPTIONS.get(error.field_path, "")
            return InputError(error.problem, file=error.file, line=error.line, field=option)
        field = self._field_of_spec(self.spec_file, error.field_path)
        if error.file is not None:
            return InputError(error.problem, file=error.file, line=error.line, field=field)
        return self.spec_file.error(error.problem, *field)

    def _field_of_spec(self, spec_file: SpecFile, field: FieldPath) -> FieldPath:
        own = spec_file.spec.judges[self.entry] if self.entry is not None else None
        setting = str(field[-1])
        if own is not None and setting in ("adapter", "model") and getattr(own, setting):
            return ("judges", self.entry or 0, setting)
        if field[0] == "candidates":
            return ("judge_engine", *field[2:])
        return field if spec_file.spec.judging.kind == SAME_ENGINE else ("judge_engine", *field[1:])


def judge_of_spec(spec_file: SpecFile, rubric: str) -> tuple[AskedJudge, AskedRubric]:
    """The judge of a spec, and the rubric as the spec has it asked.

    Where an entry under `judges` is meant, by its name or by its rubric, the readout and the adapter or model are the entry's.

    Args:
        spec_file: The spec.
        rubric: Name of an entry, a built-in name, or a rubric file.

    Raises:
        InputError: The spec is wrong, or its judge cannot be asked outside of a run.
        SeveralEntriesError: Several entries may be meant.
    """
    entry = _entry(spec_file, rubric)
    judge = AskedJudge(judge_engine_of(spec_file, entry), spec_file, entry)
    if entry is None:
        return judge, AskedRubric(rubric, beside=spec_file.folder)
    rubric_of(spec_file, entry)  # its faults are the spec's
    spec = spec_file.spec.judges[entry]
    return judge, AskedRubric(_source(spec_file, spec.rubric), spec.name, spec.readout, spec_file.folder)


def _entry(spec_file: SpecFile, rubric: str) -> int | None:
    """The place of the entry that is meant: by its name, by its rubric's name, or by the rubric; None where none is."""
    rubrics = {index: spec for index, spec in enumerate(spec_file.spec.judges) if not is_written_in_python(spec)}
    named = [index for index, spec in rubrics.items() if (spec.name or rubric_of(spec_file, index).name) == rubric]
    if named:
        return named[0]
    source = rubric if rubric in builtin_rubric_names() else str(Path(rubric).resolve())
    of_it = [index for index, spec in rubrics.items() if _source(spec_file, spec.rubric) == source]
    if len(of_it) > 1:
        names = [rubrics[index].name or rubric_of(spec_file, index).name for index in of_it]
        raise SeveralEntriesError(names)
    return of_it[0] if of_it else None


def _source(spec_file: SpecFile, rubric: str) -> str:
    return rubric if rubric in builtin_rubric_names() else str(resolved_path(spec_file, Path(rubric)))
