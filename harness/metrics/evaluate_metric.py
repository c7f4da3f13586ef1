"""Any metric of the `evaluate` library as a metric of Rejoinder, one reply at a time.

`evaluate` looks on the disk first and then on its hub; a path of a metric module needs no network.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.metrics.metric import Measure, Measurement
from harness.metrics.reasons import reasons_in
from harness.metrics.references import without_reference
from harness.metrics.signature import library, signature
from suites.cases import Case
from suites.userfile import InputError, unknown_name

_PROBE = "It is a small one."
"""Compared with itself once, to learn what a metric returns."""


class EvaluateMetric:
    """One figure of one metric of the `evaluate` library.

    A metric that takes several references for a reply gets them all; one that takes a single one gets the first, the
    dialogue's own turn. The corpus figure is the mean over replies, not the metric's own figure for all of them together.
    """

    def __init__(self, name_or_path: str, value: str | None, options: Mapping[str, Any], language: str) -> None:
        """Load the metric and try it once.

        Args:
            name_or_path: Its name on the hub, or the path of a metric module or of its folder.
            value: Which of the figures that it returns; not needed where it returns a single one.
            options: Passed to its `compute`.
            language: BCP 47 tag, of the reasons alone; metrics that need it take it among their options.

        Raises:
            InputError: The metric is not to be had, cannot compare two texts, or `value` does not name one of its figures.
        """
        self._reasons = reasons_in(language)
        module = _load(name_or_path)
        self._takes_all_references = _takes_all_references(module, name_or_path)
        self._compute = partial(module.compute, **options)
        self._value = self._chosen_value(name_or_path, value)
        name = Path(name_or_path).stem
        self.measures: Sequence[Measure] = (
            Measure(
                name=name,
                title=name,
                description=f"The figure '{self._value}' of the metric '{name}' of the evaluate library.",
                kind="reference",
                scale=None,
                higher_is_better=None,
                signature=signature(
                    name,
                    f"value:{self._value}",
                    f"options:{json.dumps(options, sort_keys=True, ensure_ascii=False, default=str)}",
                    f"refs:{'all' if self._takes_all_references else 'first'}",
                    f"module:{_module_hash(module, name_or_path)}",
                    library("evaluate"),
                ),
            ),
        )

    def measure(self, case: Case, reply: str) -> Sequence[Measurement]:
        """The figure; status `error` where the metric gives no finite number."""
        if not case.references:
            return without_reference(self.measures, self._reasons)
        name = self.measures[0].name
        value = _as_number(self._figures(reply, case.references).get(self._value))
        if value is None or not math.isfinite(value):
            reason = self._reasons.not_a_number.format(value=value, figure=self._value)
            return [Measurement(measure=name, status="error", reason=reason)]
        return [Measurement(measure=name, value=value)]

    def _figures(self, reply: str, references: Sequence[str]) -> Mapping[str, Any]:
        reference = list(references) if self._takes_all_references else references[0]
        figures = self._compute(predictions=[reply], references=[reference])
        if not isinstance(figures, Mapping):
            raise TypeError(f"it returned {type(figures).__name__} instead of named figures")
        return figures

    def _chosen_value(self, name_or_path: str, value: str | None) -> str:
        try:
            figures = self._figures(_PROBE, [_PROBE])
        except Exception as error:
            raise InputError(
                f"the evaluate metric '{name_or_path}' cannot compare two texts with these options "
                f"({type(error).__name__}: {error}); choose one whose predictions and references are texts"
            ) from error
        names = [name for name, figure in figures.items() if _as_number(figure) is not None]
        if value is None and len(names) == 1:
            return names[0]
        if not names:
            raise InputError(
                f"the evaluate metric '{name_or_path}' returns no single number, only {', '.join(figures)}"
            )
        if value is None:
            raise InputError(f"the evaluate metric '{name_or_path}' returns {', '.join(names)}; name one as `value`")
        if value not in names:
            raise InputError(unknown_name(value, names, f"value of the evaluate metric '{name_or_path}' named"))
        return value


def _load(name_or_path: str) -> Any:
    try:
        import evaluate  # noqa: PLC0415  (takes five seconds and more)
    except ImportError as error:
        raise InputError(
            f"the metric '{name_or_path}' needs the evaluate library; install it with `pip install rejoinder[evaluate]`"
        ) from error
    try:
        return evaluate.load(name_or_path, keep_in_memory=True, seed=0)
    except Exception as error:  # whatever a metric's own module raises at its import
        raise InputError(
            f"the evaluate metric '{name_or_path}' cannot be loaded ({type(error).__name__}: {_first_line(error)}); tried "
            f"the path '{Path(name_or_path).absolute()}' and the hub; without a network, name the path of a metric module"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]


def _takes_all_references(module: Any, name_or_path: str) -> bool:
    """Whether the metric wants a list of references for each prediction."""
    from datasets import Value  # type: ignore[import-untyped]  # noqa: PLC0415

    alternatives = module.features if isinstance(module.features, list) else [module.features]
    if not all({"predictions", "references"} <= set(features) for features in alternatives):
        raise InputError(f"the evaluate metric '{name_or_path}' does not compare predictions with references")
    return any(not isinstance(features["references"], Value) for features in alternatives)


def _as_number(figure: Any) -> float | None:
    """A figure as a number; the only element of a list, as metrics give it that return one figure a prediction."""
    if isinstance(figure, (list, tuple)) and len(figure) == 1:
        figure = figure[0]
    if isinstance(figure, (str, bytes, Mapping)) or figure is None:
        return None
    try:
        return float(figure)
    except (TypeError, ValueError):
        return None


def _module_hash(module: Any, name_or_path: str) -> str:
    """Eight digits that change with the metric's code."""
    file = module_file(Path(name_or_path))
    return (hashlib.sha256(file.read_bytes()).hexdigest() if file else str(module._hash))[:8]


def module_file(path: Path) -> Path | None:
    """The metric module at `path`: the file itself, or the file of the same name in that folder; None if there is none."""
    return next((file for file in (path, path / f"{path.name}.py") if file.is_file()), None)
