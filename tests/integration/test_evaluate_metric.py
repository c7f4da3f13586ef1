"""Metrics of the `evaluate` library, from modules that the tests write to the disk."""

from __future__ import annotations

import textwrap

import pytest

from harness.metrics.evaluate_metric import EvaluateMetric
from harness.metrics.selection import make_metrics
from harness.spec import EvaluateMetricSpec
from suites.cases import Case
from suites.dialogue import Expectation
from suites.userfile import InputError

pytest.importorskip("evaluate")

MODULE = """
import datasets
import evaluate


class Written(evaluate.Metric):
    def _info(self):
        features = datasets.Features({{"predictions": datasets.Value({prediction!r}), "references": {references}}})
        return evaluate.MetricInfo(description="", citation="", inputs_description="", features=features)

    def _compute(self, predictions, references, **options):
        {body}
"""

ONE = 'datasets.Value("string")'
SEVERAL = 'datasets.Sequence(datasets.Value("string"))'


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write_module(tmp_path):
    def write(name, body, references=ONE, prediction="string"):
        body = textwrap.indent(textwrap.dedent(body).strip(), " " * 8).strip()
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(MODULE.format(body=body, references=references, prediction=prediction))
        return str(file)

    return write


def case_with(*references):
    fields = {"messages": (), "tags": (), "facts": (), "language": "en", "persona": None}
    return Case(id="d#1", dialogue_id="d", turn=1, references=references, expectation=Expectation(), **fields)


def value_of(metric, reply, *references):
    (measurement,) = metric.measure(case_with(*references), reply)
    assert measurement.status == "ok"
    assert measurement.measure == metric.measures[0].name
    return measurement.value


def test_a_single_figure_needs_no_name(write_module):
    path = write_module("longer.py", 'return {"by": len(predictions[0]) - len(references[0])}')
    metric = EvaluateMetric(path, None, {}, "en")
    assert [measure.name for measure in metric.measures] == ["longer"]
    assert "|value:by|" in metric.measures[0].signature
    assert value_of(metric, "abcd", "ab", "a") == 2  # it takes one reference, so it gets the first
    assert value_of(metric, "", "ab") == -2


def test_all_references_go_to_a_metric_that_takes_several(write_module):
    path = write_module("matching.py", 'return {"share": [sum(r == predictions[0] for r in references[0])]}', SEVERAL)
    metric = EvaluateMetric(path, None, {}, "en")
    assert "|refs:all|" in metric.measures[0].signature
    assert value_of(metric, "a", "a", "b", "a") == 2


def test_options_reach_the_metric_and_the_signature(write_module):
    path = write_module("scaled.py", 'return {"size": len(predictions[0]) * options["by"]}')
    metric = EvaluateMetric(path, None, {"by": 10}, "en")
    assert value_of(metric, "abc", "x") == 30
    assert '|options:{"by": 10}|' in metric.measures[0].signature


def test_one_of_several_figures_is_named(write_module):
    path = write_module("both.py", 'return {"precision": 0.25, "recall": 0.75, "counts": [1, 2], "note": "x"}')
    assert value_of(EvaluateMetric(path, "recall", {}, "en"), "a", "b") == 0.75
    with pytest.raises(InputError, match=r"returns precision, recall; name one as `value`"):
        EvaluateMetric(path, None, {}, "en")
    with pytest.raises(InputError, match=r"did you mean 'recall'\?"):
        EvaluateMetric(path, "recal", {}, "en")
    with pytest.raises(InputError, match=r"known: precision, recall"):
        EvaluateMetric(path, "counts", {}, "en")


def test_chance_is_the_same_every_time(write_module):
    path = write_module("dice.py", 'import numpy; return {"x": numpy.random.rand()}')
    first, second = EvaluateMetric(path, None, {}, "en"), EvaluateMetric(path, None, {}, "en")
    assert value_of(first, "a", "b") == value_of(first, "a", "b") == value_of(second, "a", "b")


def test_a_case_without_reference_is_skipped(write_module):
    metric = EvaluateMetric(write_module("one.py", 'return {"one": 1}'), None, {}, "en")
    (measurement,) = metric.measure(case_with(), "a")
    assert (measurement.status, measurement.reason) == ("skipped", "the case has no reference")


def test_a_figure_that_is_no_number_is_an_error_not_a_value(write_module):
    path = write_module("shaky.py", 'return {"ratio": 1.0 if predictions[0] else float("nan")}')
    (measurement,) = EvaluateMetric(path, None, {}, "en").measure(case_with("a"), "")
    assert (measurement.status, measurement.value) == ("error", None)
    assert "gave nan as 'ratio'" in measurement.reason


def test_the_signature_changes_with_the_module(write_module):
    path = write_module("changing.py", 'return {"x": 1}')
    before = EvaluateMetric(path, None, {}, "en").measures[0].signature
    write_module("changing.py", 'return {"x": 2}')
    metric = EvaluateMetric(path, None, {}, "en")
    assert metric.measures[0].signature != before
    assert value_of(metric, "a", "b") == 2


@pytest.mark.parametrize(
    ("module", "complaint"),
    [
        ({"body": 'return {"x": 1}', "prediction": "int32"}, "cannot compare two texts"),
        ({"body": 'raise RuntimeError("needs more")'}, r"cannot compare two texts .*\(RuntimeError: needs more\)"),
        ({"body": 'return {"note": "fine"}'}, "returns no single number, only note"),
        ({"body": "return 3"}, "cannot compare two texts"),
        ({"body": "return ("}, r"cannot be loaded \(SyntaxError"),
    ],
)
def test_a_module_that_does_not_fit_is_a_sentence(write_module, module, complaint):
    path = write_module("misfit.py", **module)
    with pytest.raises(InputError, match=complaint):
        EvaluateMetric(path, None, {}, "en")


def test_a_missing_metric_says_what_was_tried(tmp_path):
    with pytest.raises(InputError) as caught:
        EvaluateMetric("nosuchmetric", None, {}, "en")
    assert f"tried the path '{tmp_path / 'nosuchmetric'}' and the hub" in caught.value.problem
    assert "name the path of a metric module" in caught.value.problem


def test_paths_of_a_spec_start_from_its_folder(write_module, tmp_path, monkeypatch):
    write_module("metrics/house.py", 'return {"x": 1}')
    monkeypatch.chdir("/")
    chosen = ["bleu", EvaluateMetricSpec(evaluate="metrics/house.py")]
    metrics = make_metrics(chosen, "en", relative_to=tmp_path)
    assert metrics[1].measures[0].name == "house"
    with pytest.raises(InputError, match="cannot be loaded") as caught:
        make_metrics(chosen, "en", relative_to=tmp_path / "elsewhere")
    assert caught.value.field_path == ("metrics", 1)


def test_a_measure_of_the_same_name_as_a_built_in_one_is_refused(write_module):
    path = write_module("bleu.py", 'return {"x": 1}')
    with pytest.raises(InputError, match="'bleu' is taken by two metrics"):
        make_metrics(["bleu", EvaluateMetricSpec(evaluate=path)], "en")
