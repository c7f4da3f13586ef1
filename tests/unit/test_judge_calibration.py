"""Calibration: certificates on every kind of scale, what they leave out, and whether they still count."""

from __future__ import annotations

import json
from importlib import metadata as distributions
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from labelled_replies import ReplyingJudgeModel, label_set, line, rubric_with
from scipy import stats
from sklearn import metrics

from harness.command_line.certificate_text import certificate_lines
from judges.judge_model import JudgeModel
from judges.people.agreement import Figure
from judges.people.calibration import Places, calibrate
from judges.people.certificate import Certificate, certificate_holds, read_certificate, write_certificate
from judges.people.labels import LabelSet
from judges.rubrics.rubric import Rubric
from suites.userfile import InputError

REPLIES = 60


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The intervals are asserted in `test_judge_agreement.py`; here they need not be fine."""
    monkeypatch.setattr("judges.people.agreement.RESAMPLES", 40)


def values(certificate: Certificate) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in certificate.figures}


def two_raters(people: list[int], judge: list[int], level: str) -> dict[str, float]:
    """Alpha and AC1 of two raters, the latter by its formula for two (Gwet 2008)."""
    agreed = np.mean(np.equal(people, judge))
    shares = [(np.mean(np.equal(people, k)) + np.mean(np.equal(judge, k))) / 2 for k in set(people) | set(judge)]
    chance = sum(share * (1 - share) for share in shares) / (len(shares) - 1)
    alpha = krippendorff.alpha([people, judge], level_of_measurement=level)
    return {"alpha": alpha, "ac1": (agreed - chance) / (1 - chance)}


async def certified(rubric: Rubric, model: JudgeModel, labels: LabelSet) -> Certificate:
    """The certificate of a judge, beside its labels."""
    places = Places(labels.file.parent, str(labels.file.parent / f"{rubric.name}.yaml"))
    return (await calibrate(rubric, model, labels, places)).certificate


async def binary_certificate(folder: Path) -> tuple[Certificate, list[float], list[int]]:
    """Of a noisy judge on pass or fail, with its scores and people's labels; two replies a context."""
    noise = np.random.default_rng(3)
    people = noise.integers(0, 2, REPLIES)
    scores = np.clip(0.5 + 0.3 * (people - 0.5) + noise.normal(0, 0.25, REPLIES), 0.02, 0.98).round(6)
    lines = [line(f"Reply {i}", int(people[i]), dialogue_id=f"d{i // 2}") for i in range(REPLIES)]
    model = ReplyingJudgeModel({f"Reply {i}": {"yes": scores[i], "no": 1 - scores[i]} for i in range(REPLIES)})
    rubric = rubric_with("binary", folder)
    certificate = await certified(rubric, model, label_set(folder, rubric, *lines))
    return certificate, scores.tolist(), people.tolist()


async def test_a_certificate_on_pass_or_fail(tmp_path: Path) -> None:
    certificate, scores, people = await binary_certificate(tmp_path)
    labels = [int(score > 0.5) for score in scores]
    assert values(certificate) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(people, labels),
            "kappa": metrics.cohen_kappa_score(people, labels),
            **two_raters(people, labels, "nominal"),
            "roc_auc": metrics.roc_auc_score(people, scores),
            "pearson": stats.pearsonr(scores, people).statistic,
            "spearman": stats.spearmanr(scores, people).statistic,
            "kendall": stats.kendalltau(scores, people).statistic,
        }
    )
    matrix = metrics.confusion_matrix(people, labels, labels=[1, 0])
    assert certificate.confusion == {
        "pass": {"pass": matrix[0, 0], "fail": matrix[0, 1]},
        "fail": {"pass": matrix[1, 0], "fail": matrix[1, 1]},
    }
    assert certificate.decisive.name == "roc_auc"
    assert {figure.contexts for figure in certificate.figures} == {REPLIES // 2}
    assert all(figure.interval is not None for figure in certificate.figures)
    assert (certificate.people, certificate.ties, certificate.coverage) == ((), 0, 1)


async def test_a_certificate_names_what_it_is_of(tmp_path: Path) -> None:
    certificate, _, _ = await binary_certificate(tmp_path)
    rubric = rubric_with("binary", tmp_path)
    assert (certificate.rubric, certificate.rubric_version) == ("binary", "1")
    assert certificate.rubric_hash == rubric.digest()
    assert (certificate.judge, certificate.readout) == ("scripted@00000000", "label_probabilities")
    assert (certificate.language, certificate.labels_file) == ("en", "labels.jsonl")
    assert certificate.rejoinder == distributions.version("rejoinder")
    assert (certificate.replies, certificate.ratings, certificate.contexts) == (REPLIES, REPLIES, REPLIES // 2)
    assert certificate.date.utcoffset() is not None


async def test_a_certificate_is_the_same_twice_and_comes_back_from_its_file(tmp_path: Path) -> None:
    certificate, _, _ = await binary_certificate(tmp_path)
    again, _, _ = await binary_certificate(tmp_path)
    assert certificate.model_copy(update={"date": again.date}) == again
    file = tmp_path / certificate.file_name
    assert file.name == "binary.scripted@00000000.en.certificate.json"
    write_certificate(certificate, file)
    assert read_certificate(file) == certificate
    assert json.loads(file.read_text(encoding="utf-8"))["schema"] == 1


async def test_ordinal_points_by_several_raters(tmp_path: Path) -> None:
    noise = np.random.default_rng(5)
    ratings = [noise.integers(1, 6, 2 + i % 2).tolist() for i in range(REPLIES)]
    given = noise.integers(1, 6, REPLIES)
    certain = {f"Reply {i}": {str(given[i]): 0.6, str(1 + given[i] % 5): 0.3} for i in range(REPLIES)}
    rubric = rubric_with("ordinal", tmp_path)
    lines = [line(f"Reply {i}", *ratings[i], dialogue_id=f"d{i}") for i in range(REPLIES)]
    certificate = await certified(rubric, ReplyingJudgeModel(certain), label_set(tmp_path, rubric, *lines))
    scores = [(0.6 * point + 0.3 * (1 + point % 5)) / 0.9 for point in given]
    means = [np.mean(each) for each in ratings]
    middles = [np.median(each) for each in ratings]
    agreed = [i for i in range(REPLIES) if len(ratings[i]) == 3 or ratings[i][0] == ratings[i][1]]
    people, judge = [int(middles[i]) for i in agreed], [int(given[i]) for i in agreed]
    assert values(certificate) == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(people, judge),
            "kappa": metrics.cohen_kappa_score(people, judge),
            "weighted_kappa": metrics.cohen_kappa_score(people, judge, labels=[1, 2, 3, 4, 5], weights="quadratic"),
            **two_raters(people, judge, "ordinal"),
            "pearson": stats.pearsonr(scores, means).statistic,
            "spearman": stats.spearmanr(scores, means).statistic,
            "kendall": stats.kendalltau(scores, means).statistic,
        }
    )
    assert certificate.ties == REPLIES - len(agreed) > 0
    assert certificate.decisive.name == "spearman"
    among = {figure.name: figure for figure in certificate.people}
    assert among["spearman"].replies == certificate.ratings == sum(map(len, ratings))


async def test_labels_checked_against_the_act_that_is_due(tmp_path: Path) -> None:
    rubric = rubric_with("act", tmp_path)
    due = {"expectation": {"act": "clarify"}}
    lines = [
        line("Which size?", "clarify", dialogue_id="1", **due),
        line("It is three euros.", "inform", dialogue_id="2", **due),
        line("Anything else?", "clarify", dialogue_id="3", **due),
    ]
    asks, tells = {"clarify": 0.9, "inform": 0.1}, {"clarify": 0.2, "inform": 0.8}
    model = ReplyingJudgeModel({"Which size?": asks, "It is three euros.": tells, "Anything else?": tells})
    certificate = await certified(rubric, model, label_set(tmp_path, rubric, *lines))
    assert certificate.confusion == {
        "clarify": {"clarify": 1, "inform": 1},
        "inform": {"clarify": 0, "inform": 1},
    }
    assert values(certificate)["accuracy"] == pytest.approx(2 / 3)
    assert values(certificate)["pearson"] == pytest.approx(stats.pearsonr([0.9, 0.2, 0.2], [1, 0, 1]).statistic)
    assert certificate.decisive.name == "kappa"
    assert certificate.decisive.beside_chance == "unknown"  # three contexts


async def test_numbers_have_correlations_only_and_checklists_labels_of_their_items(tmp_path: Path) -> None:
    numbers = rubric_with("numeric", tmp_path)
    people = [10.0, 35.5, 80.0]
    lines = [line(f"Reply {i}", people[i]) for i in range(3)]
    model = ReplyingJudgeModel({"Reply 0": "Verdict: 5", "Reply 1": "Verdict: 50", "Reply 2": "Verdict: 45"})
    certificate = await certified(numbers, model, label_set(tmp_path, numbers, *lines))
    assert values(certificate) == pytest.approx(
        {
            "alpha": krippendorff.alpha([[5, 50, 45], people], level_of_measurement="interval"),
            "pearson": stats.pearsonr([5, 50, 45], people).statistic,
            "spearman": 0.5,
            "kendall": stats.kendalltau([5, 50, 45], people).statistic,
        }
    )
    assert (certificate.confusion, certificate.ties, certificate.readout) == (None, None, "free_text")

    checklist = rubric_with("checklist", tmp_path)
    good, bad = {"polite": "pass", "asks": "pass"}, {"polite": "pass", "asks": "fail"}
    items = [line("Size?", good), line("No.", bad)]
    judge = ReplyingJudgeModel({"Size?": {"yes": 0.8, "no": 0.2}, "No.": {"yes": 0.3, "no": 0.7}})
    certificate = await certified(checklist, judge, label_set(tmp_path, checklist, *items))
    found = values(certificate)
    assert found.pop("alpha") == pytest.approx(
        krippendorff.alpha([[0.8, 0.3], [1, 0.25]], level_of_measurement="interval")
    )
    by_item = {name: found.pop(name) for name in ("accuracy", "kappa", "ac1")}
    assert found == pytest.approx({"pearson": 1, "spearman": 1, "kendall": 1})
    people, judged = [1, 1, 1, 0], [1, 1, 0, 0]
    ac1 = two_raters(people, judged, "nominal")["ac1"]
    assert by_item == pytest.approx({"accuracy": 0.75, "kappa": metrics.cohen_kappa_score(people, judged), "ac1": ac1})
    assert certificate.confusion == {"pass": {"pass": 2, "fail": 1}, "fail": {"pass": 0, "fail": 1}}
    assert (certificate.ties, certificate.people) == (0, ())


async def test_a_checklist_pools_the_items_of_its_replies_by_context(tmp_path: Path) -> None:
    noise = np.random.default_rng(11)
    rubric = rubric_with("checklist", tmp_path)
    given = noise.integers(0, 2, (REPLIES, 3, 2))  # reply, rater, item
    judged = noise.integers(0, 2, REPLIES)
    named = [
        [
            {name: ("fail", "pass")[mark] for name, mark in zip(("polite", "asks"), marks, strict=True)}
            for marks in raters
        ]
        for raters in given
    ]
    lines = [line(f"Reply {i}", *named[i], dialogue_id=f"d{i // 4}") for i in range(REPLIES)]
    lines += [line("Mumble", *named[0], dialogue_id="d0"), line("Tied", *named[0][:1], *_turned(named[0][0]))]
    sure = {f"Reply {i}": {"yes": 0.1 + 0.8 * judged[i], "no": 0.9 - 0.8 * judged[i]} for i in range(REPLIES)}
    model = ReplyingJudgeModel({**sure, "Mumble": None, "Tied": {"yes": 0.9, "no": 0.1}})
    certificate = await certified(rubric, model, label_set(tmp_path, rubric, *lines))
    people = (given.sum(axis=1) > 1).astype(int).ravel()
    judge = np.repeat(judged, 2)
    figures = {figure.name: figure for figure in certificate.figures}
    kappa = figures["kappa"]
    assert kappa.value == pytest.approx(metrics.cohen_kappa_score(people, judge))
    assert (kappa.replies, kappa.contexts, figures["spearman"].replies) == (2 * REPLIES, REPLIES // 4, REPLIES + 1)
    assert kappa.interval is not None
    assert certificate.ties == 2
    matrix = metrics.confusion_matrix(people, judge, labels=[1, 0])
    assert certificate.confusion == {
        "pass": {"pass": matrix[0, 0], "fail": matrix[0, 1]},
        "fail": {"pass": matrix[1, 0], "fail": matrix[1, 1]},
    }
    among = {figure.name: figure for figure in certificate.people}
    assert among["accuracy"].value is not None and "fleiss_kappa" in among
    assert among["ac1"].replies == 2 * (REPLIES + 2)  # items, those of replies without a verdict as well
    text = "\n".join(certificate_lines(certificate))
    assert "Cohen's kappa, items" in text
    assert "no label prevails among the raters of 2 items" in text


def _turned(items: dict[str, str]) -> list[dict[str, str]]:
    """What a rater of the opposite opinion gives."""
    return [{name: "pass" if label == "fail" else "fail" for name, label in items.items()}]


async def test_replies_without_a_verdict_are_counted_and_left_out(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    sure, unsure = {"yes": 0.9, "no": 0.1}, {"yes": 0.01, "no": 0.01}
    answers = {f"Reply {i}": sure for i in range(6)} | {"Mumble": unsure, "Mutter": unsure, "Too long": None}
    labels = label_set(tmp_path, rubric, *(line(reply, 1) for reply in answers))
    certificate = await certified(rubric, ReplyingJudgeModel(answers), labels)
    assert certificate.replies == 9
    assert certificate.coverage == pytest.approx(6 / 9)
    assert [(lost.status, lost.replies) for lost in certificate.without_verdict] == [("unparsed", 2), ("error", 1)]
    assert certificate.without_verdict[1].reason == "the prompt is too long"
    assert {figure.replies for figure in certificate.figures} == {6}
    assert certificate.decisive == Figure(
        name="roc_auc", value=None, replies=6, contexts=1, reason="people gave every reply the same label"
    )
    assert values(certificate)["accuracy"] == 1


async def test_a_judge_without_any_verdict_gets_no_certificate(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    labels = label_set(tmp_path, rubric, line("Hi!", 1))
    with pytest.raises(InputError, match="no verdict on any reply; the first reason: the prompt is too long"):
        await certified(rubric, ReplyingJudgeModel({"Hi!": None}), labels)


async def test_raters_who_tie_everywhere_leave_no_label_figures(tmp_path: Path) -> None:
    rubric = rubric_with("binary", tmp_path)
    lines = [line(f"Reply {i}", 1, 0, dialogue_id=f"d{i}") for i in range(6)]
    model = ReplyingJudgeModel({f"Reply {i}": {"yes": 0.1 * i + 0.1, "no": 0.5} for i in range(6)})
    certificate = await certified(rubric, model, label_set(tmp_path, rubric, *lines))
    assert certificate.ties == 6
    assert certificate.decisive.reason == "there are fewer than two replies to compare"
    assert values(certificate) == dict.fromkeys(
        ["accuracy", "kappa", "alpha", "ac1", "roc_auc", "pearson", "spearman", "kendall"]
    )


async def test_without_scikit_learn_a_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judges.people.agreement.find_spec", lambda name: None)
    rubric = rubric_with("binary", tmp_path)
    labels = label_set(tmp_path, rubric, line("Hi!", 1))
    with pytest.raises(
        InputError,
        match=r"needs scikit-learn and krippendorff and statsmodels; install it with: pip install 'rejoinder\[calibrate\]'",
    ):
        await certified(rubric, ReplyingJudgeModel({}), labels)


async def test_a_certificate_counts_until_something_changes(tmp_path: Path) -> None:
    certificate, _, _ = await binary_certificate(tmp_path)
    rubric, judge = rubric_with("binary", tmp_path), "scripted@00000000"
    assert certificate_holds(certificate, rubric, judge)
    assert certificate_holds(certificate, rubric, judge, "en-GB").reasons == ()

    renamed = rubric.model_copy(update={"title": "House", "version": "2"})  # decides no verdict
    assert certificate_holds(certificate, renamed, judge)

    other_judge = certificate_holds(certificate, rubric, "scripted@00000001")
    assert not other_judge
    assert other_judge.reasons == ("the judge is scripted@00000001 now and was scripted@00000000",)

    stricter = rubric_with("binary", tmp_path, more="sees: [reply]\n")
    assert f"hash is {stricter.digest()[:8]} now and was {rubric.digest()[:8]}" in "".join(
        certificate_holds(certificate, stricter, judge).reasons
    )

    free_text = rubric_with("binary", tmp_path, more="readout: {kind: free_text}\n")
    rubric_changed, readout_changed = certificate_holds(certificate, free_text, judge).reasons
    assert "the rubric is not the one that was calibrated" in rubric_changed
    assert readout_changed == "the readout is free_text now and was label_probabilities"

    (russian,) = certificate_holds(certificate, rubric, judge, "ru").reasons
    assert russian == "the replies are in 'ru' now and were in 'en'"


async def test_faults_of_certificate_files(tmp_path: Path) -> None:
    certificate, _, _ = await binary_certificate(tmp_path)
    with pytest.raises(InputError, match=r"absent: cannot be written \(Is a directory\)"):
        (tmp_path / "absent").mkdir()
        write_certificate(certificate, tmp_path / "absent")
    file = tmp_path / "c.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"c.json: is not JSON"):
        read_certificate(file)
    file.write_text(certificate.model_dump_json(by_alias=True).replace('"judge"', '"juge"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"juge: there is no field 'juge'; did you mean 'judge'"):
        read_certificate(file)


async def test_odd_names_of_judges_make_no_odd_file_names(tmp_path: Path) -> None:
    certificate, _, _ = await binary_certificate(tmp_path)
    odd = certificate.model_copy(update={"judge": "../meta/llama 3:8b@9f31c0de", "language": "pt-BR"})
    assert odd.file_name == "binary..._meta_llama_3_8b@9f31c0de.pt-BR.certificate.json"
