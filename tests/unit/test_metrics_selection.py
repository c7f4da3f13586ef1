"""Choosing metrics by name: built-in ones, plugins, and what is said of names that are wrong."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest
from metric_cases import case_with

from harness.metrics.metric import Measure, Measurement
from harness.metrics.selection import BUILT_IN, PLUGIN_GROUP, make_corpus_metrics, make_metrics
from harness.spec import METRIC_NAMES, EvaluateMetricSpec
from suites.userfile import InputError

REFERENCE_MEASURES = [
    *("bleu", "chrf", "rouge1", "rouge2", "rougeL", "meteor"),
    *("exact_match", "length_ratio", "distinct1", "distinct2"),
]


class Politeness:
    """A metric as another distribution would bring it."""

    def __init__(self, language):
        measure = Measure(
            name="politeness",
            title="Politeness",
            description="Whether it says please.",
            kind="other",
            scale=(0, 1),
            higher_is_better=True,
            signature=f"politeness|lang:{language}",
        )
        self.measures = [measure]

    def measure(self, case, reply):
        return [Measurement(measure="politeness", value=float("please" in reply))]


class Length(Politeness):
    """A plugin with a corpus figure of its own."""

    def corpus_values(self, replies):
        return {"politeness": max(len(reply) for reply, _ in replies)}


class Broken:
    def __init__(self, language):
        raise RuntimeError("no luck")


@pytest.fixture
def plugins(monkeypatch):
    found = [
        importlib.metadata.EntryPoint(name, f"{__name__}:{name.title()}", PLUGIN_GROUP)
        for name in ("politeness", "length", "broken")
    ]
    monkeypatch.setattr("harness.metrics.selection.entry_points", lambda group: found if group == PLUGIN_GROUP else [])


def test_every_name_of_the_spec_is_built_in():
    assert tuple(BUILT_IN) == METRIC_NAMES


@pytest.mark.parametrize("language", ["en", "ru", "de-CH"])
def test_metrics_come_in_the_order_of_their_names(language):
    metrics = make_metrics(METRIC_NAMES, language)
    names = [measure.name for metric in metrics for measure in metric.measures]
    assert names[: len(REFERENCE_MEASURES)] == REFERENCE_MEASURES
    assert "act" in names
    assert len(set(names)) == len(names)


def test_signatures_tell_languages_and_versions_apart():
    english, russian = (
        {
            measure.name: measure.signature
            for metric in make_metrics(METRIC_NAMES, language)
            for measure in metric.measures
        }
        for language in ("en", "ru")
    )
    assert english["rouge1"] != russian["rouge1"]
    assert english["meteor"] != russian["meteor"]
    version = importlib.metadata.version("rejoinder")
    assert all(
        signature.startswith(f"{name}|") and signature.endswith(f"|v:{version}") for name, signature in english.items()
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("blue", "did you mean 'bleu'"), ("rougeL", "did you mean 'rouge'"), ("zzz", "known: bleu, chrf")],
)
def test_an_unknown_name_gets_the_nearest_known_one(name, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        make_metrics(["bleu", name], "en")
    assert caught.value.field_path == ("metrics", 1)


def test_a_metric_named_twice_is_refused():
    with pytest.raises(InputError, match="'bleu' is taken by two metrics"):
        make_metrics(["bleu", "chrf", "bleu"], "en")


def test_a_plugin_is_made_with_the_language(plugins):
    (metric,) = make_metrics(["politeness"], "ru")
    assert metric.measures[0].signature == "politeness|lang:ru"
    assert metric.measure(case_with(), "please")[0].value == 1


def test_plugins_are_among_the_known_names(plugins):
    with pytest.raises(InputError, match="did you mean 'politeness'"):
        make_metrics(["politness"], "en")


def test_a_broken_plugin_is_a_sentence(plugins):
    with pytest.raises(InputError, match=r"plugin 'broken' .* cannot be loaded \(RuntimeError: no luck\)"):
        make_metrics(["broken"], "en")


def test_evaluate_metrics_without_the_library_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "evaluate", None)
    with pytest.raises(InputError, match=r"pip install rejoinder\[evaluate\]"):
        make_metrics([EvaluateMetricSpec(evaluate="bertscore")], "en")


def test_only_metrics_with_corpus_figures_are_made_for_them(plugins):
    chosen = [*METRIC_NAMES, EvaluateMetricSpec(evaluate="gone"), "length"]
    assert [type(metric).__name__ for metric in make_corpus_metrics(chosen, "en")] == [
        *("Bleu", "Chrf", "Distinct"),
        "Length",
    ]
    assert make_corpus_metrics(["politeness", "act"], "en") == []


def test_corpus_figures_need_no_word_lists_and_stemmers():
    code = (
        "import sys; from harness.metrics.selection import make_corpus_metrics; from harness.spec import METRIC_NAMES\n"
        "replies = [('What size, please?', {}), ('Which?', {})]\n"
        "figures = [m.corpus_values(replies) for m in make_corpus_metrics(METRIC_NAMES, 'en')]\n"
        "print(len(figures[-1]), [name for name in ('nltk', 'rouge_score', 'scipy') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "2 []"


def test_importing_the_selection_imports_no_heavy_library():
    heavy = ("sacrebleu", "nltk", "rouge_score", "evaluate", "datasets", "torch", "pandas")
    code = f"import sys, harness.metrics.selection; print([n for n in {heavy} if n in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
