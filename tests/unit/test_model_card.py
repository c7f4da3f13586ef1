"""Model cards: what Hugging Face reads in them, and that nothing else of a card is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from huggingface_hub import EvalResult, ModelCard
from markdown_it import MarkdownIt
from report_coffee_run import coffee_run
from report_run_folder import manifest, measure, run_of_values

from harness.publishing.model_card import write_model_card
from reports.analysis import Analysis, analyse
from reports.tables import read_tables
from suites.userfile import InputError

DIALOGUES = [f"d{i}" for i in range(8)]

CARD = """---
license: apache-2.0
language:
- en
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
tags:
- lora
model-index:
- name: june
  results:
  - task:
      type: text-generation
    dataset:
      name: Another suite
      type: another/suite
    metrics:
    - type: accuracy
      value: 0.5
---

# June

Written by hand.
"""


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return analyse(read_tables(coffee_run(tmp_path_factory.mktemp("run"), 30)))


def results_in(file: Path) -> list[EvalResult]:
    return ModelCard.load(file).data.eval_results or []  # type: ignore[attr-defined]


def test_a_card_from_a_suite_that_leaks_is_marked(tmp_path: Path) -> None:
    data = manifest(["base", "june"])
    data["suite"]["allow_leak"] = True
    values = {"base": [0.5] * 8, "june": [0.75] * 8}
    run = run_of_values(tmp_path / "run", values, DIALOGUES, manifest_data=data, measures=[measure("quality")])
    file = tmp_path / "README.md"
    write_model_card(analyse(read_tables(run)), "june", file)
    assert "LEAK: the training half holds held-out dialogues" in file.read_text(encoding="utf-8")
    assert [result.dataset_args["allow_leak"] for result in results_in(file)] == [True]  # type: ignore[index]


def test_a_new_card_holds_every_measured_mean(coffee: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "june" / "README.md"
    write_model_card(coffee, "june", file)
    card = ModelCard.load(file)
    assert card.data.model_name == "june"  # type: ignore[attr-defined]
    found = {result.metric_type: result for result in results_in(file)}
    means = {
        name: mean for (name, who), mean in coffee.comparison.means.items() if who == "june" and mean.mean is not None
    }
    assert {name: result.metric_value for name, result in found.items()} == pytest.approx(
        {name: mean.mean for name, mean in means.items()}, abs=1e-6
    )
    act = found["act"]
    assert (act.task_type, act.dataset_name, act.metric_name) == ("text-generation", "coffee_orders", "Act")
    assert act.metric_args is not None
    assert (
        act.metric_args["confidence_interval_95"][0] < act.metric_value < act.metric_args["confidence_interval_95"][1]
    )


def test_what_stands_in_a_card_stays(coffee: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(CARD)
    write_model_card(coffee, "june", file, dataset="team/coffee_orders")
    before, after = ModelCard(CARD), ModelCard.load(file)
    assert after.text.startswith(before.text.rstrip())
    for field in ("license", "language", "base_model", "tags"):
        assert after.data[field] == before.data[field]
    assert {result.dataset_type for result in results_in(file)} == {"another/suite", "team/coffee_orders"}


def test_writing_again_replaces_what_was_written(coffee: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(CARD)
    write_model_card(coffee, "order_taker", file)
    write_model_card(coffee, "june", file)
    once = file.read_text()
    write_model_card(coffee, "june", file)
    assert file.read_text() == once
    assert once.count("rejoinder coffee_orders: begin") == 1
    assert sum(result.metric_type == "act" for result in results_in(file)) == 1
    assert "order\\_taker" not in once


def test_each_suite_has_figures_and_a_table_of_its_own(coffee: Analysis, tmp_path: Path) -> None:
    data = manifest(["base", "june"])
    data["suite"] |= {"name": "tea"}
    values = {"base": [0.5] * 8, "june": [0.75] * 8}
    tea = analyse(read_tables(run_of_values(tmp_path / "run", values, DIALOGUES, manifest_data=data)))
    file = tmp_path / "README.md"
    for analysis in (coffee, tea):
        write_model_card(analysis, "june", file)
    assert {result.dataset_name for result in results_in(file)} == {"coffee_orders", "tea"}
    assert file.read_text().count(": begin -->") == 2


def test_the_table_is_a_table_with_the_baseline_beside_it(coffee: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    write_model_card(coffee, "june", file)
    tokens = MarkdownIt().enable("table").parse(ModelCard.load(file).text)
    cells = [token.content for i, token in enumerate(tokens) if tokens[i - 1].type in ("th_open", "td_open")]
    assert cells[:3] == ["Measure", "base (baseline)", "june"]
    assert len(cells) == 3 * (1 + len(coffee.tables.measures))


def test_a_readme_without_metadata_becomes_a_card(coffee: Analysis, tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("# Just a readme\n")
    write_model_card(coffee, "june", file)
    assert ModelCard.load(file).text.strip().startswith("# Just a readme")
    assert results_in(file)


def test_titles_that_a_user_wrote_do_not_break_the_card(tmp_path: Path) -> None:
    title = "a | b\n--- <!-- rejoinder --> : {x} ' \""
    measures = [measure("quality", title=title)]
    run = run_of_values(tmp_path / "run", {"base": [1.0] * 8, "june": [0.5] * 8}, DIALOGUES, measures=measures)
    file = tmp_path / "README.md"
    for _ in range(2):
        write_model_card(analyse(read_tables(run)), "june", file)
    assert [result.metric_name for result in results_in(file)] == [title]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("---\n- a\n- b\n---\n", "holds metadata that Hugging Face would not read"),
        ("---\na: [\n---\n", "holds metadata that Hugging Face would not read"),
        ("---\nmodel-index:\n- name: x\n---\n", "holds metadata that Hugging Face would not read"),
        ("---\nmodel-index:\n- {name: a, results: []}\n- {name: b, results: []}\n---\n", "figures of several models"),
    ],
)
def test_a_card_that_cannot_be_read_is_left_as_it_is(
    coffee: Analysis, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "README.md"
    file.write_text(text)
    with pytest.raises(InputError, match=sentence):
        write_model_card(coffee, "june", file)
    assert file.read_text() == text


def test_an_unknown_candidate_is_one_sentence(coffee: Analysis, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--candidate: there is no candidate 'jun'; did you mean 'june'"):
        write_model_card(coffee, "jun", tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()
