"""The spec file: its defaults, and what is said of its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.spec import METRIC_NAMES, read_spec
from suites.userfile import InputError


def spec_of(folder: Path, text: str) -> Path:
    path = folder / "eval.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_suite_is_all_that_is_needed(tmp_path: Path) -> None:
    spec = read_spec(spec_of(tmp_path, "suite: coffee_orders\n")).spec
    assert list(spec.candidates) == ["base"]
    assert spec.baseline_name == "base"
    assert spec.metrics == METRIC_NAMES
    assert spec.sampling.temperature == 0
    assert spec.seeds == (0,)


def test_the_spec_of_the_design_is_read(tmp_path: Path) -> None:
    text = """\
suite: coffee_orders
engine: {kind: vllm, model: ./checkpoints/base, options: {max_model_len: 4096}}
candidates:
  generic:
  barista: {adapter: ./adapters/barista}
baseline: generic
sampling: {temperature: 0, max_tokens: 128}
metrics: [bleu, chrf, rouge, meteor, act]
judges:
  - rubric: correctness
  - rubric: ./rubrics/house_tone.yaml
judge_engine: same
gate:
  - {measure: appropriateness, against: generic, margin: 0.03}
  - {measure: judge.coverage, at_least: 0.98}
"""
    spec = read_spec(spec_of(tmp_path, text)).spec
    assert list(spec.candidates) == ["generic", "barista"]
    assert spec.engine.options == {"max_model_len": 4096}
    assert spec.gate[0].margin == 0.03


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("suite: s\nbaselin: a\n", r"eval\.yaml:2: baselin: there is no field 'baselin'; did you mean 'baseline'\?"),
        (
            "suite: s\ncandidates:\n  a: {adaptor: x}\n",
            r"eval\.yaml:3: candidates\.a\.adaptor: there is no field 'adaptor'; did you mean 'adapter'\?",
        ),
        ("engine: {kind: vllm}\n", r"eval\.yaml:1: suite: is missing"),
        (
            "suite: s\nsampling: {temperature: hot}\n",
            r"eval\.yaml:2: sampling\.temperature: is the text 'hot'; .*number",
        ),
        (
            "suite: s\nsampling: {max_tokens: 0}\n",
            r"eval\.yaml:2: sampling\.max_tokens: is the number 0; must be at least 1",
        ),
        ("suite: s\nseeds: [1, 1]\n", r"eval\.yaml:2: seeds: holds a seed twice"),
        ("suite: s\nbaseline: b\n", r"eval\.yaml:2: baseline: there is no candidate 'b'; known: base"),
        ("suite: s\nsuite: t\n", r"eval\.yaml:2: suite: is given twice"),
        ("suite: [\n", r"eval\.yaml:\d: is not YAML"),
        ("", r"eval\.yaml: is empty"),
        ("- suite\n", r"eval\.yaml:1: must hold fields"),
        ("suite: s\ncandidates: {}\n", r"eval\.yaml:2: candidates: "),
        ("suite: s\ncandidates: {'a b': {}}\n", r"eval\.yaml:2: candidates\.a b: "),
        (
            "suite: s\ngate:\n  - {measure: act, against: nobody, margin: 0.1}\n",
            r"eval\.yaml:3: gate\.0\.against: there is no candidate 'nobody'",
        ),
        (
            "suite: s\ngate:\n  - {measure: act, candidate: base, against: base, margin: 0.1}\n",
            r"eval\.yaml:3: gate\.0\.candidate: 'base' is compared with itself",
        ),
        ("suite: s\ngate:\n  - {measure: act}\n", r"eval\.yaml:3: gate\.0: .*exactly one of"),
        ("suite: !!python/object/apply:os.system [ls]\n", r"eval\.yaml:1: "),
    ],
)
def test_faults_are_one_sentence_with_file_line_and_field(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as raised:
        read_spec(spec_of(tmp_path, text))
    assert "\n" not in str(raised.value)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["suite", "engine", "kind", "candidates", "metrics", "gate", "measure", "x", "judges"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_is_written_gives_a_spec_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: object
) -> None:
    import yaml

    path = tmp_path_factory.mktemp("spec") / "eval.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    try:
        read_spec(path)
    except InputError as error:
        assert "\n" not in str(error)
