"""Corpus figures from sufficient statistics: against sacreBLEU's own scores and its paired bootstrap."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_run_folder import case, manifest, measure, result, write_run
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import _bootstrap_resample, _paired_bs_test

from reports.comparison import compare_run
from reports.errors import ReportError
from reports.scores import scores_of
from reports.statistics.corpus import FORMULAS, bleu_scores, chrf_scores, corpus_figures, resampled_sums
from reports.statistics.resampling import bootstrap_p_values, weights_of_draws
from reports.tables import read_tables

METRICS: dict[str, Any] = {"bleu": BLEU, "chrf": CHRF}
WORDS = [
    "a",
    "latte",
    "with",
    "oat",
    "milk",
    "and",
    "two",
    "croissants",
    "please",
    "would",
    "you",
    "like",
    "it",
    "large",
    "or",
]


def texts(seed: int, count: int, *, noise: float) -> tuple[list[str], list[str]]:
    """References, and replies that share words with them."""
    generator = np.random.default_rng(seed)
    references, replies = [], []
    for _ in range(count):
        words = list(generator.choice(WORDS, generator.integers(1, 14)))
        references.append(" ".join(words))
        replies.append(" ".join(generator.choice(WORDS) if generator.random() < noise else word for word in words))
    return references, replies


def statistics_of(name: str, replies: list[str], references: list[str]) -> np.ndarray:
    return np.array(METRICS[name]()._extract_corpus_statistics(replies, [references]), float)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_scores_are_sacrebleus(name: str, count: int) -> None:
    for seed in range(25):
        references, replies = texts(seed, count, noise=0.2 * (seed % 6))
        published = METRICS[name]().corpus_score(replies, [references]).score
        assert FORMULAS[name][1](statistics_of(name, replies, references).sum(axis=0)) == pytest.approx(published)


def test_scores_of_nothing_are_zero_as_sacrebleus() -> None:
    for reply in ("", "!"):
        for name, score in (("bleu", bleu_scores), ("chrf", chrf_scores)):
            published = METRICS[name]().corpus_score([reply], [["one large oat latte"]]).score
            assert score(statistics_of(name, [reply], ["one large oat latte"])[0]) == pytest.approx(published)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_same_draws_give_sacrebleus_resamples(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    references, replies = texts(1, 60, noise=0.4)
    statistics = statistics_of(name, replies, references)
    monkeypatch.setenv("SACREBLEU_SEED", "7")
    published = [score.score for score in _bootstrap_resample(statistics.tolist(), METRICS[name](), n_samples=200)[1]]
    drawn = np.random.default_rng(7).choice(60, size=(200, 60), replace=True).astype(np.int32)
    assert FORMULAS[name][1](weights_of_draws(drawn) @ statistics) == pytest.approx(published, rel=1e-6)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_p_value_is_that_of_sacrebleus_paired_bootstrap(name: str) -> None:
    """With sacreBLEU's draws, and nearly with our own."""
    references, baseline = texts(2, 60, noise=0.5)
    generator = np.random.default_rng(0)
    better = [r if generator.random() < 0.12 else b for r, b in zip(references, baseline, strict=True)]
    metric, score = METRICS[name](), FORMULAS[name][1]
    own = {"base": statistics_of(name, baseline, references), "new": statistics_of(name, better, references)}
    info = {name: (own["base"], metric._aggregate_and_compute(own["base"].tolist()))}
    _, published = _paired_bs_test(info, "new", better, [references], {name: metric}, 1_000, seed=5)
    observed = score(own["new"].sum(axis=0)) - score(own["base"].sum(axis=0))
    drawn = np.random.default_rng(5).choice(60, size=(1_000, 60), replace=True).astype(np.int32)
    weights = weights_of_draws(drawn)
    replicates = score(weights @ own["new"]) - score(weights @ own["base"])
    assert bootstrap_p_values(np.array([observed]), replicates[:, np.newaxis])[0] == pytest.approx(
        published[name].p_value, abs=1e-9
    )
    ours = score(resampled_sums(np.stack([own["new"], own["base"]]))) @ [1, -1]
    p_value = bootstrap_p_values(np.array([observed]), ours[:, np.newaxis])[0]
    assert p_value == pytest.approx(published[name].p_value, abs=0.03)
    assert 0.0005 < p_value < 0.5


def test_ten_thousand_resamples_of_five_thousand_cases_take_two_seconds() -> None:
    statistics = np.random.default_rng(0).integers(0, 30, (3, 5_000, 18)).astype(float)
    began = time.process_time()
    scores = chrf_scores(resampled_sums(statistics, 10_000))
    assert scores.shape == (10_000, 3)
    assert time.process_time() - began < 2.0


def write_corpus_run(folder: Path, *, turns: int = 2, drop: int | None = None, size: int = 10) -> Path:
    """Two candidates with BLEU's statistics; `drop`: the first replies of `june` have none."""
    rows, cases = [], []
    replies = {"base": texts(3, 60, noise=0.6), "june": texts(3, 60, noise=0.2)}
    counted = {name: statistics_of("bleu", own, references) for name, (references, own) in replies.items()}
    for number in range(60):
        cases.append(case(f"d{number // turns}#{number % turns}"))
        for name, own in counted.items():
            row = result(f"d{number // turns}#{number % turns}", name, "bleu", 30.0)
            lacking = name == "june" and drop is not None and number < drop
            rows.append({**row, "statistics": None if lacking else own[number][:size].tolist()})
    corpus = {name: float(bleu_scores(own.sum(axis=0))) for name, own in counted.items()}
    bleu = measure("bleu", scale=[0, 100], statistics="bleu", corpus=corpus)
    return write_run(folder, measures=[bleu], cases=cases, results=rows, manifest_data=manifest(["base", "june"]))


def test_run_gives_intervals_and_differences_of_corpus_figures(tmp_path: Path) -> None:
    tables = read_tables(write_corpus_run(tmp_path))
    comparison = compare_run(tables, scores_of(tables))
    for name in ("base", "june"):
        mean = comparison.means["bleu", name]
        assert mean.corpus is not None and mean.corpus_interval is not None
        assert mean.corpus_interval.low < mean.corpus < mean.corpus_interval.high
    apart = comparison.differences["bleu", "june"].corpus
    assert apart is not None and apart.interval is not None
    assert apart.difference == pytest.approx(
        (comparison.means["bleu", "june"].corpus or 0) - (comparison.means["bleu", "base"].corpus or 0), rel=1e-5
    )
    assert (apart.relation, apart.p_value < 0.01) == ("better", True)


def test_dialogues_are_drawn_whole(tmp_path: Path) -> None:
    """Replies that repeat within a dialogue are no more evidence than one of them."""
    twice, once = (corpus_figures(read_tables(write_corpus_run(tmp_path / str(n), turns=n)), "base") for n in (6, 1))
    assert twice.intervals != once.intervals


def test_only_common_cases_are_compared(tmp_path: Path) -> None:
    tables = read_tables(write_corpus_run(tmp_path, drop=30))
    counted = {
        n: statistics_of("bleu", own, refs)
        for n, (refs, own) in {"base": texts(3, 60, noise=0.6), "june": texts(3, 60, noise=0.2)}.items()
    }
    expected = bleu_scores(counted["june"][30:].sum(axis=0)) - bleu_scores(counted["base"][30:].sum(axis=0))
    assert corpus_figures(tables, "base").differences["bleu", "june"].difference == pytest.approx(float(expected))


def test_statistics_of_another_length_are_refused(tmp_path: Path) -> None:
    tables = read_tables(write_corpus_run(tmp_path, size=9))
    with pytest.raises(ReportError, match="statistics of 'bleu' that are not 10 numbers; rebuild it"):
        corpus_figures(tables, "base")
