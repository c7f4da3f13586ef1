"""Published correlations of lexical metrics with people, to every digit given. Skipped where the test data is absent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from labelled_replies import data_file

from benchmarks.judge_agreement import sample_of, without_a_model
from benchmarks.rated_replies import LEXICAL, SETS, rated_replies
from judges.people.judged_replies import JudgedReply, score_figures


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("judges.people.agreement.RESAMPLES", 40)


def folder() -> Path:
    return data_file("published_tables.json").parent


def tables() -> dict[str, dict[str, dict[str, dict[str, dict[str, list[float]]]]]]:
    found: dict[str, dict[str, dict[str, dict[str, dict[str, list[float]]]]]]
    found = json.loads(data_file("published_tables.json").read_text(encoding="utf-8"))
    return found


def test_lexical_metrics_correlate_with_people_as_published() -> None:
    published = tables()["lexical_metrics_recomputed_[pearson,spearman]"]["values"]["usr_topicalchat"]["public"]
    replies = [reply for reply in rated_replies(SETS[0], folder()) if not reply.by_a_person]
    assert len(replies) == published.pop("n") == 150
    assert set(published) == set(LEXICAL)
    for name, (pearson, spearman) in published.items():
        rows = [JudgedReply(r.context_id, LEXICAL[name](r.reply, r.reference or ""), r.mean) for r in replies]
        values = {figure.name: figure.value or 0 for figure in score_figures(rows)}
        assert (round(values["pearson"], 4), round(values["spearman"], 4)) == (pearson, spearman), name


def test_the_sets_are_read_whole() -> None:
    assert [len(rated_replies(chosen, folder())) for chosen in SETS] == [180, 536, 112, 389]
    conture = Counter(reply.ratings[0] for reply in rated_replies(SETS[1], folder()))
    assert set(conture) == {0, 1, 2}
    for chosen in SETS:
        low, high = chosen.scale
        given = {rating for reply in rated_replies(chosen, folder()) for rating in reply.ratings}
        assert min(given) == low and max(given) == high


def test_the_table_without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {chosen.name: list(without_a_model(chosen, rated_replies(chosen, folder()))) for chosen in SETS}
    assert {name: len(figures) for name, figures in rows.items()} == {
        "USR Topical-Chat": 7,
        "ConTurE": 1,
        "LLM-Rubric": 1,
        "coffee ratings": 1,
    }
    (ceiling,) = [figure for figure in rows["USR Topical-Chat"] if "people among themselves" in figure.what]
    assert round(ceiling.value, 4) == 0.6984


def test_of_yes_or_no_ratings_as_many_of_each_are_judged() -> None:
    coffee = sample_of(rated_replies(SETS[3], folder()))
    assert Counter(reply.ratings[0] for reply in coffee) == {0: 32, 1: 32}
    assert len(sample_of(rated_replies(SETS[0], folder()))) == 64
