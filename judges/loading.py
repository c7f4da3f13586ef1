"""Finding rubrics and judges by name or path: built in, files, and plugins that come through entry points."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from judges.judge import Verdictor
from judges.judge_model import JudgeModel
from judges.pairs import PairVerdictor
from judges.readouts.readout import Readout
from judges.rubrics.rubric import Reasons, Rubric
from judges.rubrics.rubric_faults import faults_of
from suites.userfile import InputError, read_yaml, unknown_name

BUILTIN = Path(__file__).parent / "builtin"

ENTRY_POINTS = "rejoinder.judges"
"""Group of the entry points of judges written in Python. Each names a `JudgeFactory`."""

JudgeFactory = Callable[[JudgeModel], Verdictor | PairVerdictor]
"""Makes a judge; it may ask the run's judge model or leave it alone (a programmatic check)."""


def builtin_rubric_names() -> list[str]:
    """The names of the rubrics that come with Rejoinder."""
    return sorted(file.stem for file in BUILTIN.glob("*.yaml"))


def plugin_judge_names() -> list[str]:
    """The names of the installed judges that are written in Python."""
    return sorted({entry_point.name for entry_point in entry_points(group=ENTRY_POINTS)})


def load_rubric(name_or_path: str | Path, *, relative_to: Path | None = None, language: str | None = None) -> Rubric:
    """Read and check a rubric.

    Args:
        name_or_path: A built-in name or a YAML file.
        relative_to: Folder that a relative path starts from; the working directory if not given.
        language: A language that the rubric must have texts in, e.g. the suite's.

    Raises:
        InputError: There is no such rubric, it is wrong, or it has no texts in `language`.
    """
    document = read_yaml(_rubric_file(name_or_path, relative_to or Path()))
    rubric = document.parse(Rubric)
    for problem, field in faults_of(rubric):
        raise document.error(problem, field)
    if language is not None and rubric.language_for(language) is None:
        raise document.error(
            f"there are no texts in '{language}', only in {', '.join(rubric.languages)}; add a block `{language}:`",
            ("languages",),
        )
    return rubric


def with_readout(rubric: Rubric, readout: Readout) -> Rubric:
    """A rubric with another readout, as if its file said so: the hash goes by it too.

    Raises:
        InputError: The rubric cannot be read in it; the error names the field from `readout` on, and no file.
    """
    return _with(rubric, "readout", readout)


def with_reasons(rubric: Rubric, reasons: Reasons) -> Rubric:
    """A rubric that wants the reasons of other verdicts; the hash stays, since no verdict changes by it.

    Raises:
        InputError: The rubric cannot be asked for them; the error names the field `reasons`, and no file.
    """
    return _with(rubric, "reasons", reasons)


def _with(rubric: Rubric, setting: Literal["readout", "reasons"], value: Readout | Reasons) -> Rubric:
    changed = rubric.model_copy(update={setting: value})
    for problem, field in faults_of(changed):
        if field[:1] == (setting,):
            raise InputError(problem, field=field)
        place = ".".join(map(str, field))
        raise InputError(f"does not fit the rubric '{rubric.name}', which says under {place}: {problem}", field=setting)
    return changed


def installed_judge(name: str, model: JudgeModel) -> Verdictor | PairVerdictor:
    """An installed judge that is written in Python.

    Raises:
        InputError: It cannot be loaded.
    """
    plugin = next(entry_point for entry_point in entry_points(group=ENTRY_POINTS) if entry_point.name == name)
    try:
        factory: JudgeFactory = plugin.load()
        return factory(model)
    except InputError:
        raise
    except Exception as error:  # whatever a plugin raises is a fault of the plugin, not of Rejoinder
        raise InputError(
            f"the judge '{plugin.name}' ({plugin.value}) cannot be loaded: {type(error).__name__}: {error}",
            field="judges",
        ) from error


def _rubric_file(name_or_path: str | Path, folder: Path) -> Path:
    if str(name_or_path) in builtin_rubric_names():
        return BUILTIN / f"{name_or_path}.yaml"
    path = folder / name_or_path
    if not path.exists() and path.suffix not in (".yaml", ".yml"):
        known = unknown_name(str(name_or_path), [*builtin_rubric_names(), *plugin_judge_names()], "rubric")
        raise InputError(f"{known} (nor is there a file of that name)", field="rubric")
    return path
