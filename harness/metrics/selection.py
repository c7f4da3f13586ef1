"""From the names in a spec to the metrics of one language: the built-in ones, installed plugins, and `evaluate`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from harness.metrics.dialogue_act import DialogueActMetric
from harness.metrics.distinct import Distinct
from harness.metrics.evaluate_metric import EvaluateMetric, module_file
from harness.metrics.exact_match import ExactMatch
from harness.metrics.expectation_checks import ExpectationChecks
from harness.metrics.length_ratio import LengthRatio
from harness.metrics.meteor import Meteor
from harness.metrics.metric import CorpusMetric, Metric
from harness.metrics.rouge import Rouge
from harness.metrics.sacrebleu_metrics import Bleu, Chrf
from harness.spec import EvaluateMetricSpec
from suites.userfile import InputError, unknown_name

PLUGIN_GROUP = "rejoinder.metrics"
"""Entry points of this group are metric classes that are made with a language (BCP 47)."""

MetricClass = Callable[[str], Metric]

BUILT_IN: Mapping[str, MetricClass] = {
    "bleu": Bleu,
    "chrf": Chrf,
    "rouge": Rouge,
    "meteor": Meteor,
    "exact_match": ExactMatch,
    "length_ratio": LengthRatio,
    "distinct": Distinct,
    "act": DialogueActMetric,
    "checks": ExpectationChecks,
}


def make_metrics(
    chosen: Sequence[str | EvaluateMetricSpec], language: str, *, relative_to: Path | None = None
) -> list[Metric]:
    """The chosen metrics for replies in one language, in the order in which they were chosen.

    Args:
        chosen: Names of built-in metrics or of plugins, and metrics of the `evaluate` library.
        language: BCP 47 tag of the cases.
        relative_to: Folder that paths of metric modules start from; the working folder if not given.

    Raises:
        InputError: A metric is not known or cannot be loaded, or two of them take the same measure. Its field is
            `metrics` and the place in `chosen`.
    """
    metrics: list[Metric] = []
    taken: dict[str, int] = {}
    for place, choice in enumerate(chosen):
        try:
            metric = _make(choice, language, relative_to or Path())
        except InputError as error:
            raise InputError(error.problem, field=("metrics", place)) from error
        for measure in metric.measures:
            if taken.setdefault(measure.name, place) != place:
                problem = f"the measure '{measure.name}' is taken by two metrics; leave one of them out"
                raise InputError(problem, field=("metrics", place))
        metrics.append(metric)
    return metrics


def make_corpus_metrics(chosen: Sequence[str | EvaluateMetricSpec], language: str) -> list[CorpusMetric]:
    """Those of the chosen metrics that have corpus figures; what only the others need is not imported.

    Metrics of the `evaluate` library have none, and may no longer be where the spec found them.

    Raises:
        InputError: As for `make_metrics`.
    """
    names = [choice for choice in chosen if isinstance(choice, str)]
    possible = [name for name in names if name not in BUILT_IN or hasattr(BUILT_IN[name], "corpus_values")]
    return [metric for metric in make_metrics(possible, language) if isinstance(metric, CorpusMetric)]


def _make(choice: str | EvaluateMetricSpec, language: str, folder: Path) -> Metric:
    if isinstance(choice, EvaluateMetricSpec):
        local = folder / Path(choice.evaluate).expanduser()
        name_or_path = str(local) if module_file(local) else choice.evaluate
        return EvaluateMetric(name_or_path, choice.value, choice.options, language)
    if choice in BUILT_IN:
        return BUILT_IN[choice](language)
    plugins = {plugin.name: plugin for plugin in entry_points(group=PLUGIN_GROUP)}
    if choice not in plugins:
        raise InputError(unknown_name(choice, [*BUILT_IN, *plugins], "metric"))
    return _make_plugin(plugins[choice], language)


def _make_plugin(plugin: EntryPoint, language: str) -> Metric:
    try:
        metric: Metric = plugin.load()(language)
    except InputError:
        raise
    except Exception as error:  # whatever a plugin's code raises
        raise InputError(
            f"the metric plugin '{plugin.name}' ({plugin.value}) cannot be loaded ({type(error).__name__}: {error})"
        ) from error
    return metric
