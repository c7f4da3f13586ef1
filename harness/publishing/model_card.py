"""A candidate's figures in its Hugging Face model card: `model-index` metadata for the hub, and a table for people.

Everything else in the card stays as it is; what an earlier run of the same suite wrote is replaced. Source of the format:
https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from reports.analysis import Analysis
from reports.errors import unknown_name
from reports.estimates import Mean
from reports.pages.model_table import model_table
from reports.records import MeasureOfRun
from suites.userfile import InputError, read_text

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCard, ModelCardData

TASK: Final = "text-generation"

_BEGIN: Final = "<!-- rejoinder {suite}: begin -->"
_END: Final = "<!-- rejoinder {suite}: end -->"


def write_model_card(analysis: Analysis, candidate: str, file: Path, *, dataset: str | None = None) -> None:
    """Put a candidate's figures into a model card, which is made where it is not there.

    Args:
        analysis: The run.
        candidate: Whose card it is.
        file: The card, usually `README.md` in the model's folder.
        dataset: The suite's name on the hub, `owner/name`, where it is published; its own name if not given.

    Raises:
        InputError: huggingface_hub is not installed, the card cannot be read or written, or there is no such candidate.
    """
    if candidate not in analysis.tables.candidates:
        raise InputError(f"--candidate: {unknown_name(candidate, analysis.tables.candidates, 'candidate')}")
    card = _read_card(file, candidate)
    data, suite = _data_of(card), analysis.tables.manifest.suite
    others = [one for one in data.eval_results or () if (one.task_type, one.dataset_name) != (TASK, suite.name)]
    data.eval_results = [*others, *_results(analysis, candidate, dataset or suite.name)]
    data.model_name = data.model_name or candidate
    text = _with_table(str(card), suite.name, model_table(analysis, candidate))
    _require_valid(text, file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror}); give write access or make room", file=file) from error


def _read_card(file: Path, candidate: str) -> ModelCard:
    """The card, or an empty one."""
    text = read_text(file) if file.exists() else f"---\nmodel_name: {candidate}\n---\n\n# {candidate}\n"
    if not text.startswith("---\n"):
        text = f"---\n{{}}\n---\n\n{text}"
    card = _parsed(text, file)
    if len(re.findall(r"(?m)^model-index:", text)) and len(_index_of(text)) > 1:
        raise InputError("holds the figures of several models under `model-index`; keep one model a card", file=file)
    return card


def _index_of(text: str) -> list[Any]:
    import yaml  # noqa: PLC0415

    block = text.split("\n---", 1)[0].removeprefix("---\n")
    return yaml.safe_load(block).get("model-index") or []


def _parsed(text: str, file: Path) -> ModelCard:
    try:
        from huggingface_hub import ModelCard  # noqa: PLC0415 - only for those who write cards
    except ImportError:
        raise InputError("huggingface_hub is not installed; pip install 'rejoinder[transformers]'") from None
    import yaml  # noqa: PLC0415

    logging.getLogger("huggingface_hub.repocard").setLevel(logging.ERROR)
    try:
        return ModelCard(text)
    except (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"holds metadata that Hugging Face would not read ({problem})", file=file) from None


def _results(analysis: Analysis, candidate: str, dataset: str) -> list[EvalResult]:
    means = analysis.comparison.means
    measured = [(measure, means[measure.name, candidate]) for measure in analysis.tables.measures]
    return [_result(measure, mean, analysis, dataset) for measure, mean in measured if mean.mean is not None]


def _result(measure: MeasureOfRun, mean: Mean, analysis: Analysis, dataset: str) -> EvalResult:
    """One figure with its interval; `metric_args` is where the format has room for how it was measured."""
    from huggingface_hub import EvalResult  # noqa: PLC0415

    suite = analysis.tables.manifest.suite
    assert mean.mean is not None
    how: dict[str, Any] = {"signature": measure.signature, "cases": mean.cases, "dialogues": mean.dialogues}
    if mean.interval:
        how["confidence_interval_95"] = [round(mean.interval.low, 6), round(mean.interval.high, 6)]
    if mean.coverage is not None:
        how["coverage"] = round(mean.coverage, 6)
    which: dict[str, Any] = {"version": suite.version, "language": suite.language}
    if suite.allow_leak:
        which["allow_leak"] = True
    return EvalResult(
        task_type=TASK,
        task_name="Dialogue",
        dataset_type=dataset,
        dataset_name=suite.name,
        dataset_revision=suite.hash,
        dataset_args=which,
        metric_type=measure.name,
        metric_name=measure.title,
        metric_value=round(mean.mean, 6),
        metric_args=how,
    )


def _with_table(text: str, suite: str, table: str) -> str:
    """The card with the table in the place of an earlier one, else at its end."""
    named = re.sub(r"[^\w.]", "_", suite)
    begin, end = _BEGIN.format(suite=named), _END.format(suite=named)
    block = f"{begin}\n{table}\n{end}"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if found and closed:
        return f"{before}{block}{after}"
    return f"{text.rstrip()}\n\n{block}\n"


def _require_valid(text: str, file: Path) -> None:
    """Hold the card to the rules of the hub once more, as it will be read there."""
    for result in _data_of(_parsed(text, file)).eval_results or ():
        try:
            result.__post_init__()
        except ValueError as error:
            raise InputError(f"would not be valid on the hub ({error})", file=file) from None


def _data_of(card: ModelCard) -> ModelCardData:
    return cast("ModelCardData", card.data)  # huggingface_hub does not say that a model's card has a model's data
