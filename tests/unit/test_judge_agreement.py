"""Figures of agreement: against scipy and scikit-learn called directly, and published figures to every digit given."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pytest
from labelled_replies import data_file, line, real_lines, rubric_with, written
from scipy import stats
from sklearn import metrics
from statsmodels.stats import inter_rater

from judges.people.agreement import FEWEST_CONTEXTS, RESAMPLES, Figure, figure_of
from judges.people.coefficients import CHANCE, FigureName, Level, Pairing, RaterTable, resampled_value_of, value_of
from judges.people.judged_replies import JudgedReply, figures_among_people, score_figures
from judges.people.labels import read_labels

UNIEVAL = "published_unieval_topicalchat_scores.jsonl"
TOPICAL_CHAT = "human_ratings_usr_topicalchat.jsonl"


def pairing(judge: object, people: object, contexts: object = None, level: Level = "nominal") -> Pairing:
    first, second = np.asarray(judge, dtype=float), np.asarray(people, dtype=float)
    return Pairing(first, second, np.arange(len(first)) if contexts is None else np.asarray(contexts), level)


def tables() -> Any:
    return json.loads(data_file("published_tables.json").read_text(encoding="utf-8"))


@pytest.fixture
def noise() -> np.random.Generator:
    return np.random.default_rng(7)


def test_labels_agree_as_scikit_learn_says(noise: np.random.Generator) -> None:
    people = noise.choice([0, 2, 3, 4], 60)  # nobody gave the second point, and yet it has its place
    judge = np.where(noise.random(60) < 0.5, people, noise.choice([0, 2, 3, 4], 60))
    both = pairing(judge, people)
    assert value_of("accuracy", both) == metrics.accuracy_score(people, judge)
    assert value_of("kappa", both) == pytest.approx(metrics.cohen_kappa_score(people, judge))
    expected = metrics.cohen_kappa_score(people, judge, labels=[0, 1, 2, 3, 4], weights="quadratic")
    assert value_of("weighted_kappa", both) == pytest.approx(expected)
    assert expected != pytest.approx(metrics.cohen_kappa_score(people, judge, weights="quadratic"))


def test_scores_agree_as_scipy_and_scikit_learn_say(noise: np.random.Generator) -> None:
    people = noise.integers(0, 2, 60)
    judge = np.round(people + noise.normal(0, 1, 60), 1)  # with ties
    both = pairing(judge, people)
    expected: dict[FigureName, float] = {
        "roc_auc": metrics.roc_auc_score(people, judge),
        "pearson": stats.pearsonr(judge, people).statistic,
        "spearman": stats.spearmanr(judge, people).statistic,
        "kendall": stats.kendalltau(judge, people, variant="b").statistic,
    }
    assert {name: value_of(name, both) for name in expected} == pytest.approx(expected)
    assert {name: resampled_value_of(name, both) for name in expected} == pytest.approx(expected)


def test_the_area_itself_is_taken_from_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    both = pairing([0.1, 0.7, 0.5], [0, 1, 1])
    monkeypatch.setattr(metrics, "roc_auc_score", lambda passed, scores: 0.25)
    assert (value_of("roc_auc", both), resampled_value_of("roc_auc", both)) == (0.25, 1.0)


def test_the_published_correlations_of_unieval_to_every_digit() -> None:
    published = tables()["UniEval_TopicalChat_turn_level"]["public_half_only"]
    lines = real_lines(UNIEVAL)
    for criterion, expected in published.items():
        both = pairing(*([each[by][criterion] for each in lines] for by in ("unieval", "human_mean")))
        values = [value_of("pearson", both), value_of("spearman", both), value_of("kendall", both)]
        assert [round(value or 0, 6) for value in values] == expected, criterion
    overall = [JudgedReply(each["id"], each["unieval"]["overall"], each["human_mean"]["overall"]) for each in lines]
    figures = score_figures(overall)
    assert [figure.name for figure in figures] == ["pearson", "spearman", "kendall"]
    assert [round(figure.value or 0, 6) for figure in figures] == [0.655045, 0.680188, 0.500455]
    assert {figure.replies for figure in figures} == {180}


def spearman_of(figures: Sequence[Figure]) -> Figure:
    (figure,) = [figure for figure in figures if figure.name == "spearman"]
    return figure


def test_the_published_agreement_of_people_to_every_digit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judges.people.agreement.RESAMPLES", 40)
    published = tables()["human_agreement_public_half"]["usr_topicalchat"]
    assert len(published) == 6
    for criterion, expected in published.items():
        lines = [
            line(each["response"], *each["ratings"][criterion], context=each["context"])
            for each in real_lines(TOPICAL_CHAT)
        ]
        rubric = rubric_with("binary" if criterion in ("Understandable", "Uses Knowledge") else "ordinal", tmp_path)
        labels = read_labels(written(tmp_path, *lines), rubric)
        figure = spearman_of(figures_among_people(labels.replies, rubric.scale))
        assert figure.value is not None
        assert round(figure.value, 4) == expected["spearman_one_vs_rest"], criterion
        assert figure.replies == expected["n_ratings"]
        assert figure.contexts == 30
        assert figure.beside_chance == "above"
    assert round(published["Overall"]["spearman_one_vs_rest"], 3) == 0.698


def test_people_are_not_compared_with_themselves(tmp_path: Path) -> None:
    rubric = rubric_with("ordinal", tmp_path)
    given = [[5, 4], [3], [2, 2, 2], [4, 5, 3]]
    lines = [line(f"Reply {i}", *ratings, dialogue_id=f"d{i}") for i, ratings in enumerate(given)]
    replies = read_labels(written(tmp_path, *lines), rubric).replies
    figures = {figure.name: figure for figure in figures_among_people(replies, rubric.scale)}
    one = [5, 4, 2, 2, 2, 4, 5, 3]
    others = [4, 5, 2, 2, 2, 4, 3.5, 4.5]
    assert figures["spearman"].value == pytest.approx(stats.spearmanr(one, others).statistic)
    assert (figures["spearman"].replies, figures["spearman"].contexts) == (8, 3)
    prevailing = [(5, 4), (4, 5), (2, 2), (2, 2), (2, 2)]  # the others' middle, where there is one
    assert figures["accuracy"].value == pytest.approx(np.mean([a == b for a, b in prevailing]))
    coders = [[5, 3, 2, 4], [4, np.nan, 2, 5], [np.nan, np.nan, 2, 3]]
    alpha = krippendorff.alpha(coders, level_of_measurement="ordinal")
    assert figures["alpha"].value == pytest.approx(alpha)
    assert figures["fleiss_kappa"].reason == "not every reply has the same number of ratings"
    alone = read_labels(written(tmp_path, line("Hi!", 3), line("Hi!", 4)), rubric)
    assert figures_among_people(alone.replies, rubric.scale) == ()


GWET = [
    [1, 1, np.nan, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [np.nan, 5, 5, 5],
    [np.nan, np.nan, 1, 1],
    [np.nan, np.nan, 3, np.nan],
]
"""Ratings of 12 subjects by 4 raters: Gwet's Handbook of Inter-Rater Reliability (4th edition, 2014), page 120."""


def raters(ratings: object, level: Level = "nominal") -> RaterTable:
    table = np.asarray(ratings, dtype=float)
    return RaterTable(table, np.arange(len(table)), level)


def test_ac1_of_published_examples() -> None:
    assert round(value_of("ac1", raters(GWET)) or 0, 5) == 0.77544
    # Gwet 2002, "Kappa statistic is not satisfactory": 125 subjects, almost all of them positive
    counts = {(1, 1): 118, (1, 0): 5, (0, 1): 2, (0, 0): 0}
    two = [pair for pair, count in counts.items() for _ in range(count)]
    assert round(value_of("ac1", raters(two)) or 0, 4) == 0.9408
    # the irrCAC package's table of two abstractors and three classes
    three = {(0, 0): 13, (1, 1): 20, (1, 2): 7, (2, 1): 4, (2, 2): 56}
    both = [pair for pair, count in three.items() for _ in range(count)]
    assert round(value_of("ac1", raters(both)) or 0, 4) == 0.8493
    assert round(value_of("kappa", pairing(*np.transpose(both))) or 0, 7) == 0.7964094


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_what_krippendorff_gives(level: Level, noise: np.random.Generator) -> None:
    expected = krippendorff.alpha(np.transpose(GWET), level_of_measurement=level)
    assert value_of("alpha", raters(GWET, level)) == pytest.approx(expected)
    scores = np.where(
        noise.random((40, 3)) < 0.2, np.nan, noise.integers(1, 6, (40, 3)) + noise.integers(0, 2, (40, 1))
    )
    expected = krippendorff.alpha(scores.T, level_of_measurement=level)
    assert value_of("alpha", raters(scores, level)) == pytest.approx(expected)


def test_fleiss_kappa_is_what_statsmodels_gives(noise: np.random.Generator) -> None:
    ratings = noise.integers(0, 3, (30, 4))
    expected = inter_rater.fleiss_kappa(inter_rater.aggregate_raters(ratings)[0])
    assert value_of("fleiss_kappa", raters(ratings)) == pytest.approx(expected)


def test_an_interval_is_what_scipy_gives_for_replies_that_are_independent(noise: np.random.Generator) -> None:
    people = noise.normal(size=80)
    judge = people + noise.normal(size=80)
    interval = figure_of("pearson", pairing(judge, people)).interval
    expected = stats.bootstrap(
        (judge, people),
        lambda x, y: stats.pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=4 * RESAMPLES,
        method="percentile",
        rng=1,
    ).confidence_interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.02)


def test_ten_replies_to_a_context_are_no_more_sure_than_one(noise: np.random.Generator) -> None:
    people = noise.integers(0, 2, 30)
    judge = people + noise.normal(size=30)
    contexts = np.arange(30)
    once = figure_of("pearson", pairing(judge, people, contexts))
    repeated = figure_of("pearson", pairing(*(np.repeat(each, 10) for each in (judge, people, contexts))))
    scattered = figure_of("pearson", pairing(np.repeat(judge, 10), np.repeat(people, 10)))
    assert repeated.value == pytest.approx(once.value)
    assert once.interval is not None and repeated.interval is not None and scattered.interval is not None
    assert repeated.interval.model_dump() == pytest.approx(once.interval.model_dump())
    width = once.interval.high - once.interval.low
    assert scattered.interval.high - scattered.interval.low < width / 2
    assert (repeated.replies, repeated.contexts) == (300, 30)


def test_the_order_of_contexts_in_the_file_does_not_mix_them_up() -> None:
    contexts = [0, 1, 0, 2, 1, 2, 3, 3, 4, 4, 5, 5]
    judge = [10.0 * context for context in contexts]
    figure = figure_of("pearson", pairing(judge, judge, contexts))
    assert figure.interval is not None
    assert (figure.interval.low, figure.interval.high) == pytest.approx((1, 1))
    assert figure_of("pearson", pairing(judge, judge, contexts)) == figure


@pytest.mark.parametrize("name", [name for name in CHANCE if name != "fleiss_kappa"])
def test_agreement_is_told_from_chance(
    name: FigureName, noise: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judges.people.agreement.RESAMPLES", 100)  # kappa and AUC take milliseconds each
    people = noise.integers(0, 2, 200)
    unrelated = noise.integers(0, 2, 200)
    assert figure_of(name, pairing(people, people)).beside_chance == "above"
    assert figure_of(name, pairing(1 - people, people)).beside_chance == "below"
    assert figure_of(name, pairing(unrelated, people)).beside_chance == "at"


@pytest.mark.parametrize(
    ("name", "judge", "people", "reason"),
    [
        ("pearson", [2, 2, 2], [1, 2, 3], "the judge gave every reply the same score"),
        ("spearman", [1, 2, 3], [2, 2, 2], "people gave every reply the same score"),
        ("kendall", [2, 2], [2, 2], "people gave every reply the same score"),
        ("roc_auc", [0.1, 0.2, 0.3], [1, 1, 1], "people gave every reply the same label"),
        ("kappa", [1, 1, 1], [1, 1, 1], "judge and people gave every reply the same label"),
        ("weighted_kappa", [1, 1, 1], [1, 1, 1], "judge and people gave every reply the same label"),
        ("pearson", [1], [1], "there are fewer than two replies to compare"),
        ("accuracy", [], [], "there are fewer than two replies to compare"),
    ],
)
def test_what_is_not_defined_is_no_number(
    name: FigureName, judge: list[float], people: list[float], reason: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = figure_of(name, pairing(judge, people))
    assert figure == Figure(name=name, value=None, replies=len(judge), contexts=len(judge), reason=reason)
    assert figure.beside_chance == "unknown"


def test_kappa_of_a_judge_with_one_verdict_is_zero() -> None:
    assert value_of("kappa", pairing([1] * 10, [0, 1] * 5)) == 0


def test_no_interval_where_none_can_be_had() -> None:
    people, judge = [0, 1] * 6, [0.1, 0.4] * 6
    few = figure_of("roc_auc", pairing(judge, people, np.arange(12) % (FEWEST_CONTEXTS - 1)))
    assert (few.value, few.interval) == (1.0, None)
    assert few.reason == "with fewer than 5 contexts there is no interval"
    assert few.beside_chance == "unknown"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rare = figure_of("roc_auc", pairing(np.arange(20), [1] + [0] * 19))
    assert (rare.value, rare.interval) == (0.0, None)
    assert rare.reason == "too few of the values differ for an interval"
